"""Lets other threads have something done in the thread that owns a loop."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import zmq

from gazed.bus import received


class Wakeup:
    """A queue of calls with a socket that wakes the loop; ``call`` is safe in any thread."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self._calls: deque[tuple[Callable[..., Any], tuple[Any, ...]]] = deque()
        self._lock = threading.RLock()
        self.receiver = context.socket(zmq.PULL)
        self.receiver.bind("inproc://wakeup")
        self._sender = context.socket(zmq.PUSH)
        self._sender.connect("inproc://wakeup")

    def call(self, function: Callable[..., Any], *values: Any) -> None:
        """Queue a call."""
        self._calls.append((function, values))
        with self._lock:
            if not self._sender.closed:
                self._sender.send(b"")

    def work(self) -> None:
        """Do the queued calls."""
        received(self.receiver)
        while self._calls:
            function, values = self._calls.popleft()
            function(*values)
