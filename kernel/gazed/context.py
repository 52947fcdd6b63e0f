"""What a plugin is given: its name, the clock, the bus, and its host's loop."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from gazed.clock import Clock
from gazed.connection import Connection
from gazed.wire import Fields

if TYPE_CHECKING:
    import zmq

DataHandler = Callable[[str, Fields, Sequence[bytes]], None]


class HostServices(Protocol):
    """What a host does for the plugins in it."""

    name: str
    clock: Clock
    connection: Connection

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        """Send a notification."""

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Sequence[bytes]) -> bool:
        """Send a datum."""

    def forward(self, frames: Sequence[bytes]) -> None:
        """Hand a finished message to the bus."""

    def wanted(self, topic: str) -> bool:
        """Tell whether anybody listens to a topic."""

    def subscribe(self, owner: str, prefix: str, handler: DataHandler) -> None:
        """Hand data below a prefix to a handler."""

    def poll(self, owner: str, socket: zmq.Socket[bytes], handler: Callable[[], None]) -> None:
        """Call a handler when a socket is readable."""

    def background(self, owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run work in a thread, then a handler in the host's loop."""

    def each(self, hook: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Call a hook of every plugin in this host."""

    def through(self, hook: str, values: Mapping[str, Any]) -> Any:
        """Pass a value along a hook of every plugin in this host."""


class Context:
    """One plugin's view of the world.

    ``name`` is the plugin's entry-point name, ``host`` its process, ``eye`` 0 or 1 in an
    eye host and None elsewhere. ``clock`` is the shared clock, ``log`` a logger whose lines
    reach the console, the log file and the bus. ``settings`` is a directory of this
    plugin's own, made when first asked for. ``connection`` says where the bus listens.
    """

    def __init__(self, name: str, services: HostServices) -> None:
        self._services = services
        self.name = name
        self.host = services.name
        self.eye = eye_of(services.name)
        self.clock = services.clock
        self.connection = services.connection
        self.log = logging.getLogger(name)

    @property
    def settings(self) -> Path:
        """A directory for this plugin's files."""
        directory = self.connection.settings / self.name
        directory.mkdir(parents=True, exist_ok=True)
        return directory

    def notify(self, subject: str, /, *, delay: float | None = None, **fields: Any) -> None:
        """Send a notification: queued, ordered, not dropped; after ``delay`` seconds if given.

        A delayed notification replaces one with the same subject that is still waiting.
        """
        self._services.notify(subject, fields, delay)

    def publish(self, topic: str, fields: Mapping[str, Any], *raw: bytes) -> bool:
        """Send a datum, with raw frames behind it; False when it had to be dropped.

        Data go only to who subscribed; see ``wanted`` before doing work for nobody.
        """
        return self._services.publish(topic, fields, raw)

    def forward(self, frames: Sequence[bytes]) -> None:
        """Hand a message from elsewhere to the bus: unread, unchanged, in order, not dropped."""
        self._services.forward(frames)

    def wanted(self, topic: str) -> bool:
        """Tell whether anybody on the bus listens to ``topic``."""
        return self._services.wanted(topic)

    def subscribe(self, prefix: str, handler: DataHandler) -> None:
        """Call ``handler(topic, fields, raw_frames)`` for each datum whose topic starts so.

        Malformed data never reach the handler; a handler that finds more wrong with a datum
        raises MessageError, which is logged and counted.
        """
        self._services.subscribe(self.name, prefix, handler)

    def poll(self, socket: zmq.Socket[bytes], handler: Callable[[], None]) -> None:
        """Call ``handler()`` whenever ``socket`` is readable."""
        self._services.poll(self.name, socket, handler)

    def background(self, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run ``work()`` in a thread; then call ``then(result)`` in the host's loop.

        When ``work`` raises, ``then`` gets the exception as its argument.
        """
        self._services.background(self.name, work, then)

    def each(self, hook: str, **values: Any) -> Iterator[Any]:
        """Call a hook of every plugin in this host, in order; yield results that are not None."""
        return self._services.each(hook, values)

    def through(self, hook: str, **value: Any) -> Any:
        """Pass one value along a hook; return what becomes of it.

        Each plugin gets what the one before it returned, None leaving it as it is.
        """
        return self._services.through(hook, value)

    def first(self, hook: str, **values: Any) -> Any:
        """Call a hook until a plugin returns something; return that, or None."""
        return next(self.each(hook, **values), None)


def eye_of(host: str) -> int | None:
    """Return the eye that a host serves: 0 for ``eye0``, 1 for ``eye1``, else None."""
    return {"eye0": 0, "eye1": 1}.get(host)
