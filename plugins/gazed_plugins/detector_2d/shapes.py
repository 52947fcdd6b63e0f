"""Ellipses as arrays: a centre and the symmetric matrix that makes them from the unit circle.

A column ``(x, y, p, q, r)`` stands for the points ``(x, y) + [[p, q], [q, r]] @ (cos t, sin t)``.
Unlike axes and an angle, these five numbers move smoothly through the circle, so a fit can
treat them as one linear step. ``Shapes`` are float32 arrays of shape (5, count).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazed import Ellipse

Shapes = NDArray[np.floating[Any]]
Floats = NDArray[np.floating[Any]]


def circles(x: Floats, y: Floats, radius: Floats) -> Shapes:
    """Return circles as shapes."""
    return np.stack([x, y, radius, np.zeros_like(radius), radius])


def half_axes(shapes: Shapes) -> tuple[Floats, Floats]:
    """Return the long and the short half axes (the eigenvalues of the matrix), in pixels."""
    _, _, p, q, r = shapes
    middle = (p + r) * 0.5
    spread = np.hypot((p - r) * 0.5, q)
    return middle + spread, middle - spread


def radii(shapes: Shapes) -> Floats:
    """Return the radii of circles of the same areas, at least a tenth of a pixel."""
    _, _, p, q, r = shapes
    size: Floats = np.sqrt(np.maximum(p * r - q * q, 0.01))
    return size


def scaled(shapes: Shapes, factor: float, left: float = 0.0, top: float = 0.0) -> Shapes:
    """Return shapes as seen when the picture is cut at (left, top), then resized by ``factor``.

    Pixel centres have whole numbers, hence the halves.
    """
    result = shapes * np.float32(factor)
    result[0] += (0.5 - left) * factor - 0.5
    result[1] += (0.5 - top) * factor - 0.5
    return result


def to_ellipse(shapes: Shapes) -> Ellipse:
    """Return the first shape as an ellipse."""
    x, y, p, q, r = shapes[:, 0].tolist()
    middle, spread = (p + r) / 2, math.hypot((p - r) / 2, q)
    minor_angle = math.degrees(math.atan2(2 * q, p - r)) / 2 + 90
    return Ellipse((x, y), (2 * (middle - spread), 2 * (middle + spread)), minor_angle)
