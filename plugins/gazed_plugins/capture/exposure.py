"""Exposure in software for cameras that cannot do it themselves at a constant rate."""

from __future__ import annotations

DARKEST, BRIGHTEST = 90.0, 150.0
_TARGET = (DARKEST + BRIGHTEST) / 2
_LARGEST_STEP = 2.0
_PAUSE_SECONDS = 0.2


def longest_exposure(rate: float) -> int:
    """Return the longest exposure at a frame rate, in units of 0.1 ms (spec: features 4)."""
    limit = 28 if rate >= 200 else 31 if rate >= 180 else 32
    return max(1, min(limit, int(10_000 / rate)))


def next_exposure(brightness: float, exposure: int, limit: int) -> int:
    """Return the exposure, in units of 0.1 ms, that brings the mean brightness to 90..150.

    ``brightness`` is that of pictures taken with ``exposure``, 0 to 255. A step at most
    doubles or halves, since a picture that is black or white does not tell how far to go.
    """
    if DARKEST <= brightness <= BRIGHTEST:
        return min(exposure, limit)
    factor = _TARGET / max(brightness, 1.0)
    factor = min(max(factor, 1 / _LARGEST_STEP), _LARGEST_STEP)
    wanted = round(exposure * factor)
    if wanted == exposure:
        wanted += 1 if brightness < DARKEST else -1
    return min(max(wanted, 1), limit)


class AutoExposure:
    """Decides on a new exposure, a few pictures after the last one at the earliest."""

    def __init__(self) -> None:
        self.exposure = 0
        self._limit = 0
        self._due = 0.0

    def begin(self, rate: float, now: float) -> None:
        """Start over with the longest exposure, which is what the camera was opened with."""
        self.exposure = self._limit = longest_exposure(rate)
        self._due = now + _PAUSE_SECONDS

    def end(self) -> None:
        """Decide nothing more until ``begin``."""
        self.exposure = 0

    def due(self, now: float) -> bool:
        """Tell whether it is time to measure a picture's brightness."""
        return self.exposure > 0 and now >= self._due

    def decide(self, brightness: float, now: float) -> int | None:
        """Return the exposure to set for a picture's mean brightness, None to leave it."""
        self._due = now + _PAUSE_SECONDS
        wanted = next_exposure(brightness, self.exposure, self._limit)
        if wanted == self.exposure:
            return None
        self.exposure = wanted
        return wanted
