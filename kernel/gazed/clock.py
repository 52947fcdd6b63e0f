"""One clock for all processes: monotonic time plus a shared offset."""

from __future__ import annotations

import mmap
import time
from pathlib import Path


class Clock:
    """Seconds on a time base that any client may reset.

    The offset lives in an eight byte file that every process maps, so a reset is seen by
    all of them at once and costs nothing to read. On Linux, before any reset, this equals
    ``time.monotonic()`` of every process on the machine (spec: protocol 10).
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)
        self._view = memoryview(self._map)
        self._offset = self._view.cast("d")

    @staticmethod
    def create(path: Path) -> Clock:
        """Write a clock file with offset 0 and return its clock."""
        path.write_bytes(bytes(8))
        return Clock(path)

    def now(self) -> float:
        """Return the current time in seconds."""
        return time.monotonic() + self._offset[0]

    def set(self, now: float) -> None:
        """Make this very moment be ``now``, for every process."""
        self._offset[0] = now - time.monotonic()

    def from_monotonic(self, monotonic: float) -> float:
        """Return the clock's time for a reading of ``time.monotonic()``."""
        return monotonic + self._offset[0]

    def close(self) -> None:
        """Release the file."""
        self._offset.release()
        self._view.release()
        self._map.close()
