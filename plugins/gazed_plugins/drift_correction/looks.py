"""Whether an eye looked steadily at one place, and where that was."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from gazed_plugins.gaze.lines import Vector

STEADY_DEG = 1.5
FEWEST = 10
SMALLEST_SHARE = 0.6


class UnsteadyError(Exception):
    """There is no steady look in the data; the text says why."""


@dataclass(frozen=True, slots=True)
class Look:
    """A steady look: its mean direction (unit vector), and what that rests on.

    ``used`` of ``total`` data were within 1.5 degrees of their median; ``precision`` is the
    root mean square of their distance from the mean, in degrees.
    """

    direction: Vector
    used: int
    total: int
    precision: float


def steady_look(directions: Sequence[Vector]) -> Look:
    """Return the steady look in an eye's directions (unit vectors).

    Data from the way to the target and other glances are left out, if they are the lesser
    part. Raises UnsteadyError when they are not, and when there are hardly any data.
    """
    total = len(directions)
    if total < FEWEST:
        raise UnsteadyError(f"{total} confident gaze data came, and {FEWEST} are needed")
    angles = [angles_of(direction) for direction in directions]
    middle = (median(right for right, _ in angles), median(up for _, up in angles))
    near = [place for place in angles if _apart(place, middle) < STEADY_DEG]
    if len(near) < SMALLEST_SHARE * total:
        share = f"{len(near)} of {total} gaze data were within {STEADY_DEG:g} deg of their median"
        raise UnsteadyError(f"the eye was not steady: {share}")
    mean = (fmean(right for right, _ in near), fmean(up for _, up in near))
    precision = math.sqrt(fmean(_apart(place, mean) ** 2 for place in near))
    return Look(_direction(*mean), len(near), total, precision)


def angles_of(direction: Vector) -> tuple[float, float]:
    """Return how far right and up (degrees) a direction points; y is down."""
    x, y, z = direction
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(-y, math.hypot(x, z)))


def _direction(right: float, up: float) -> Vector:
    azimuth, elevation = math.radians(right), math.radians(up)
    flat = math.cos(elevation)
    return (flat * math.sin(azimuth), -math.sin(elevation), flat * math.cos(azimuth))


def _apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    right = (one[0] - other[0]) * math.cos(math.radians(one[1]))
    return math.hypot(right, one[1] - other[1])
