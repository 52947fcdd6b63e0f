"""Find the pupil in one picture after another: follow it, and search where it is lost."""

from __future__ import annotations

import math

import numpy as np

from gazed import NO_ELLIPSE, Ellipse, Roi
from gazed_plugins.detector_2d.edges import Gray
from gazed_plugins.detector_2d.look import Found, Look
from gazed_plugins.detector_2d.refine import NEAR, WIDE
from gazed_plugins.detector_2d.shapes import Shapes, radii, to_ellipse
from gazed_plugins.detector_2d.views import View

SURE = 0.6
"""From this confidence on a pupil is followed into the next picture."""

SMALLEST, LARGEST = 10 / 192, 100 / 192
"""Diameters looked for when nothing else is asked for, in picture widths."""

_CERTAIN = 0.9
_STEADY = 0.06
_LEAST_EDGE = 24


class PupilDetector:
    """The pupil in a sequence of 8-bit pictures of one eye.

    ``smallest`` and ``largest`` bound the diameter in pixels; None fits them to the width of
    the picture. Both may be changed at any time.
    """

    def __init__(self, smallest: float | None = None, largest: float | None = None) -> None:
        self.smallest = smallest
        self.largest = largest
        self.reset()

    def reset(self) -> None:
        """Forget the pictures seen so far: the next one has nothing to do with them."""
        self._last: Shapes | None = None
        self._misses = 0

    def detect(self, gray: Gray, roi: Roi | None = None) -> tuple[Ellipse, float]:
        """Return the pupil's outline and the confidence in it, from 0 to 1.

        ``gray`` has shape (height, width), 8 bit. ``roi`` is (min_x, min_y, max_x, max_y),
        inclusive; only what is in there is looked at. The confidence is the probability that
        the centre is right to 1 % of the picture's width and the area to 25 %. Without
        anything like a pupil the answer is NO_ELLIPSE and 0.0. Raises ValueError when
        ``gray`` is no gray picture.
        """
        part = _part(gray, roi)
        found = self._found(part, gray.shape) if min(part.gray.shape) >= _LEAST_EDGE else None
        sure = found is not None and found.confidence >= SURE
        self._misses = 0 if sure else self._misses + 1
        self._last = part.outward(found.shape) if found and sure else None
        if found is None:
            return NO_ELLIPSE, 0.0
        return to_ellipse(part.outward(found.shape)), found.confidence

    def _found(self, part: View, frame: tuple[int, ...]) -> Found | None:
        height, width = frame
        look = Look(
            gray=part.gray,
            smallest=SMALLEST * width if self.smallest is None else self.smallest,
            largest=LARGEST * width if self.largest is None else self.largest,
            frame_edge=(height * width) ** 0.5,
        )
        followed = None if self._last is None else _followed(look, part.inward(self._last))
        return followed or self._searched(look)

    def _searched(self, look: Look) -> Found | None:
        best = None
        for shape in self._turn(look.everywhere()):
            best = _better(best, look.closely(shape, WIDE))
            if best and best.confidence >= _CERTAIN:
                break
        return best

    def _turn(self, candidates: list[Shapes]) -> list[Shapes]:
        """Return the candidates for a closer look: three, or two while there is no pupil.

        In a blink the second is another one in each picture: that bounds the time it takes.
        """
        if self._misses == 0 or len(candidates) < 2:
            return candidates[:3]
        others = candidates[1:5]
        return [candidates[0], others[self._misses % len(others)]]


def _part(gray: Gray, roi: Roi | None) -> View:
    if gray.ndim != 2 or gray.dtype != np.uint8:
        raise ValueError(
            f"a gray picture of 8-bit pixels is needed, not {gray.dtype} of shape {gray.shape}"
        )
    if roi is None:
        return View(np.ascontiguousarray(gray))
    left, top, right, bottom = roi
    left, top = max(0, left), max(0, top)
    cut = gray[top : max(top, bottom + 1), left : max(left, right + 1)]
    return View(np.ascontiguousarray(cut), left=left, top=top)


def _followed(look: Look, last: Shapes) -> Found | None:
    """Return the pupil near its last place: one fine round if it hardly moved, else two."""
    near = look.closely(last, NEAR)
    if near and near.confidence >= _CERTAIN and _shift(near.shape, last) < _STEADY:
        return near
    best = _better(near, look.closely(last, WIDE))
    return best if best and best.confidence >= SURE else None


def _better(one: Found | None, other: Found | None) -> Found | None:
    if one is None or (other is not None and other.confidence > one.confidence):
        return other
    return one


def _shift(shape: Shapes, last: Shapes) -> float:
    """Return how far the centre went, in radii."""
    apart = math.dist(shape[:2, 0].tolist(), last[:2, 0].tolist())
    return float(apart / radii(last)[0])
