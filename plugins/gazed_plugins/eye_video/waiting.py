"""The frames from before it is known where they go."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from gazed_plugins.eye_video.filming import Shot

_USUAL = 100
_PATIENCE_SECONDS = 60.0


class Waiting:
    """Keeps the last hundred frames; after ``expect`` all, up to ``most_bytes`` of them.

    That ends with ``taken`` or ``forget``, and after a minute: nobody may answer.
    """

    def __init__(self, most_bytes: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most_bytes = most_bytes
        self._now = now
        self._until = 0.0
        self._bytes = 0
        self._shots: deque[Shot] = deque()

    def expect(self) -> None:
        """Keep all from now on: a recording has been asked for, and begins here."""
        self._until = self._now() + _PATIENCE_SECONDS

    def forget(self) -> None:
        """There will be no recording."""
        self._until = 0.0
        self._trim()

    def add(self, shot: Shot, filmed: bool) -> None:
        """Keep a frame; of those ``filmed`` for a recording that may end, the last hundred."""
        self._shots.append(shot)
        self._bytes += shot.bytes
        self._trim(filmed)

    def taken(self, start: float) -> list[Shot]:
        """Return the frames from ``start`` on, and keep none any more."""
        shots = [shot for shot in self._shots if shot.timestamp >= start]
        self._shots.clear()
        self._bytes = 0
        self._until = 0.0
        return shots

    def _trim(self, filmed: bool = False) -> None:
        most = _USUAL if filmed or self._now() >= self._until else len(self._shots)
        while len(self._shots) > most or self._bytes > self._most_bytes:
            self._bytes -= self._shots.popleft().bytes
