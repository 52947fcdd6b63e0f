"""A client that speaks in frames: nothing is packed, unpacked or put right on the way."""

from __future__ import annotations

import os
import re
import time
from types import TracebackType
from typing import Any

import msgpack
import zmq

from gazed import Client

Frames = list[bytes]

# What hmd-eyes and MATLAB wait for an answer before they give up for good.
LIMIT_SECONDS = 1.0
PATIENCE_SECONDS = 10.0


class RawClient:
    """REQ, SUB and PUB sockets on one service, each as the clients have it.

    A request that is not answered within a second fails the test.
    """

    def __init__(self, port: int) -> None:
        self._zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self.remote = f"tcp://127.0.0.1:{port}"
        self._request = self.socket(zmq.REQ, self.remote)
        self._subscriptions: zmq.Socket[bytes] | None = None
        self._publisher: zmq.Socket[bytes] | None = None

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

    def notify(self, subject: str, **fields: Any) -> bytes:
        """Send a notification as Python clients do; return the reply."""
        payload = msgpack.packb({"subject": subject, **fields})
        return self.ask(f"notify.{subject}".encode(), payload)

    def subscribe(self, *prefixes: bytes) -> None:
        """Listen; when this returns, nothing sent from now on is missed."""
        if self._subscriptions is None:
            self._subscriptions = self.socket(zmq.SUB, self._bus(b"SUB_PORT"))
        echo = b"echo." + os.urandom(8).hex().encode()
        for prefix in (*prefixes, echo):
            self._subscriptions.subscribe(prefix)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            self.ask(echo, b"\x80")
            while self._subscriptions.poll(50):
                if self._subscriptions.recv_multipart()[0] == echo:
                    return
        raise AssertionError("the bus does not answer")

    def receive(self, timeout: float = PATIENCE_SECONDS) -> Frames | None:
        """Return the next message; None when there is none in time."""
        assert self._subscriptions is not None, "subscribe first"
        if self._subscriptions.poll(int(timeout * 1000)):
            return self._subscriptions.recv_multipart()
        return None

    def wait_for(self, topic: str, timeout: float = PATIENCE_SECONDS) -> Frames:
        """Return the next message whose topic matches, as a regular expression."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            message = self.receive(left)
            if message and re.fullmatch(topic, message[0].decode()):
                return message
        raise AssertionError(f"no {topic} within {timeout:g} s")

    def until_echo(self) -> list[Frames]:
        """Return what comes before a message sent now has gone through the bus."""
        echo = b"echo." + os.urandom(8).hex().encode()
        assert self._subscriptions is not None, "subscribe first"
        self._subscriptions.subscribe(echo)
        messages = []
        while True:
            self.ask(echo, b"\x80")
            while message := self.receive(0.05):
                if message[0] == echo:
                    return messages
                messages.append(message)

    def publish(self, *frames: bytes) -> None:
        """Send a message by the way that is not answered."""
        if self._publisher is None:
            self._publisher = self.socket(zmq.PUB, self._bus(b"PUB_PORT"))
            self._wait_until_heard(self._publisher)
        self._publisher.send_multipart(frames)

    def socket(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        """Return one more socket, closed with this client."""
        socket = self._zmq.socket(kind)
        socket.linger = 0
        socket.set_hwm(100_000)
        socket.connect(endpoint)
        return socket

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

    def _bus(self, which: bytes) -> str:
        return f"tcp://127.0.0.1:{self.ask(which).decode()}"

    def _wait_until_heard(self, publisher: zmq.Socket[bytes]) -> None:
        listener = self.socket(zmq.SUB, self._bus(b"SUB_PORT"))
        echo = b"echo." + os.urandom(8).hex().encode()
        listener.subscribe(echo)
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            publisher.send_multipart([echo, b"\x80"])
            if listener.poll(20):
                listener.close()
                return
        raise AssertionError("what is published does not arrive")


def fields_of(message: Frames) -> dict[str, Any]:
    """Return the payload of a message as Python clients read it, with strict keys."""
    fields: dict[str, Any] = msgpack.unpackb(message[1])
    return fields


def ask_once(client: Client, subject: str, answer: str, **fields: Any) -> dict[str, Any]:
    """Send a notification and return the notification that answers it."""
    client.notify(subject, **fields)
    return client.wait_for(answer)
