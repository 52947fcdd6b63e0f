"""Where the 2D detector is unsure: look for the pupil that the eye model expects."""

from __future__ import annotations

import math

from gazed import Frame, Pupil
from gazed_plugins.detector_2d.kernels import best_kernel
from gazed_plugins.detector_2d.method import WIDE
from gazed_plugins.detector_2d.shapes import Shape, radius

_FRESH_SECONDS = 0.25
_FINE = 16.0
_LEAST = 0.3
_SIZE_CHANGE = 1.15


class GuidedSearch:
    """Refines the last pupil that model and picture agreed on, where it was or has gone to.

    A pupil changes its place in a moment, but not its size: that much is known of the next
    one. What comes of it is worth less than what the 2D detector is sure of (spec: data 3).
    """

    def __init__(self) -> None:
        self._kernel = best_kernel()
        self._last: Shape | None = None
        self._seen = -math.inf

    def remember(self, shape: Shape, timestamp: float) -> None:
        """Keep an outline (x, y, p, q, r) in pixels that model and picture agreed on."""
        self._last, self._seen = shape, timestamp

    def found(self, frame: Frame, flat: Pupil | None) -> tuple[Shape, float] | None:
        """Return the best outline near what is expected and the confidence in it, if any.

        ``flat`` is the 2D detector's unsure answer, whose place is one of those looked at.
        """
        if self._last is None or not 0 <= frame.timestamp - self._seen <= _FRESH_SECONDS:
            return None
        starts = [self._last]
        if flat is not None and flat.ellipse is not None and min(flat.ellipse.axes) > 0:
            starts.append((*flat.ellipse.center, *self._last[2:]))
        self._kernel.look_at(frame.gray, math.sqrt(frame.width * frame.height), False)
        results = [self._kernel.closely(start, WIDE, _FINE) for start in starts]
        likely = [result for result in results if result and self._expected(frame, result)]
        return max(likely, key=lambda result: result[1], default=None)

    def _expected(self, frame: Frame, result: tuple[Shape, float]) -> bool:
        shape, confidence = result
        if not all(map(math.isfinite, shape)) or confidence < _LEAST or self._last is None:
            return False
        left, top, right, bottom = frame.roi or (0, 0, frame.width - 1, frame.height - 1)
        change = radius(shape) / radius(self._last)
        inside = left <= shape[0] <= right and top <= shape[1] <= bottom
        return inside and 1 / _SIZE_CHANGE < change < _SIZE_CHANGE
