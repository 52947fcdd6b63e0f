"""When a picture was taken: the camera's own time where it can be trusted, else its arrival."""

from __future__ import annotations

import math
from collections import deque

_TRIAL_PICTURES = 10
_TRIAL_SECONDS = 1.0
_LONGEST_TRIAL = 60.0
_PACE_ERROR = 0.01
_LONGEST_DELAY = 0.25
_EARLIEST, _LATEST = 0.005, 0.5
_WINDOW_SECONDS = 1.0
_LARGEST_GAP = 0.02
_SLEW = 0.001
_STEP = 1e-6


class Stamper:
    """Maps a camera's time to the monotonic time at which its pictures arrive.

    A camera's time is trusted after a trial of one second in which it ran at the right pace,
    to one per cent. When it is the machine's own time (never later than arrival, at most
    0.25 s earlier) it is taken as it is; otherwise its offset is that of the least delayed
    picture of the last second, which follows a drift of up to 1000 ppm. A jump, a wrong
    pace, zero or NaN ends the trust: pictures then carry their arrival, and a trial four
    times as long as the last begins.

    Stamps rise strictly, and are never later than the arrival.
    """

    def __init__(self) -> None:
        self.uses_device = False
        self.failures = 0
        self._last = -math.inf
        self._trial = _TRIAL_SECONDS
        self._forget()

    def stamp(self, received: float, device: float | None) -> float:
        """Return when a picture was taken, in seconds of the clock that ``received`` is read on."""
        taken = received
        if device is not None:
            taken = self._mapped(received, device)
        taken = min(max(taken, self._last + _STEP), received)
        if taken <= self._last:
            taken = math.nextafter(self._last, math.inf)
        self._last = taken
        return taken

    def reset(self) -> None:
        """Begin anew: another camera, or the same one opened again."""
        self._forget()

    def offset(self) -> float | None:
        """Return what is added to the camera's time, None while it is not trusted."""
        return self._offset if self.uses_device else None

    def _forget(self) -> None:
        self.uses_device = False
        self._started = -math.inf
        self._previous = -math.inf
        self._delays: deque[tuple[float, float]] = deque()
        self._seen = 0
        self._halves = (math.inf, math.inf)
        self._longest = -math.inf
        self._offset = self._followed = 0.0
        self._own_time = False

    def _mapped(self, received: float, device: float) -> float:
        if not self._plausible(received, device):
            return self._distrust(received)
        self._learn(received, received - device)
        if self.uses_device:
            return device + self._offset if self._follow(received) else self._distrust(received)
        if received - self._started >= self._trial:
            self._judge(received)
        return received

    def _distrust(self, received: float) -> float:
        if self.uses_device:
            self.failures += 1
            self._trial = min(_LONGEST_TRIAL, 4 * self._trial)
        self._forget()
        return received

    def _plausible(self, received: float, device: float) -> bool:
        if not math.isfinite(device) or device <= max(0.0, self._previous):
            return False
        self._previous = device
        # A host that was held up gets pictures late; early ones mean that the time jumped.
        return not self.uses_device or (-_EARLIEST < received - device - self._offset < _LATEST)

    def _learn(self, received: float, delay: float) -> None:
        if not self._seen:
            self._started = received
        self._seen += 1
        self._longest = max(self._longest, delay)
        # A window's smallest delay in constant time: only candidates for it are kept.
        while self._delays and self._delays[-1][1] >= delay:
            self._delays.pop()
        self._delays.append((received, delay))
        while self._delays[0][0] < received - _WINDOW_SECONDS:
            self._delays.popleft()
        if not self.uses_device:
            self._compare(received - self._started > self._trial / 2, delay)

    def _compare(self, late: bool, delay: float) -> None:
        early_least, late_least = self._halves
        if late:
            self._halves = (early_least, min(late_least, delay))
        else:
            self._halves = (min(early_least, delay), late_least)

    def _judge(self, received: float) -> None:
        early, late = self._halves
        if self._seen < _TRIAL_PICTURES or abs(late - early) > _PACE_ERROR * self._trial / 2:
            self._forget()
            return
        self._own_time = early >= 0 and self._longest < _LONGEST_DELAY
        self._offset = 0.0 if self._own_time else self._delays[0][1]
        self._followed = received
        self.uses_device = True

    def _follow(self, received: float) -> bool:
        least = self._delays[0][1]
        if self._own_time:
            return least < _LONGEST_DELAY
        most = _SLEW * (received - self._followed)
        self._followed = received
        self._offset += min(max(least - self._offset, -most), most)
        return abs(least - self._offset) < _LARGEST_GAP
