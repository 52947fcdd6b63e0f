"""Ellipses as arrays: a centre and the symmetric matrix that makes them from the unit circle.

A column ``(x, y, p, q, r)`` stands for the points ``(x, y) + [[p, q], [q, r]] @ (cos t, sin t)``.
Unlike axes and an angle, these five numbers move smoothly through the circle, so a fit can
treat them as one linear step. ``Shapes`` are float32 arrays of shape (5, count).
"""

import math

import numpy as np
from numpy.typing import NDArray

from gazed import Ellipse

Shapes = NDArray[np.float32]


def circles(x: NDArray[np.float32], y: NDArray[np.float32], radius: NDArray[np.float32]) -> Shapes:
    """Return circles as shapes."""
    return np.stack([x, y, radius, np.zeros_like(radius), radius])


def half_axes(shapes: Shapes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the long and the short half axes (the eigenvalues of the matrix), in pixels."""
    _, _, p, q, r = shapes
    middle = (p + r) * 0.5
    spread = np.hypot((p - r) * 0.5, q)
    return middle + spread, middle - spread


def radii(shapes: Shapes) -> NDArray[np.float32]:
    """Return the radii of circles of the same areas, at least a tenth of a pixel."""
    _, _, p, q, r = shapes
    return np.sqrt(np.maximum(p * r - q * q, 0.01))


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
    x, y, p, q, r = (float(value) for value in shapes[:, 0])
    middle, spread = (p + r) / 2, math.hypot((p - r) / 2, q)
    major_angle = math.degrees(math.atan2(2 * q, p - r)) / 2
    return Ellipse(
        center=(x, y),
        axes=(2 * (middle - spread), 2 * (middle + spread)),
        angle=major_angle + 90.0,
    )
