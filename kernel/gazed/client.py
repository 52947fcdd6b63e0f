"""A client of a running service, for scripts, tests and the command line."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

import zmq

from gazed.connection import Connection
from gazed.errors import MessageError, NotRunningError
from gazed.notification import PREFIX
from gazed.wire import Fields, pack, topic_of, unpack

_ECHO_SECONDS = 0.05

Message = tuple[str, Fields, list[bytes]]


class Client:
    """Speaks to a service as any Pupil client does: requests, notifications, subscriptions.

    ``timeout`` is in seconds and holds for each answer. A request that is not answered raises
    NotRunningError and leaves the client usable: its socket is made anew.
    """

    def __init__(self, port: int = 50020, host: str = "127.0.0.1", timeout: float = 5.0) -> None:
        self._zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._remote = f"tcp://{host}:{port}"
        self._timeout = timeout
        self._request_socket: zmq.Socket[bytes] | None = None
        self._inlet: zmq.Socket[bytes] | None = None
        self._subscriptions: zmq.Socket[bytes] | None = None
        self._publisher: zmq.Socket[bytes] | None = None
        self._early: deque[list[bytes]] = deque()
        self._host = host
        self._connection: Connection | None = None

    @staticmethod
    def local(connection: Connection, timeout: float = 5.0) -> Client:
        """Return a client that talks to the bus of a daemon of this user, without Pupil Remote."""
        client = Client(timeout=timeout)
        client._connection = connection
        client._inlet = client._socket(zmq.PUSH, connection.inlet)
        return client

    def request(self, *frames: str | bytes) -> str:
        """Send a request to Pupil Remote and return its reply; raise NotRunningError if none."""
        socket = self._request_socket or self._socket(zmq.REQ, self._remote)
        self._request_socket = socket
        socket.send_multipart([_encoded(frame) for frame in frames])
        if not socket.poll(int(self._timeout * 1000)):
            socket.close(linger=0)
            self._request_socket = None
            raise NotRunningError(
                f"no answer from {self._remote} within {self._timeout:g} s; is gazed running there?"
            )
        return socket.recv().decode()

    def time(self) -> float:
        """Return the service's clock, in seconds."""
        return float(self.request("t"))

    def notify(self, subject: str, **fields: Any) -> None:
        """Send a notification; when this returns, the service has it, in order."""
        self.send([(PREFIX + subject).encode(), pack({"subject": subject, **fields})])

    def start_plugin(self, name: str, host: str | None = None, **args: Any) -> None:
        """Ask for a plugin; see ``plugin.started`` and ``plugin.failed`` for what becomes of it."""
        where = {"host": host} if host else {}
        self.notify("start_plugin", name=name, args=args, **where)

    def stop_plugin(self, name: str) -> None:
        """Ask for the end of a plugin."""
        self.notify("stop_plugin", name=name)

    def send(self, frames: Sequence[bytes]) -> None:
        """Send a finished message by the reliable way."""
        if self._inlet:
            self._inlet.send_multipart(frames)
        else:
            self.request(*frames)

    def publish(self, topic: str, fields: Mapping[str, Any], *raw: bytes) -> None:
        """Publish a datum straight to the bus, as external sources do."""
        publisher = self._publisher or self._connected_publisher()
        while publisher.poll(0):
            publisher.recv()
        publisher.send_multipart([topic.encode(), pack(fields), *raw])

    def subscribe(self, *prefixes: str) -> None:
        """Listen to topics; when this returns, no notification sent from now on is missed.

        Data begin some milliseconds later, when their publishers have heard of the wish.
        """
        if self._subscriptions is None:
            self._subscriptions = self._socket(zmq.SUB, self._bus_endpoint("SUB_PORT"))
        echo = f"echo.{os.urandom(16).hex()}"
        for prefix in (*prefixes, echo):
            self._subscriptions.subscribe(prefix)
        self._wait_for_echo(self._subscriptions, echo)
        self._subscriptions.unsubscribe(echo)

    def unsubscribe(self, *prefixes: str) -> None:
        """Listen to topics no longer."""
        for prefix in prefixes:
            if self._subscriptions is not None:
                self._subscriptions.unsubscribe(prefix)

    def receive(self, timeout: float | None = None) -> Message | None:
        """Return the next message: topic, fields, raw frames; None after ``timeout`` seconds.

        Malformed messages, which anybody may put on the bus, are passed over.
        """
        end = time.monotonic() + (self._timeout if timeout is None else timeout)
        while (frames := self._next(end)) is not None:
            try:
                return topic_of(frames), unpack(frames[1]), frames[2:]
            except MessageError:
                continue
        return None

    def wait_for(self, subject: str, timeout: float | None = None, **match: Any) -> Fields:
        """Return the fields of the next notification of this subject that has these fields.

        Subscribe to it first. Raises NotRunningError when none comes in time.
        """
        patience = self._timeout if timeout is None else timeout
        end = time.monotonic() + patience
        while (left := end - time.monotonic()) > 0:
            message = self.receive(left)
            if message and message[0] == PREFIX + subject and _matches(message[1], match):
                return message[1]
        raise NotRunningError(f"no {subject} {match or ''} within {patience:g} s")

    def close(self) -> None:
        """Close all sockets; what was sent gets a moment to leave."""
        self._zmq.destroy(linger=500)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connected_publisher(self) -> zmq.Socket[bytes]:
        # A publisher drops everything until the bus has told it what its clients want.
        self._publisher = self._socket(zmq.XPUB, self._bus_endpoint("PUB_PORT"))
        self._publisher.poll(int(self._timeout * 1000))
        return self._publisher

    def _next(self, end: float) -> list[bytes] | None:
        if self._early:
            return self._early.popleft()
        left = max(0, int((end - time.monotonic()) * 1000))
        if self._subscriptions is not None and self._subscriptions.poll(left):
            return self._subscriptions.recv_multipart()
        return None

    def _bus_endpoint(self, which: str) -> str:
        if self._connection:
            local = self._connection.local_publish, self._connection.local_subscribe
            return local[which == "SUB_PORT"]
        return f"tcp://{self._host}:{self.request(which)}"

    def _socket(self, kind: int, endpoint: str) -> zmq.Socket[bytes]:
        socket = self._zmq.socket(kind)
        socket.linger = 0 if kind == zmq.REQ else 500
        socket.set_hwm(100_000)
        socket.connect(endpoint)
        return socket

    def _wait_for_echo(self, socket: zmq.Socket[bytes], echo: str) -> None:
        end = time.monotonic() + self._timeout
        again = 0.0
        while (now := time.monotonic()) < end:
            if now >= again:
                self.send([echo.encode(), pack({})])
                again = now + _ECHO_SECONDS
            if socket.poll(int(_ECHO_SECONDS * 1000)):
                message = socket.recv_multipart()
                if message[0] == echo.encode():
                    return
                self._early.append(message)
        raise NotRunningError("the bus does not answer; is the service ending?")


def _encoded(frame: str | bytes) -> bytes:
    return frame.encode() if isinstance(frame, str) else frame


def _matches(fields: Fields, match: Mapping[str, Any]) -> bool:
    return all(fields.get(key) == value for key, value in match.items())
