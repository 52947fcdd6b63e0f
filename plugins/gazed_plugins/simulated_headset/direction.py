"""Where both eyes look, seen from between them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gazed_plugins.simulated_headset.headset import Vector

OCULOMOTOR_RANGE_DEG = 30.0
NEAREST_MM, FARTHEST_MM = 150.0, 1e6


@dataclass(frozen=True, slots=True)
class Direction:
    """Where both eyes look, seen from between them: degrees right and up, and 1 / mm."""

    azimuth: float
    elevation: float
    nearness: float

    def toward(self, other: Direction, share: float) -> Direction:
        """Return the direction that is ``share`` of the way to another one."""
        rest = 1.0 - share
        return Direction(
            rest * self.azimuth + share * other.azimuth,
            rest * self.elevation + share * other.elevation,
            rest * self.nearness + share * other.nearness,
        )

    def angle_to(self, other: Direction) -> float:
        """Return about how many degrees the eyes turn on the way to another direction."""
        return math.hypot(self.azimuth - other.azimuth, self.elevation - other.elevation)


def direction_of(point: Vector) -> Direction:
    """Return the direction of a point of the HMD frame, kept within what eyes can look at."""
    x, y, z = point
    azimuth, elevation = math.atan2(x, z), math.atan2(y, math.hypot(x, z))
    return Direction(
        _within_range(math.degrees(azimuth)),
        _within_range(math.degrees(elevation)),
        1.0 / min(max(math.hypot(x, y, z), NEAREST_MM), FARTHEST_MM),
    )


def point_at(direction: Direction) -> Vector:
    """Return the point (mm, HMD frame) that lies in a direction."""
    azimuth, elevation = math.radians(direction.azimuth), math.radians(direction.elevation)
    flat = math.cos(elevation) / direction.nearness
    return (
        flat * math.sin(azimuth),
        math.sin(elevation) / direction.nearness,
        flat * math.cos(azimuth),
    )


def _within_range(degrees: float) -> float:
    return min(max(degrees, -OCULOMOTOR_RANGE_DEG), OCULOMOTOR_RANGE_DEG)
