"""What an eye sees of the display, and directions in degrees."""

from __future__ import annotations

import math
from collections.abc import Sequence

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


def ray_at(norm_pos: Point) -> Vector:
    """Return the direction (HMD frame, z = 1) that an eye sees at a place of its display."""
    return ((norm_pos[0] - 0.5) * 2 * _HALF, (norm_pos[1] - 0.5) * 2 * _HALF, 1.0)


def point_at_angles(right: float, up: float, distance_mm: float) -> Vector:
    """Return the point (HMD frame) so many degrees right and up, seen from between the eyes."""
    azimuth, elevation = math.radians(right), math.radians(up)
    flat = distance_mm * math.cos(elevation)
    return (
        flat * math.sin(azimuth),
        distance_mm * math.sin(elevation),
        flat * math.cos(azimuth),
    )


def angles_of(direction: Sequence[float]) -> Point:
    """Return how many degrees right and up a direction (HMD frame) points."""
    x, y, z = direction
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(y, math.hypot(x, z)))


def degrees_between(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the angle between two directions, exact for small ones too."""
    (ax, ay, az), (bx, by, bz) = one, other
    cross = math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx)
    return math.degrees(math.atan2(cross, ax * bx + ay * by + az * bz))
