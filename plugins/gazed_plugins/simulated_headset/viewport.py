"""What an eye sees of the display: from points in front of the wearer to viewport fractions."""

from __future__ import annotations

import math

from gazed import Point
from gazed_plugins.simulated_headset.headset import EYES_MM, Vector

FIELD_OF_VIEW_DEG = 90.0
_HALF = math.tan(math.radians(FIELD_OF_VIEW_DEG / 2))


def norm_pos_of(point: Vector, eye: int) -> Point:
    """Return where a point (mm, HMD frame) appears in an eye's display, as norm_pos.

    The display is a plane square to the HMD's z axis that fills ``FIELD_OF_VIEW_DEG`` both
    ways; (0, 0) is its lower left corner.
    """
    x, y, z = (value - origin for value, origin in zip(point, EYES_MM[eye], strict=True))
    return (0.5 + 0.5 * x / (z * _HALF), 0.5 + 0.5 * y / (z * _HALF))


def point_at_norm_pos(norm_pos: Point, distance_mm: float) -> Vector:
    """Return the point at a distance from the wearer's face that the cyclopean eye sees there."""
    x, y = ((value - 0.5) * 2 * _HALF * distance_mm for value in norm_pos)
    return (x, y, distance_mm)


def angle_between(first: Point, second: Point) -> float:
    """Return the angle between two places of one display, in degrees."""
    a, b = _ray(first), _ray(second)
    cross = math.hypot(
        a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    )
    dot = sum(one * other for one, other in zip(a, b, strict=True))
    return math.degrees(math.atan2(cross, dot))


def _ray(norm_pos: Point) -> Vector:
    return ((norm_pos[0] - 0.5) * 2 * _HALF, (norm_pos[1] - 0.5) * 2 * _HALF, 1.0)
