"""A client that speaks in frames: nothing is packed, unpacked or put right on the way."""

from __future__ import annotations

import os
import re
import time
from collections import deque
from types import TracebackType
from typing import Any

import msgpack
import zmq

Frames = list[bytes]

# What hmd-eyes and MATLAB wait for an answer before they give up for good.
LIMIT_SECONDS = 1.0
PATIENCE_SECONDS = 10.0
_ECHO = b"echo."


class RawClient:
    """REQ, SUB and PUB sockets on one service, each as the clients have it.

    A request that is not answered within a second fails the test.
    """

    def __init__(self, port: int) -> None:
        self._zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.remote = f"tcp://127.0.0.1:{port}"
        self._open: list[zmq.Socket[bytes]] = []
        self._request = self.socket(zmq.REQ, self.remote)
        self._subscriptions: zmq.Socket[bytes] | None = None
        self._publisher: zmq.Socket[bytes] | None = None
        self._early: deque[Frames] = deque()

    def ask(self, *frames: bytes) -> bytes:
        """Send a request; return the one frame of its reply."""
        self._request.send_multipart(frames)
        answered = self._request.poll(int(LIMIT_SECONDS * 1000))
        assert answered, f"no reply to {frames[0][:80]!r} within {LIMIT_SECONDS:g} s"
        (reply,) = self._request.recv_multipart()
        return reply

    def time(self) -> float:
        """Return the service's clock, in seconds."""
        return float(self.ask(b"t"))

    def notify(self, subject: str, **fields: Any) -> None:
        """Send a notification as Python clients do."""
        payload = msgpack.packb({"subject": subject, **fields})
        assert self.ask(f"notify.{subject}".encode(), payload) == b"Message forwarded."

    def subscribe(self, *prefixes: bytes) -> None:
        """Listen; when this returns, nothing sent from now on is missed."""
        socket = self._subscriptions or self.socket(zmq.SUB, self.bus(b"SUB_PORT"))
        self._subscriptions = socket
        for prefix in prefixes:
            socket.subscribe(prefix)
        self._early.extend(self.until_echo())

    def receive(self, timeout: float = PATIENCE_SECONDS) -> Frames:
        """Return the next message; fail the test when there is none in time."""
        end = time.monotonic() + timeout
        while not self._early and self._poll(end - time.monotonic()):
            message = self._read()
            if not message[0].startswith(_ECHO):
                return message
        assert self._early, f"no message within {timeout:g} s"
        return self._early.popleft()

    def wait_for(self, topic: str, timeout: float = PATIENCE_SECONDS) -> Frames:
        """Return the next message whose whole topic matches a regular expression."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            message = self.receive(left)
            if re.fullmatch(topic, message[0].decode()):
                return message
        raise AssertionError(f"no {topic} within {timeout:g} s")

    def until_echo(self) -> list[Frames]:
        """Return what comes before a message sent now has gone through the bus."""
        echo = _ECHO + os.urandom(8).hex().encode()
        assert self._subscriptions is not None, "subscribe first"
        self._subscriptions.subscribe(echo)
        messages = list(self._early)
        self._early.clear()
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.ask(echo, b"\x80")
            if self._read_until(echo, messages, time.monotonic() + 0.05):
                self._subscriptions.unsubscribe(echo)
                return messages
        raise AssertionError("the bus does not answer")

    def publish(self, *frames: bytes) -> None:
        """Send a message by the way that is not answered."""
        if self._publisher is None:
            self._publisher = self.socket(zmq.PUB, self.bus(b"PUB_PORT"))
            self._wait_until_heard(self._publisher)
        self._publisher.send_multipart(frames)

    def socket(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        """Return one more socket, closed with this client."""
        socket = self._zmq.socket(kind)
        socket.linger = 0
        socket.set_hwm(100_000)
        socket.connect(endpoint)
        self._open.append(socket)
        return socket

    def bus(self, which: bytes) -> str:
        """Return the address behind ``SUB_PORT`` or ``PUB_PORT``."""
        return f"tcp://127.0.0.1:{self.ask(which).decode()}"

    def close(self) -> None:
        """Close all sockets."""
        self._zmq.destroy(linger=0)

    def __enter__(self) -> RawClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _poll(self, timeout: float) -> bool:
        assert self._subscriptions is not None, "subscribe first"
        return bool(self._subscriptions.poll(max(0, round(timeout * 1000))))

    def _read(self) -> Frames:
        assert self._subscriptions is not None, "subscribe first"
        return self._subscriptions.recv_multipart()

    def _read_until(self, echo: bytes, messages: list[Frames], end: float) -> bool:
        while self._poll(end - time.monotonic()):
            message = self._read()
            if message[0] == echo:
                return True
            if not message[0].startswith(_ECHO):
                messages.append(message)
        return False

    def _wait_until_heard(self, publisher: zmq.Socket[bytes]) -> None:
        listener = self.socket(zmq.SUB, self.bus(b"SUB_PORT"))
        listener.subscribe(_ECHO + b"published")
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            publisher.send_multipart([_ECHO + b"published", b"\x80"])
            if listener.poll(20):
                listener.close()
                return
        raise AssertionError("what is published does not arrive")


def fields_of(message: Frames) -> dict[str, Any]:
    """Return the payload of a message as Python clients read it, with strict keys."""
    fields: dict[str, Any] = msgpack.unpackb(message[1])
    return fields
