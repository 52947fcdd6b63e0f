"""What a closed eye looks like, from the pictures between a pupil that goes and comes back."""

from __future__ import annotations

import numpy as np

from gazed_plugins.eyelids.views import Floats

_SHORTEST, _LONGEST = 0.03, 0.8
_NEARLY_FARTHEST = 0.8
_BRIGHTER, _BRIGHTEST = 1.25, 1.3


class Closing:
    """Gathers views without a pupil; says what a closed eye looks like when they were a blink.

    A blink is 30 to 800 ms without a pupil in which the pupil's place turned a quarter
    brighter, because skin is brighter than the pupil and the iris round it, but not much
    brighter than all skin in the open eye's picture. A pupil that was lost in the corner of
    the eye or behind a bright reflection is left out by this.
    """

    def __init__(self) -> None:
        self.last_seen = -np.inf
        self._cell = 0
        self._level = 0.0
        self.clear()

    def clear(self) -> None:
        """Forget the views gathered."""
        self._views: list[Floats] = []
        self._began = self._newest = -np.inf
        self.last_seen = -np.inf

    def add(self, view: Floats, timestamp: float) -> None:
        """Take one more view (64,) without a pupil."""
        if timestamp - self.last_seen > _LONGEST:
            self._views.clear()
            return
        if not self._views:
            self._began = timestamp
        self._newest = timestamp
        self._views.append(view)

    def end(self, level: float, timestamp: float, cell: int, usual: Floats) -> Floats | None:
        """Take note of a pupil in ``cell``; return the closed eye seen before it, or None.

        The closed eye is the mean of the views that are farthest from the ``usual`` open one.
        ``level`` is the cell's brightness, in the same measure as the views.
        """
        closed = self._closed(usual) if self._views and self._lasted(timestamp) else None
        self._views.clear()
        self._cell, self._level, self.last_seen = cell, level, timestamp
        return closed

    def _lasted(self, timestamp: float) -> bool:
        return self._newest > self._began and _SHORTEST <= timestamp - self._began <= _LONGEST

    def _closed(self, usual: Floats) -> Floats | None:
        views = np.array(self._views)
        distances = ((views - usual) ** 2).sum(axis=1)
        closed: Floats = views[distances >= _NEARLY_FARTHEST * distances.max()].mean(axis=0)
        brightness = float(closed[self._cell])
        like_skin = _BRIGHTER * self._level < brightness < _BRIGHTEST * float(usual.max())
        return closed if like_skin else None
