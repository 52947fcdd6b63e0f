"""Look for pupils in one picture: everywhere and roughly, or at one place and closely."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazed_plugins.detector_2d.edges import Floats, Gray
from gazed_plugins.detector_2d.refine import ROUGH, Round, refine
from gazed_plugins.detector_2d.search import dark_discs
from gazed_plugins.detector_2d.shapes import Shapes, plausible, radii
from gazed_plugins.detector_2d.views import around, whole

_REFINE_EDGE = 170
_SEARCH_EDGE = 80
_SLACK = 1.3
_SAME_PLACE, _SAME_SIZE = 0.15, 1.2
_HOPELESS = 0.002


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
        middle = whole(self.gray, _REFINE_EDGE)
        small = whole(middle.gray, _SEARCH_EDGE)
        discs = small.outward(dark_discs(small.gray))
        if not discs.size:
            return []
        smooth = cv2.GaussianBlur(middle.gray, (3, 3), 0)
        rough, chances = refine(smooth, discs, ROUGH, self.frame_edge / middle.shrink)
        shapes = middle.outward(rough)
        chances = np.where(self._plausible(shapes, _SLACK), chances, 0)
        return [shapes[:, [place]] for place in _distinct(shapes, chances)]

    def closely(self, shape: Shapes, *rounds: Round) -> Found | None:
        """Return what lies around one shape after some rounds of refinement, if anything."""
        view = around(self.gray, shape)
        if view is None:
            return None
        inner = view.inward(shape)
        for look in rounds:
            inner, confidence = refine(view.gray, inner, look, self.frame_edge / view.shrink)
            result = view.outward(inner)
            if not self._plausible(result).all():
                return None
        return Found(result, float(confidence[0]))

    def _plausible(self, shapes: Shapes, slack: float = 1.0) -> np.typing.NDArray[np.bool_]:
        height, width = self.gray.shape
        return plausible(shapes, width, height, self.smallest / slack, self.largest * slack)


def _distinct(shapes: Shapes, chances: Floats) -> list[int]:
    """Return the places of shapes that are not hopeless and unlike any better one."""
    size = radii(shapes)
    kept: list[int] = []
    for place in np.argsort(-chances).tolist():
        if chances[place] < _HOPELESS:
            break
        if not any(_alike(shapes, size, place, other) for other in kept):
            kept.append(place)
    return kept


def _alike(shapes: Shapes, size: Floats, one: int, other: int) -> bool:
    apart = np.hypot(shapes[0, one] - shapes[0, other], shapes[1, one] - shapes[1, other])
    ratio = size[one] / size[other]
    return bool(apart < _SAME_PLACE * size[other] and 1 / _SAME_SIZE < ratio < _SAME_SIZE)
