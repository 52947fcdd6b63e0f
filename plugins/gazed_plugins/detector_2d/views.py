"""Smaller pictures of a picture: where there is less to look at, looking is faster."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazed_plugins.detector_2d.edges import Gray, smoothed
from gazed_plugins.detector_2d.shapes import Shapes, half_axes, radii, scaled

_RADIUS = 16
_AROUND = 1.5
_LEAST = 8


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A cut-out of a picture, shrunk by a whole number.

    ``left`` and ``top`` are in pixels of the whole picture.
    """

    gray: Gray
    shrink: int = 1
    left: int = 0
    top: int = 0

    def inward(self, shapes: Shapes) -> Shapes:
        """Return shapes of the whole picture in the pixels of this view."""
        return scaled(shapes, 1 / self.shrink, left=self.left, top=self.top)

    def outward(self, shapes: Shapes) -> Shapes:
        """Return shapes of this view in the pixels of the whole picture."""
        left, top = -self.left / self.shrink, -self.top / self.shrink
        return scaled(shapes, self.shrink, left=left, top=top)


def whole(gray: Gray, frame_edge: float, edge: int) -> View:
    """Return all of a picture, shrunk so far that an edge of ``frame_edge`` becomes ``edge``."""
    shrink = max(1, round(frame_edge / edge))
    return View(_shrunk(gray, shrink), shrink)


def around(gray: Gray, shapes: Shapes) -> View | None:
    """Return the surroundings of the first shape, smoothed; None when they are off the picture.

    Large pupils are shrunk: their outline has pixels to spare.
    """
    x, y, long = float(shapes[0, 0]), float(shapes[1, 0]), float(half_axes(shapes)[0][0])
    shrink = max(1, int(radii(shapes)[0] / _RADIUS))
    reach = _AROUND * long + _LEAST * shrink
    height, width = gray.shape
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    if min(right - left, bottom - top) < _LEAST * shrink:
        return None
    cut = _shrunk(gray[top:bottom, left:right], shrink)
    return View(smoothed(cut), shrink, left, top)


def _shrunk(gray: Gray, shrink: int) -> Gray:
    if shrink == 1:
        return gray
    height, width = gray.shape[0] // shrink, gray.shape[1] // shrink
    whole_cells = gray[: height * shrink, : width * shrink]
    smaller = cv2.resize(whole_cells, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(smaller, np.uint8)
