"""The recorder's own ear on the bus: notifications and data in one order, with a deep queue."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Sequence

import zmq

from gazed import Context, PluginError

NOTIFY = b"notify."
# At the rates of two eyes with gaze, more than a minute in which nobody reads.
_QUEUE = 100_000
_MOST_AT_ONCE = 5_000
_PATIENCE = 5.0
_PROBE_MS = 20

Message = Sequence[bytes]


class Tap:
    """Subscribes to all notifications and to the data that are to be recorded.

    The bus has one order; what comes through here has it too, so that a datum sent behind
    ``recording.should_start`` is behind it here. ``mark`` is the subject of a notification
    from which on everything comes through here; what came before, the host has.
    """

    def __init__(self, context: Context, topics: Iterable[str]) -> None:
        self._context = context
        self._zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._zmq.socket(zmq.SUB)
        self._socket.set_hwm(_QUEUE)
        self._socket.connect(context.connection.local_subscribe)
        self._socket.subscribe(NOTIFY)
        self._topics: set[str] = set()
        self.follow(topics)
        self.mark = self._proven()

    def follow(self, topics: Iterable[str]) -> None:
        """Subscribe to data whose topics begin so, and no longer to others."""
        wanted = set(topics)
        for topic in wanted - self._topics:
            self._socket.subscribe(topic)
        for topic in self._topics - wanted:
            self._socket.unsubscribe(topic)
        self._topics = wanted

    def messages(self) -> Iterable[Message]:
        """Yield what has come, at most so much that the host stays alive meanwhile."""
        with contextlib.suppress(zmq.Again):
            for _ in range(_MOST_AT_ONCE):
                yield self._socket.recv_multipart(zmq.NOBLOCK)

    def wait(self, seconds: float) -> None:
        """Wait until a message comes, at most so long."""
        self._socket.poll(int(seconds * 1000))

    def close(self) -> None:
        """Close the socket."""
        self._zmq.destroy(linger=0)

    def _proven(self) -> str:
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            probe = f"recorder.listening.{os.urandom(8).hex()}"
            self._context.notify(probe)
            if self._socket.poll(_PROBE_MS) and (mark := self._first_probe()):
                return mark
        self.close()
        raise PluginError("the bus does not answer")

    def _first_probe(self) -> str:
        for message in self.messages():
            topic = message[0].decode(errors="replace")
            if topic.startswith("notify.recorder.listening."):
                return topic.removeprefix("notify.")
        return ""
