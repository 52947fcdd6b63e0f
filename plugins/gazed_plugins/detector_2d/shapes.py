"""Ellipses as five numbers (x, y, p, q, r): the points (x, y) + [[p, q], [q, r]] (cos t, sin t).

Unlike axes and an angle, these numbers move smoothly through the circle, so a fit can treat
them as one linear step. Lengths are pixels; the centre of the first pixel is (0, 0).
"""

from __future__ import annotations

import math

from gazed import Ellipse

Shape = tuple[float, float, float, float, float]


def half_axes(shape: Shape) -> tuple[float, float]:
    """Return the long and the short half axis: the eigenvalues of the matrix."""
    _, _, p, q, r = shape
    middle, spread = (p + r) / 2, math.hypot((p - r) / 2, q)
    return middle + spread, middle - spread


def radius(shape: Shape) -> float:
    """Return the radius of the circle of the same area, at least a tenth of a pixel."""
    _, _, p, q, r = shape
    return math.sqrt(max(p * r - q * q, 0.01))


def moved(shape: Shape, x: float, y: float, factor: float) -> Shape:
    """Return a shape as seen when the picture is cut at (x, y), then resized by ``factor``."""
    return (
        (shape[0] - x + 0.5) * factor - 0.5,
        (shape[1] - y + 0.5) * factor - 0.5,
        shape[2] * factor,
        shape[3] * factor,
        shape[4] * factor,
    )


def alike(one: Shape, other: Shape) -> bool:
    """Tell whether two shapes are the same one, roughly seen."""
    size = radius(other)
    apart = math.hypot(one[0] - other[0], one[1] - other[1])
    return apart < 0.15 * size and 1 / 1.2 < radius(one) / size < 1.2


def to_ellipse(shape: Shape) -> Ellipse:
    """Return a shape as the ellipse of a datum, the minor axis first."""
    x, y, p, q, r = shape
    long, short = half_axes(shape)
    minor_angle = math.degrees(math.atan2(2 * q, p - r)) / 2 + 90
    return Ellipse((x, y), (2 * short, 2 * long), minor_angle)
