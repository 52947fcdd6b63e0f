"""Mean and covariance of views that come one by one, the later ones counting more."""

from __future__ import annotations

import numpy as np

from gazed_plugins.eyelids.views import CELLS, Floats


class Average:
    """Mean (64,) and covariance (64, 64) over about the last ``memory`` views."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self.count = 0
        self.mean: Floats = np.zeros(CELLS)
        self.covariance: Floats = np.zeros((CELLS, CELLS))

    def add(self, view: Floats) -> None:
        """Take one more view in."""
        self.count += 1
        gain = 1.0 / min(self.count, self._memory)
        change = view - self.mean
        self.mean = self.mean + gain * change
        self.covariance += gain * np.outer(change, change)
        self.covariance *= 1.0 - gain

    def doubt(self, count: int) -> None:
        """Let what was seen so far count no more than ``count`` views."""
        self.count = min(self.count, count)
