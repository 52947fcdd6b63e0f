"""Smaller pictures of a picture: where there is less to look at, looking is faster."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazed_plugins.detector_2d.method import Floats, Gray
from gazed_plugins.detector_2d.shapes import Shape, half_axes, radius

_AROUND = 1.5
_LEAST = 8
_FARTHEST = 2.0**20
_MOST_PIXELS = 48000
_SMOOTH = np.array([0.25, 0.5, 0.25], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A cut-out of a picture, shrunk by a whole number and smoothed.

    ``left`` and ``top`` are in pixels of the whole picture.
    """

    levels: Floats
    shrink: int
    left: int
    top: int


def around(gray: Gray, shape: Shape, fine: float, bright: bool) -> View | None:
    """Return the surroundings of a shape; None when they are off the picture.

    Pupils of more than ``fine`` pixels in radius are shrunk: their outline has pixels to spare.
    """
    x, y = shape[:2]
    long = half_axes(shape)[0]
    extent = max(radius(shape), long / 2)
    if not (abs(x) < _FARTHEST and abs(y) < _FARTHEST and extent < _FARTHEST):
        return None
    by = max(1, int(extent / fine))
    reach = _AROUND * long + _LEAST * by
    height, width = gray.shape
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 1)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 1)
    if min(right - left, bottom - top) < _LEAST * by:
        return None
    if (right - left) // by * ((bottom - top) // by) > _MOST_PIXELS:
        return None
    cut = shrunk(gray[top:bottom, left:right].astype(np.float32), by)
    return View(smoothed(255 - cut if bright else cut), by, left, top)


def shrunk(levels: Floats, by: int) -> Floats:
    """Return the means of squares of ``by`` times ``by`` pixels; what is left over is cut off."""
    if by == 1:
        return levels
    height, width = levels.shape[0] // by, levels.shape[1] // by
    whole = levels[: height * by, : width * by]
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA))


def smoothed(levels: Floats) -> Floats:
    """Return a picture with its finest noise taken away."""
    return np.asarray(cv2.sepFilter2D(levels, cv2.CV_32F, _SMOOTH, _SMOOTH))
