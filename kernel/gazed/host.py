"""A host: a process that runs plugins, started by the kernel as ``python -m gazed.host NAME``."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import zmq

from gazed.bus import Bus, Uncopied, received, received_uncopied
from gazed.calls import outcome
from gazed.clock import Clock
from gazed.connection import Connection
from gazed.context import DataHandler
from gazed.errors import MessageError
from gazed.joining import Message, join
from gazed.logs import BusHandler
from gazed.notification import Notification
from gazed.plugins import Plugins
from gazed.registry import Registry
from gazed.requests import PluginRequest, plugin_request
from gazed.wakeup import Wakeup
from gazed.wire import topic_of, unpack

ALIVE = "host_alive."
_ALIVE_SECONDS = 1.0
_ORPHAN_SECONDS = 0.7
_CONTROL_SECONDS = 0.002


class Host:
    """One process with its plugins: polls the bus, calls hooks, starts and stops plugins."""

    def __init__(self, name: str, connection: Connection) -> None:
        self.name = name
        self.connection = connection
        self.clock = Clock(connection.clock)
        self._bus = Bus(connection)
        self._wakeup = Wakeup(self._bus.zmq)
        self._handlers: list[tuple[str, str, DataHandler]] = []
        self._sockets: dict[zmq.Socket[bytes], tuple[str, Callable[[], None]]] = {}
        self._poller = zmq.Poller()
        self._due: dict[str, float] = {}
        self._parent = os.getppid()
        self._stopping = False
        self._alive_due = 0.0
        self._loop_thread = threading.get_ident()
        _log_to(BusHandler(name, self._send_from_anywhere))
        self._plugins = Plugins(self, Registry(), self._forget)

    def run(self) -> None:
        """Work until told to stop, or until the kernel is gone."""
        threading.Thread(target=self._watch_lifeline, daemon=True).start()
        for socket in (self._bus.control, self._bus.data, self._bus.out, self._wakeup.receiver):
            self._poller.register(socket, zmq.POLLIN)
        backlog = join(self._bus, self.name, lambda: not self._stopping)
        self._take(backlog)
        while not self._stopping:
            self._turn()
        self._plugins.stop_all()
        self._bus.close()

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None) -> None:
        """Send a notification."""
        self._bus.notify(subject, fields, delay)

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Sequence[bytes]) -> bool:
        """Send a datum."""
        return self._bus.publish(topic, fields, raw)

    def forward(self, frames: Sequence[bytes]) -> None:
        """Hand a finished message to the bus."""
        self._bus.send(frames)

    def wanted(self, topic: str) -> bool:
        """Tell whether anybody listens to a topic."""
        return self._bus.wanted(topic)

    def subscribe(self, owner: str, prefix: str, handler: DataHandler) -> None:
        """Hand data below a prefix to a handler."""
        self._handlers.append((owner, prefix, handler))
        self._bus.data.subscribe(prefix)

    def poll(self, owner: str, socket: zmq.Socket[bytes], handler: Callable[[], None]) -> None:
        """Call a handler when a socket is readable."""
        self._sockets[socket] = (owner, handler)
        self._poller.register(socket, zmq.POLLIN)

    def background(self, owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Run work in a thread, then a handler in this loop."""

        def run() -> None:
            result, error = outcome(work)
            handed = result if error is None else error
            self._wakeup.call(self._plugins.calls.guarded, owner, "background", then, handed)

        threading.Thread(target=run, daemon=True, name=owner).start()

    def each(self, hook: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Call a hook of every plugin in this host."""
        return self._plugins.calls.each(hook, values)

    def through(self, hook: str, values: Mapping[str, Any]) -> Any:
        """Pass a value along a hook of every plugin."""
        return self._plugins.calls.through(hook, values)

    def _turn(self) -> None:
        ready = dict(self._poller.poll(self._patience_ms()))
        if self._bus.data in ready:
            for message in received(self._bus.data):
                self._datum(message)
        if self._bus.control in ready:
            self._take_for(_CONTROL_SECONDS)
        if self._bus.out in ready:
            self._bus.learn_wishes()
        if self._wakeup.receiver in ready:
            self._wakeup.work()
        for socket in list(self._sockets):
            if socket in ready and socket in self._sockets:
                owner, handler = self._sockets[socket]
                self._plugins.calls.guarded(owner, "poll", handler)
        self._tick()
        self._say_alive()

    def _take(self, messages: Sequence[Message | Uncopied]) -> None:
        for message in messages:
            if self._stopping:
                return
            try:
                self._notified(Notification(message))
            except MessageError as error:
                self._plugins.bad_message(self.name, error)

    def _take_for(self, seconds: float) -> None:
        # A burst of notifications must not hold up the next frame.
        end = time.monotonic() + seconds
        while time.monotonic() < end and (messages := received_uncopied(self._bus.control, 1)):
            self._take(messages)

    def _notified(self, notification: Notification) -> None:
        if notification.subject == "host.should_stop":
            requests = notification.get("requests")
            for_us = notification["host"] == self.name
            self._stopping = for_us and requests in (None, self._plugins.requests)
            return
        request = plugin_request(notification)
        if request:
            self._requested(request)
            return
        if notification.subject.startswith("meta.should_doc"):
            self._document()
        for _ in self.each("on_notification", {"notification": notification}):
            pass

    def _requested(self, request: PluginRequest) -> None:
        if not self._plugins.concerns(request):
            return
        if request.starts:
            self._bus.hear_all_wishes()  # who asks for a plugin has subscribed to its data
        self._plugins.handle(request)

    def _datum(self, message: Message) -> None:
        try:
            topic = topic_of(message)
            handlers = [entry for entry in self._handlers if topic.startswith(entry[1])]
            fields = unpack(message[1])
        except MessageError as error:
            self._plugins.bad_message(self.name, error)
            return
        for owner, _, handler in handlers:
            self._plugins.calls.guarded(owner, "data", handler, topic, fields, message[2:])

    def _tick(self) -> None:
        for plugin in self._plugins.calls.implementing("tick"):
            now = time.monotonic()
            if self._due.get(plugin, 0.0) <= now:
                pause = self._plugins.calls.one("tick", plugin, {})
                self._due[plugin] = now + (_ALIVE_SECONDS if pause is None else pause)

    def _patience_ms(self) -> int:
        ticking = self._plugins.calls.implementing("tick")
        due = min([self._alive_due, *(self._due.get(plugin, 0.0) for plugin in ticking)])
        return max(0, round((due - time.monotonic()) * 1000))

    def _say_alive(self) -> None:
        now = time.monotonic()
        if now >= self._alive_due:
            self._alive_due = now + _ALIVE_SECONDS
            fields = {
                "host": self.name,
                "pid": os.getpid(),
                "dropped": self._bus.dropped,
                "bad_messages": self._plugins.bad_messages,
            }
            self._bus.publish(ALIVE + self.name, fields, ())

    def _document(self) -> None:
        self.notify("meta.doc", {"actor": self.name, "doc": Host.__doc__ or ""}, None)
        for name, text in self._plugins.documented():
            self.notify("meta.doc", {"actor": name, "doc": text}, None)

    def _forget(self, plugin: str) -> None:
        for owner, prefix, handler in list(self._handlers):
            if owner == plugin:
                self._handlers.remove((owner, prefix, handler))
                self._bus.data.unsubscribe(prefix)
        for socket, (owner, _) in list(self._sockets.items()):
            if owner == plugin:
                del self._sockets[socket]
                self._poller.unregister(socket)
        self._due.pop(plugin, None)

    def _send_from_anywhere(self, frames: Sequence[bytes]) -> None:
        if threading.get_ident() == self._loop_thread:
            self._bus.send(frames)
        else:
            self._wakeup.call(self._bus.send, frames)

    def _watch_lifeline(self) -> None:
        while os.read(0, 4096):
            pass
        self._wakeup.call(self._stop)
        time.sleep(_ORPHAN_SECONDS)
        if os.getppid() != self._parent:
            os._exit(1)

    def _stop(self) -> None:
        self._stopping = True


def main(arguments: Sequence[str]) -> None:
    """Run the host named in the first argument on the connection file in the second."""
    name, path = arguments
    Host(name, Connection.read(Path(path))).run()


def _log_to(handler: logging.Handler) -> None:
    root = logging.getLogger()
    root.setLevel(logging.INFO)
    root.addHandler(handler)


if __name__ == "__main__":
    main(sys.argv[1:])
