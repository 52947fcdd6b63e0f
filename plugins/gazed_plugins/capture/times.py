"""Real time, and what may stand in its place."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Time(Protocol):
    """The clock that pictures are stamped with, and how to wait on it."""

    def now(self) -> float:
        """Return monotonic seconds."""

    def pause(self, seconds: float) -> None:
        """Wait, at most this long."""


class RealTime:
    """``time.monotonic``, and waits that ``wake`` ends."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> float:
        """Return monotonic seconds."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait, at most this long."""
        self._woken.wait(seconds)

    def wake(self) -> None:
        """End this wait and all later ones."""
        self._woken.set()
