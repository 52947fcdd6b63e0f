"""The bus: a proxy between publishers and subscribers, and an inlet that drops nothing."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

import zmq

from gazed.errors import GazedError
from gazed.wire import MAX_MESSAGE_BYTES

# Deep enough for a burst, shallow enough that a client that stops reading costs
# megabytes, not the machine: past it, that client alone misses messages.
QUEUE = 20_000


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the bus listens: for publishers, for subscribers, and its inlet."""

    publish: str
    subscribe: str
    inlet: str
    local_publish: str
    local_subscribe: str


class Broker:
    """XSUB to XPUB, and PULL to XSUB, forwarded inside libzmq without any Python.

    ``listen`` is the address for clients; the inlet and the ``ipc`` endpoints are for this
    machine alone.
    """

    def __init__(self, listen: str, directory: Path) -> None:
        self._context: zmq.Context[zmq.Socket[bytes]] = zmq.Context(io_threads=1)
        self._xsub = self._socket(zmq.XSUB)
        self._xpub = self._socket(zmq.XPUB)
        self._pull = self._socket(zmq.PULL)
        self._inlet = self._socket(zmq.PUB)
        self.endpoints = Endpoints(
            publish=self._bind(self._xsub, listen),
            subscribe=self._bind(self._xpub, listen),
            inlet=self._bind_local(self._pull, directory / "inlet"),
            local_publish=self._bind_local(self._xsub, directory / "publish"),
            local_subscribe=self._bind_local(self._xpub, directory / "subscribe"),
        )
        self._xsub.bind("inproc://publish")
        self._inlet.connect("inproc://publish")
        self._threads = [
            threading.Thread(target=_forward, args=pair, name=name)
            for name, pair in (
                ("bus", (self._xsub, self._xpub)),
                ("inlet", (self._pull, self._inlet)),
            )
        ]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Stop forwarding; what subscribers have not been sent yet gets a moment to leave."""
        self._context.term()
        for thread in self._threads:
            thread.join()

    def _socket(self, kind: int) -> zmq.Socket[bytes]:
        socket = self._context.socket(kind)
        socket.set_hwm(QUEUE)
        socket.maxmsgsize = MAX_MESSAGE_BYTES
        socket.tcp_keepalive = 1
        socket.linger = 200
        return socket

    def _bind(self, socket: zmq.Socket[bytes], listen: str) -> str:
        try:
            socket.bind(f"tcp://{listen}:*")
        except zmq.ZMQError as error:
            self._context.destroy(linger=0)
            raise GazedError(
                f"the bus cannot listen on {listen}: {error.strerror}; give --listen an address"
                " of this machine"
            ) from None
        endpoint = socket.get_string(zmq.LAST_ENDPOINT).rstrip("\0")
        return endpoint.replace("0.0.0.0", "127.0.0.1")  # noqa: S104 - not bound, reached

    def _bind_local(self, socket: zmq.Socket[bytes], path: Path) -> str:
        if not zmq.has("ipc"):
            return self._bind(socket, "127.0.0.1")
        socket.bind(f"ipc://{path}")
        return f"ipc://{path}"


def _forward(front: zmq.Socket[bytes], back: zmq.Socket[bytes]) -> None:
    with contextlib.suppress(zmq.ContextTerminated):
        zmq.proxy(front, back)
    front.close()
    back.close()
