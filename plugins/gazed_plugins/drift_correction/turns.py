"""Rotations in space, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gazed_plugins.gaze.lines import Vector, unit

Turn = tuple[Vector, Vector, Vector]


def turn_between(one: Vector, other: Vector) -> Turn:
    """Return the shortest rotation matrix (rows) from one unit vector to another.

    They must not be opposite (Rodrigues' formula).
    """
    (ax, ay, az), (bx, by, bz) = one, other
    x, y, z = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    cosine = ax * bx + ay * by + az * bz
    k = 1.0 / (1.0 + cosine)
    return (
        (cosine + k * x * x, k * x * y - z, k * x * z + y),
        (k * x * y + z, cosine + k * y * y, k * y * z - x),
        (k * x * z - y, k * y * z + x, cosine + k * z * z),
    )


def turned(turn: Turn, vector: Sequence[float]) -> Vector:
    """Return a vector after a rotation."""
    x, y, z = vector
    (a, b, c), (d, e, f), (g, h, i) = turn
    return (a * x + b * y + c * z, d * x + e * y + f * z, g * x + h * y + i * z)


def degrees_of(turn: Turn) -> float:
    """Return the angle of a rotation."""
    (a, b, c), (d, e, f), (g, h, i) = turn
    sine = math.hypot(h - f, c - g, d - b) / 2
    return math.degrees(math.atan2(sine, (a + e + i - 1.0) / 2))


def direction(start: Sequence[float], end: Sequence[float]) -> Vector:
    """Return the unit vector from one point to another."""
    x, y, z = (there - here for there, here in zip(end, start, strict=True))
    return unit((x, y, z))
