"""Look for pupils in one picture: everywhere and roughly, or at one place and closely."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_2d.confidence import confidence, promise
from gazed_plugins.detector_2d.edges import Gray, smoothed
from gazed_plugins.detector_2d.refine import ROUGH, Round, refine
from gazed_plugins.detector_2d.search import dark_discs
from gazed_plugins.detector_2d.shapes import Floats, Shapes
from gazed_plugins.detector_2d.views import around, whole

_REFINE_EDGE = 170
_SEARCH_EDGE = 80
_SLACK = 1.3
_SAME_PLACE, _SAME_SIZE = 0.15, 1.2
_FLATTEST = 0.25
# One pupil in 200 promises less than this, and half of the candidates in closed eyes.
_HOPELESS = 7.0

Numbers = Sequence[float]


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """An ellipse, as a shape (5, 1) in pixels of the picture, and the confidence in it."""

    shape: Shapes
    confidence: float


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture, or a part of it, and what a pupil may be like in it.

    ``smallest`` and ``largest`` bound the diameter in pixels; ``frame_edge`` is the edge
    length of the camera's whole picture, in pixels.
    """

    gray: Gray
    smallest: float
    largest: float
    frame_edge: float

    def everywhere(self) -> list[Shapes]:
        """Return rough ellipses worth a closer look, the best first."""
        # The whole frame sets the scale: in a part of it the pupil is as large as ever.
        middle = whole(self.gray, self.frame_edge, _REFINE_EDGE)
        small = whole(middle.gray, self.frame_edge / middle.shrink, _SEARCH_EDGE)
        discs = small.outward(dark_discs(small.gray))
        if not discs.size:
            return []
        smooth = smoothed(middle.gray)
        rough, known = refine(smooth, discs, ROUGH, self.frame_edge / middle.shrink)
        shapes = middle.outward(rough)
        return [shapes[:, [place]] for place in self._promising(shapes, promise(known))]

    def closely(self, shape: Shapes, rounds: tuple[Round, ...]) -> Found | None:
        """Return what lies around one shape after some rounds of refinement, if anything."""
        view = around(self.gray, shape)
        if view is None:
            return None
        edge = self.frame_edge / view.shrink
        refined, known = refine(view.gray, view.inward(shape), rounds, edge)
        result = view.outward(refined)
        if not self._plausible(result[:, 0].tolist()):
            return None
        return Found(result, float(confidence(known)[0]))

    def _promising(self, shapes: Shapes, promises: Floats) -> list[int]:
        """Return the places of plausible shapes, the best first, each unlike any better one."""
        numbers = shapes.T.tolist()
        kept: list[int] = []
        for place in np.argsort(-promises).tolist():
            if promises[place] < _HOPELESS:
                break
            shape = numbers[place]
            known = any(_alike(shape, numbers[other]) for other in kept)
            if not known and self._plausible(shape, _SLACK):
                kept.append(place)
        return kept

    def _plausible(self, shape: Numbers, slack: float = 1.0) -> bool:
        """Tell whether a shape is inside the picture, not flat, and of the right diameter.

        NaN is never plausible.
        """
        x, y, p, q, r = shape
        height, width = self.gray.shape
        middle, spread = (p + r) / 2, math.hypot((p - r) / 2, q)
        long, short = middle + spread, middle - spread
        inside = 0 < x < width and 0 < y < height
        fits = self.smallest / slack < 2 * long < self.largest * slack
        return inside and fits and short > _FLATTEST * long


def _alike(one: Numbers, other: Numbers) -> bool:
    size = math.sqrt(max(other[2] * other[4] - other[3] ** 2, 0.01))
    apart = math.hypot(one[0] - other[0], one[1] - other[1])
    change = math.sqrt(max(one[2] * one[4] - one[3] ** 2, 0.01)) / size
    return apart < _SAME_PLACE * size and 1 / _SAME_SIZE < change < _SAME_SIZE
