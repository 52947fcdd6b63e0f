"""A bench on which plugins run without a daemon: a real context, a hand-moved clock, no sockets.

with Bench(tmp_path) as bench:
    bench.start(MyPlugin, limit=3.0)
    bench.send("my.should_start")
    bench.deliver("pupil.0.2d", pupil_to_wire(pupil))
    bench.settle()
    assert bench.subjects() == ["my.started"]
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import zmq

from gazed import (
    Clock,
    Connection,
    Context,
    Fields,
    GazedError,
    Notification,
    Pupil,
    pack,
    pupil_to_wire,
    unpack,
)
from gazed.arguments import checked
from gazed.calls import CallFailure, Calls, outcome
from gazed.context import DataHandler

_LONG = 20.0


class ManualClock(Clock):
    """A clock that stands still until a test moves it."""

    def now(self) -> float:
        return self._offset[0]

    def set(self, now: float) -> None:
        self._offset[0] = now

    def from_monotonic(self, monotonic: float) -> float:
        return self.now()

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.set(self.now() + seconds)


@dataclass(frozen=True)
class Sent:
    """A notification or a datum as others receive it; ``name`` is its subject or topic."""

    name: str
    fields: Fields
    raw: tuple[bytes, ...] = ()
    delay: float | None = None


class Bench:
    """What a host does for plugins, in the test's own thread.

    What plugins notify and publish is recorded, and comes back to the plugins here when the
    test calls ``settle``, as it would from the bus. Background work runs in real threads. A
    plugin that raises fails the test; a MessageError is kept in ``bad_messages``, as a host
    counts and drops it. ``wishes`` are the prefixes somebody outside subscribes to, all by
    default. ``offers`` are plugins that a ``start_plugin`` notification starts.
    """

    def __init__(
        self,
        directory: Path,
        name: str = "service",
        offers: Mapping[str, type] | None = None,
    ) -> None:
        self.name = name
        (directory / "clock").write_bytes(bytes(8))
        self.clock = ManualClock(directory / "clock")
        self.connection = Connection.nowhere(directory / "clock", directory / "settings")
        self.notifications: list[Sent] = []
        self.published: list[Sent] = []
        self.bad_messages: list[str] = []
        self.wishes = [""]
        self.plugins: dict[str, Any] = {}
        self._offers = dict(offers or {})
        self._calls = Calls(_fail, lambda _plugin, error: self.bad_messages.append(str(error)))
        self._handlers: list[tuple[str, str, DataHandler]] = []
        self._sockets: dict[zmq.Socket[bytes], tuple[str, Callable[[], None]]] = {}
        self._returning: deque[Callable[[], None]] = deque()
        self._finished: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._working = 0

    def start(self, plugin: type, name: str | None = None, **args: Any) -> Any:
        """Start a plugin with checked arguments, in place of one with the same name or role."""
        name = name or plugin.__name__
        role = getattr(plugin, "role", None)
        for other in list(self.plugins):
            if other == name or (role and getattr(self.plugins[other], "role", None) == role):
                self.stop(other)
        services: Any = self
        instance = plugin(Context(name, services), **checked(plugin, args))
        self._calls.register(name, instance)
        self.plugins[name] = instance
        return instance

    def stop(self, name: str) -> None:
        """Stop a plugin."""
        instance = self.plugins.pop(name)
        self._calls.unregister(name)
        if hasattr(instance, "close"):
            instance.close()
        self._handlers = [entry for entry in self._handlers if entry[0] != name]
        self._sockets = {key: entry for key, entry in self._sockets.items() if entry[0] != name}

    def send(self, subject: str, /, **fields: Any) -> None:
        """Hand the plugins a client's notification."""
        self.send_frames([f"notify.{subject}".encode(), pack({"subject": subject, **fields})])

    def send_frames(self, frames: Sequence[bytes]) -> None:
        """Hand the plugins a notification, whatever its payload."""
        self.call("on_notification", notification=Notification(frames))

    def deliver(self, topic: str, fields: Mapping[str, Any], *raw: bytes) -> None:
        """Hand a datum to whoever subscribed to it here, as it arrives from the bus."""
        payload = pack(fields)
        for owner, prefix, handler in list(self._handlers):
            if topic.startswith(prefix):
                self._calls.guarded(owner, "data", handler, topic, unpack(payload), raw)

    def deliver_pupil(self, pupil: Pupil) -> None:
        """Hand over a pupil datum, as it arrives from the bus."""
        self.deliver(pupil.topic, pupil_to_wire(pupil))

    def call(self, hook: str, **values: Any) -> list[Any]:
        """Call a hook of all plugins; return what they return that is not None."""
        return list(self.each(hook, values))

    def settle(self, timeout: float = _LONG) -> None:
        """Let what was sent come back and background work end, until nothing is left to do."""
        end = time.monotonic() + timeout
        self.come_back()
        while self._working:
            self._finished.get(timeout=max(0.0, end - time.monotonic()))()
            self._working -= 1
            self.come_back()

    def come_back(self) -> None:
        """Let what was sent come back from the bus, and what that makes plugins send."""
        while self._returning:
            self._returning.popleft()()

    def turn(self, timeout_ms: int = 0) -> None:
        """Call the handlers of sockets that are readable."""
        poller = zmq.Poller()
        for socket in self._sockets:
            poller.register(socket, zmq.POLLIN)
        for socket, _ in poller.poll(timeout_ms):
            owner, handler = self._sockets[socket]
            self._calls.guarded(owner, "poll", handler)

    def subjects(self, prefix: str = "") -> list[str]:
        """Return the subjects of all notifications so far, in order."""
        return [sent.name for sent in self.notifications if sent.name.startswith(prefix)]

    def told(self, subject: str) -> Fields:
        """Return the fields of the one notification with this subject."""
        (fields,) = (sent.fields for sent in self.notifications if sent.name == subject)
        return fields

    def data(self, prefix: str = "") -> list[Sent]:
        """Return the data published so far, in order."""
        return [sent for sent in self.published if sent.name.startswith(prefix)]

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        payload = pack({**fields, "subject": subject, "topic": f"notify.{subject}"})
        self._record([f"notify.{subject}".encode(), payload], delay)

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Sequence[bytes]) -> bool:
        self.published.append(Sent(topic, unpack(pack(fields)), tuple(raw)))
        self._returning.append(lambda: self.deliver(topic, fields, *raw))
        return True

    def forward(self, frames: Sequence[bytes]) -> None:
        self._record(frames, None)

    def wanted(self, topic: str) -> bool:
        prefixes = [*self.wishes, *(prefix for _, prefix, _ in self._handlers)]
        return any(topic.startswith(prefix) for prefix in prefixes)

    def subscribe(self, owner: str, prefix: str, handler: DataHandler) -> None:
        self._handlers.append((owner, prefix, handler))

    def poll(self, owner: str, socket: zmq.Socket[bytes], handler: Callable[[], None]) -> None:
        self._sockets[socket] = (owner, handler)

    def background(self, owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        def run() -> None:
            result, error = outcome(work)
            handed = result if error is None else error
            self._finished.put(lambda: self._calls.guarded(owner, "background", then, handed))

        self._working += 1
        self._threads.append(threading.Thread(target=run, daemon=True, name=owner))
        self._threads[-1].start()

    def each(self, hook: str, values: Mapping[str, Any]) -> Iterator[Any]:
        return self._calls.each(hook, values)

    def through(self, hook: str, values: Mapping[str, Any]) -> Any:
        return self._calls.through(hook, values)

    def __enter__(self) -> Bench:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name in reversed(list(self.plugins)):
            self.stop(name)
        for thread in self._threads:
            thread.join(_LONG)
            assert not thread.is_alive(), f"{thread.name} left a thread behind"
        self.clock.close()

    def _record(self, frames: Sequence[bytes], delay: float | None) -> None:
        fields = unpack(frames[1])
        subject = frames[0].decode().removeprefix("notify.")
        self.notifications.append(Sent(subject, fields, tuple(frames[2:]), delay))
        if delay is None:
            self._returning.append(lambda: self._return(subject, fields, frames))

    def _return(self, subject: str, fields: Fields, frames: Sequence[bytes]) -> None:
        if subject not in ("start_plugin", "stop_plugin"):
            self.send_frames(frames)
        elif subject == "start_plugin" and fields["name"] in self._offers:
            self._start_offer(fields["name"], fields.get("args", {}))

    def _start_offer(self, name: str, args: Fields) -> None:
        about = {"name": name, "host": self.name}
        try:
            plugin = self.start(self._offers[name], name, **args)
        except GazedError as error:
            self.notify("plugin.failed", {**about, "reason": str(error)}, None)
        else:
            facts = {"args": args, "role": getattr(plugin, "role", None)}
            self.notify("plugin.started", {**about, **facts}, None)


def a_pupil(eye: int = 0, timestamp: float = 0.0, confidence: float = 1.0, **more: Any) -> Pupil:
    """Return a 2D datum in the middle of the picture, unless told otherwise."""
    usual: dict[str, Any] = {"norm_pos": (0.5, 0.5), "diameter": 40.0}
    return Pupil(eye=eye, timestamp=timestamp, confidence=confidence, **{**usual, **more})


def _fail(failure: CallFailure) -> None:
    raise failure.error
