"""Pictures whose lines are mixed up, as some sensors give after a disturbance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FACTOR = 3.0
_LEAST_DIFFERENCE = 12.0
_IN_A_ROW = 3
_PAUSE_SECONDS = 0.2


def striped(gray: NDArray[np.uint8]) -> bool:
    """Tell whether neighbouring lines differ far more than every second one does.

    In pictures of anything real the difference grows with the distance between lines.
    """
    neighbours = cv2.absdiff(gray[1:], gray[:-1]).mean()
    seconds = cv2.absdiff(gray[2:], gray[:-2]).mean()
    return bool(neighbours > _LEAST_DIFFERENCE and neighbours > _FACTOR * seconds)


class StripeWatch:
    """Looks at a picture now and then; says so when three in a row were striped."""

    def __init__(self) -> None:
        self._due = 0.0
        self._count = 0

    def found(self, gray: NDArray[np.uint8], now: float) -> bool:
        """Tell whether the camera should be restarted."""
        if now < self._due:
            return False
        self._due = now + _PAUSE_SECONDS
        self._count = self._count + 1 if striped(gray) else 0
        if self._count < _IN_A_ROW:
            return False
        self._count = 0
        return True
