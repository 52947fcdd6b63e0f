"""Notice that the headset has slipped: the eyeball no longer explains what the camera sees."""

from __future__ import annotations

from collections import deque

import numpy as np

_REMEMBERED = 100
_LATELY = 3
_LEAST_BEFORE = 20
_LEAST_RATIO = 3.0
_LEAST_MISFIT = 0.0002


class SlipWatch:
    """Compares the misfits of the last three observations with those before.

    An observation is an average of outlines, so its misfit is the model's, hardly the noise's.
    ``width`` is the picture's, in pixels: 0.02 % of it is always a usual misfit.
    """

    def __init__(self, width: int) -> None:
        self._floor = _LEAST_MISFIT * width
        self._before: deque[float] = deque(maxlen=_REMEMBERED)
        self._lately: deque[tuple[float, float]] = deque()
        self.suspicious_since: float | None = None

    def pause(self) -> None:
        """Forget what was seen lately, because time has passed; not what is usual."""
        self._lately.clear()
        self.suspicious_since = None

    def add(self, misfit_px: float, timestamp: float) -> None:
        """Take the misfit of an observation; decide whether those seen lately are suspicious."""
        self._lately.append((timestamp, misfit_px))
        if len(self._lately) > _LATELY:
            left, misfit = self._lately.popleft()
            if self.suspicious_since is None or left < self.suspicious_since:
                self._before.append(misfit)
        if len(self._lately) < _LATELY or len(self._before) < _LEAST_BEFORE:
            return
        limit = _LEAST_RATIO * max(float(np.median(self._before)), self._floor)
        if min(misfit for _, misfit in self._lately) < limit:
            self.suspicious_since = None
        elif self.suspicious_since is None:
            self.suspicious_since = self._lately[0][0]
