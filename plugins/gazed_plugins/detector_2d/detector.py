"""Find the pupil in one picture after another: follow it, and search where it is lost."""

from __future__ import annotations

import math

import numpy as np

from gazed import NO_ELLIPSE, Ellipse, Roi
from gazed_plugins.detector_2d.kernels import best_kernel
from gazed_plugins.detector_2d.method import NEAR, PARTIAL, WIDE, Gray, Kernel, Rounds
from gazed_plugins.detector_2d.shapes import Shape, alike, half_axes, radius, to_ellipse

SURE = 0.6
"""From this confidence on a pupil is followed into the next picture."""

SMALLEST, LARGEST = 0.035, 0.65
"""Diameters looked for when nothing else is asked for, in picture widths."""

FLATTEST = 0.25
"""The least ratio of the short to the long axis when nothing else is asked for."""

_CERTAIN = 0.9
_LOST, _HOPELESS = 0.2, 0.02
_STEADY = 0.06
_CHALLENGE = 10
_LEAST_EDGE = 24
_SLACK = 1.3
_MOST_CANDIDATES = 6
_FINE, _COARSE = 16.0, 8.0

Found = tuple[Shape, float]


class PupilDetector:
    """The pupil in a sequence of 8-bit pictures of one eye.

    ``smallest`` and ``largest`` bound the diameter in pixels; where they are None, the
    attributes ``smallest_share`` and ``largest_share`` do, in widths of the picture.
    ``bright_pupil``: the pupil is brighter than the iris, as with a light beside the camera's
    axis. ``flattest`` is the least ratio of its axes. All may be changed at any time.
    ``kernel`` does the computing.
    """

    def __init__(
        self,
        smallest: float | None = None,
        largest: float | None = None,
        bright_pupil: bool = False,
        kernel: Kernel | None = None,
    ) -> None:
        self.smallest = smallest
        self.largest = largest
        self.smallest_share, self.largest_share = SMALLEST, LARGEST
        self.bright_pupil = bright_pupil
        self.flattest = FLATTEST
        self._kernel = kernel or best_kernel()
        self._width = self._height = 0
        self._least, self._most = 0.0, 0.0
        self.reset()

    def reset(self) -> None:
        """Forget the pictures seen so far: the next one has nothing to do with them."""
        self._last: Shape | None = None
        self._misses = self._doubts = 0

    def detect(self, gray: Gray, roi: Roi | None = None) -> tuple[Ellipse, float]:
        """Return the pupil's outline and the confidence in it, from 0 to 1.

        ``gray`` has shape (height, width), 8 bit. ``roi`` is (min_x, min_y, max_x, max_y),
        inclusive; only what is in there is looked at. The confidence is the probability that
        the centre is right to 1 % of the picture's width and the area to 25 %. Without
        anything like a pupil the answer is NO_ELLIPSE and 0.0. Raises ValueError when
        ``gray`` is no gray picture.
        """
        part, left, top = _part(gray, roi)
        self._height, self._width = part.shape
        if self._height < _LEAST_EDGE or self._width < _LEAST_EDGE:
            self._last = None
            return NO_ELLIPSE, 0.0
        self._prepare(part, gray.shape)
        found = self._found(left, top)
        sure = found is not None and found[1] >= SURE
        self._misses = 0 if sure else self._misses + 1
        self._last = None
        if found is None:
            return NO_ELLIPSE, 0.0
        (x, y, p, q, r), confidence = found
        shape = (x + left, y + top, p, q, r)
        if sure:
            self._last = shape
        return to_ellipse(shape), confidence

    def _prepare(self, part: Gray, frame: tuple[int, ...]) -> None:
        height, width = frame
        self._least = self.smallest_share * width if self.smallest is None else self.smallest
        self._most = self.largest_share * width if self.largest is None else self.largest
        self._kernel.look_at(part, math.sqrt(height * width), self.bright_pupil)

    def _found(self, left: int, top: int) -> Found | None:
        if self._last is None:
            return self._improved(self._searched())
        x, y, p, q, r = self._last
        found = self._followed((x - left, y - top, p, q, r))
        if found is None:
            return self._improved(self._searched())
        self._doubts = 0 if found[1] >= _CERTAIN else self._doubts + 1
        if self._doubts % _CHALLENGE == _CHALLENGE - 1:
            return _better(found, self._searched())
        return found

    def _followed(self, last: Shape) -> Found | None:
        """Return the pupil near its last place: one fine look if it hardly moved, else more."""
        near = self._closely(last, NEAR)
        if near and near[1] >= _CERTAIN and _shift(near[0], last) < _STEADY:
            return near
        best = _better(near, self._closely(last, WIDE))
        if best is None or best[1] < _LOST:
            return None
        best = self._improved(best)
        return best if best and best[1] >= SURE else None

    def _searched(self) -> Found | None:
        best = None
        for shape in self._turn(self._candidates()):
            best = _better(best, self._closely(shape, WIDE))
            if best and best[1] >= _CERTAIN:
                break
        return best

    def _improved(self, best: Found | None) -> Found | None:
        """Return the best of a doubtful pupil, seen as it is, coarser, and without a third."""
        if best is None or best[1] >= _CERTAIN or best[1] < _HOPELESS:
            return best
        shape = best[0]
        best = _better(best, self._closely(shape, WIDE, _COARSE))
        for rounds in PARTIAL:
            best = _better(best, self._closely(shape, rounds))
        return best

    def _turn(self, candidates: list[Shape]) -> list[Shape]:
        """Return the candidates for a closer look: four, or two while there is no pupil.

        In a blink the second is another one in each picture: that bounds the time it takes.
        """
        if self._misses == 0 or len(candidates) < 2:
            return candidates[:4]
        others = candidates[1:]
        return [candidates[0], others[self._misses % len(others)]]

    def candidates(self, gray: Gray) -> list[Shape]:
        """Return the rough ellipses in a picture that are worth a closer look, best first."""
        self._height, self._width = gray.shape
        self._prepare(gray, gray.shape)
        return self._candidates()

    def _candidates(self) -> list[Shape]:
        """Return rough ellipses worth a closer look, the best first, each unlike the others."""
        shapes, promises = self._kernel.everywhere()
        kept: list[Shape] = []
        for place in sorted(range(len(shapes)), key=promises.__getitem__, reverse=True):
            shape = shapes[place]
            if self._plausible(shape, _SLACK) and not any(alike(shape, one) for one in kept):
                kept.append(shape)
                if len(kept) == _MOST_CANDIDATES:
                    break
        return kept

    def _closely(self, shape: Shape, rounds: Rounds, fine: float = _FINE) -> Found | None:
        found = self._kernel.closely(shape, rounds, fine)
        return found if found and self._plausible(found[0]) else None

    def _plausible(self, shape: Shape, slack: float = 1.0) -> bool:
        """Tell whether a shape is inside the picture, not flat, and of the right diameter.

        NaN is never plausible.
        """
        long, short = half_axes(shape)
        inside = 0 < shape[0] < self._width and 0 < shape[1] < self._height
        fits = self._least / slack < 2 * long < self._most * slack
        return inside and fits and short > self.flattest * long


def _part(gray: Gray, roi: Roi | None) -> tuple[Gray, int, int]:
    """Return what is to be looked at and where that begins: x, y."""
    if gray.ndim != 2 or gray.dtype != np.uint8:
        raise ValueError(
            f"a gray picture of 8-bit pixels is needed, not {gray.dtype} of shape {gray.shape}"
        )
    left = top = 0
    if roi is not None:
        left, top = max(0, roi[0]), max(0, roi[1])
        gray = gray[top : max(top, roi[3] + 1), left : max(left, roi[2] + 1)]
    if gray.strides[1] != 1:
        gray = np.ascontiguousarray(gray)
    return gray, left, top


def _better(one: Found | None, other: Found | None) -> Found | None:
    if one is None or (other is not None and other[1] > one[1]):
        return other
    return one


def _shift(shape: Shape, last: Shape) -> float:
    """Return how far the centre went, in radii."""
    return math.hypot(shape[0] - last[0], shape[1] - last[1]) / radius(last)
