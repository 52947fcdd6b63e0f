"""Pictures of an eye made so small that only lids, iris and skin are left."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Point

SIDE = 8
"""Cells of a view from edge to edge."""

CELLS = SIDE * SIDE

_SAMPLES = 64

Floats = NDArray[np.float64]


def view_of(gray: NDArray[np.uint8]) -> Floats:
    """Return the mean gray levels (64,) of 8 x 8 equal parts of a picture, row by row.

    Some 64 samples from edge to edge are enough for that.
    """
    step = max(1, min(gray.shape) // _SAMPLES)
    cells = cv2.resize(gray[::step, ::step], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return cells.ravel().astype(np.float64)


def cell_at(norm_pos: Point) -> int | None:
    """Return the cell that a place in the picture (fractions, y up) is in; None where outside."""
    x, y = norm_pos
    if not (math.isfinite(x) and math.isfinite(y)):
        return None
    column, row = math.floor(SIDE * x), math.floor(SIDE * (1.0 - y))
    if not (0 <= column < SIDE and 0 <= row < SIDE):
        return None
    return row * SIDE + column
