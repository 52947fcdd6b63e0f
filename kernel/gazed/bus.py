"""A process's end of the bus: its sockets, and nothing that knows what messages mean."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import zmq

from gazed.connection import Connection
from gazed.notification import PREFIX
from gazed.wire import MAX_MESSAGE_BYTES, pack

# How many messages one turn of a loop takes from a socket before it looks at the others.
BATCH = 200
_CONTROL_QUEUE = 100_000
_DATA_QUEUE = 2_000
_PATIENCE = 1.0
_LARGE = 65_536

Uncopied = list[bytes | zmq.Frame]
"""A message, the large frames of which are still where libzmq has them."""


class Bus:
    """Two ways in (control and data, so that a flood of one never drops the other), two ways out.

    ``send`` goes through the inlet: queued, ordered, not dropped. ``publish`` goes straight
    to who listens; a publisher sees the bus's subscriptions and so knows whether anybody does.
    """

    def __init__(self, connection: Connection) -> None:
        self.zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.control = self._connected(zmq.SUB, connection.local_subscribe, _CONTROL_QUEUE)
        self.data = self._connected(zmq.SUB, connection.local_subscribe, _DATA_QUEUE)
        self.out = self._connected(zmq.XPUB, connection.local_publish, _DATA_QUEUE)
        self.out.setsockopt(zmq.XPUB_NODROP, 1)
        self._inlet = self._connected(zmq.PUSH, connection.inlet, _CONTROL_QUEUE)
        self._wanted: set[bytes] = set()
        self._proofs = 0
        self.dropped = 0

    def send(self, frames: Sequence[bytes]) -> None:
        """Queue a message; it arrives, in order, at everyone who listens."""
        self._inlet.send_multipart(frames, copy=max(map(len, frames)) < _LARGE)

    def notify(self, subject: str, fields: Mapping[str, Any], delay: float | None = None) -> None:
        """Send a notification, through the kernel's clockwork when ``delay`` is given."""
        prefix = PREFIX if delay is None else "delayed_notify."
        payload = {**fields, "subject": subject, "topic": prefix + subject}
        if delay is not None:
            payload["delay"] = delay
        self.send([(prefix + subject).encode(), pack(payload)])

    def publish(self, topic: str, fields: Mapping[str, Any], raw: Sequence[bytes]) -> bool:
        """Send a datum; False, and counted, when the bus does not keep up."""
        try:
            self.out.send_multipart([topic.encode(), pack(fields), *raw], zmq.NOBLOCK, copy=not raw)
        except zmq.Again:
            self.dropped += 1
            return False
        return True

    def learn_wishes(self) -> None:
        """Take in what others have subscribed to since the last call."""
        with contextlib.suppress(zmq.Again):
            while True:
                wish = self.out.recv(zmq.NOBLOCK)
                change = self._wanted.add if wish[:1] == b"\x01" else self._wanted.discard
                change(wish[1:])

    def hear_all_wishes(self) -> None:
        """Wait until this publisher knows every subscription that the bus knows now.

        A publisher drops what nobody wants, and subscriptions take a moment to reach it. They
        travel in one order, so one of our own is the proof that all earlier ones are here.
        """
        self._proofs += 1
        proof = f"wish.{os.getpid()}.{self._proofs}"
        self.data.subscribe(proof)
        end = time.monotonic() + _PATIENCE
        while proof.encode() not in self._wanted and time.monotonic() < end:
            self.out.poll(10)
            self.learn_wishes()
        self.data.unsubscribe(proof)

    def wanted(self, topic: str) -> bool:
        """Tell whether anybody subscribes to ``topic``."""
        encoded = topic.encode()
        return any(encoded.startswith(prefix) for prefix in self._wanted)

    def close(self) -> None:
        """Close all sockets; what was sent gets a moment to leave."""
        self.zmq.destroy(linger=500)

    def _connected(self, kind: int, endpoint: str, queue: int) -> zmq.Socket[bytes]:
        socket = self.zmq.socket(kind)
        socket.set_hwm(queue)
        socket.maxmsgsize = MAX_MESSAGE_BYTES
        socket.connect(endpoint)
        return socket


def received_uncopied(socket: zmq.Socket[bytes], most: int = BATCH) -> list[Uncopied]:
    """Return the messages that wait on a socket; what nobody reads of them is never copied.

    Every process gets notifications of megabytes, and few read them.
    """
    messages: list[Uncopied] = []
    with contextlib.suppress(zmq.Again):
        while len(messages) < most:
            topic, *frames = socket.recv_multipart(zmq.NOBLOCK, copy=False)
            small = (frame if len(frame) >= _LARGE else frame.bytes for frame in frames)
            messages.append([topic.bytes, *small])
    return messages


def received(socket: zmq.Socket[bytes], most: int = BATCH) -> list[list[bytes]]:
    """Return the messages that wait on a socket, at most ``most`` of them."""
    messages: list[list[bytes]] = []
    with contextlib.suppress(zmq.Again):
        while len(messages) < most:
            messages.append(socket.recv_multipart(zmq.NOBLOCK))
    return messages
