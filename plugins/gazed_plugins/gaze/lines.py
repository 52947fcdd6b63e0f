"""Lines of sight in space and where two of them meet, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

Vector = tuple[float, float, float]

NEAREST_MM, FARTHEST_MM = 50.0, 20_000.0


class Line(NamedTuple):
    """From an eyeball's centre (mm) along a unit normal."""

    center: Vector
    normal: Vector

    def at(self, distance: float) -> Vector:
        """Return the point so far along the line."""
        (x, y, z), (nx, ny, nz) = self
        return (x + distance * nx, y + distance * ny, z + distance * nz)


class Meeting(NamedTuple):
    """Where two lines of sight come nearest to each other (mm), and how far that is.

    ``distance`` is from the middle between the eyes, negative for lines that meet behind them.
    ``ahead`` is the unit vector of the mean direction.
    """

    point: Vector
    distance: float
    ahead: Vector
    between: Vector

    @property
    def in_front(self) -> Vector:
        """The point, or for lines that diverge or hardly converge, one 20 m ahead.

        Eyes cannot converge on what is nearer than 50 mm: such lines diverge as well.
        """
        if NEAREST_MM < self.distance <= FARTHEST_MM:
            return self.point
        return Line(self.between, self.ahead).at(FARTHEST_MM)


def meeting(right: Line, left: Line) -> Meeting:
    """Return where the eyes' lines of sight meet (spec: calibration 7.7, steps 1 to 4).

    Both are first turned into the plane through both eyes that holds the mean direction.
    """
    (c0, n0), (c1, n1) = right, left
    ahead = unit((n0[0] + n1[0], n0[1] + n1[1], n0[2] + n1[2]))
    plane = unit(cross(ahead, (c1[0] - c0[0], c1[1] - c0[1], c1[2] - c0[2])))
    d0, d1 = _flattened(n0, plane), _flattened(n1, plane)
    s0, s1 = _nearest(c0, d0, c1, d1)
    (x0, y0, z0), (x1, y1, z1) = Line(c0, d0).at(s0), Line(c1, d1).at(s1)
    point = ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2)
    between = ((c0[0] + c1[0]) / 2, (c0[1] + c1[1]) / 2, (c0[2] + c1[2]) / 2)
    dx, dy, dz = point[0] - between[0], point[1] - between[1], point[2] - between[2]
    side = dx * ahead[0] + dy * ahead[1] + dz * ahead[2]
    return Meeting(
        point, math.copysign(math.sqrt(dx * dx + dy * dy + dz * dz), side), ahead, between
    )


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the scalar product."""
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]


def cross(one: Vector, other: Vector) -> Vector:
    """Return the cross product."""
    (x, y, z), (u, v, w) = one, other
    return (y * w - z * v, z * u - x * w, x * v - y * u)


def unit(vector: Vector) -> Vector:
    """Return the vector at length 1; one without a length stays as it is."""
    x, y, z = vector
    length = math.sqrt(x * x + y * y + z * z)
    return (x / length, y / length, z / length) if length else vector


def negated_behind(point: Vector) -> Vector:
    """Return the point, negated if its z is below 0 (spec: calibration 7.6 and 7.7)."""
    x, y, z = point
    return (-x, -y, -z) if z < 0 else point


def _flattened(normal: Vector, plane: Vector) -> Vector:
    off = dot(plane, normal)
    (x, y, z), (px, py, pz) = normal, plane
    return unit((x - off * px, y - off * py, z - off * pz))


def _nearest(c0: Vector, d0: Vector, c1: Vector, d1: Vector) -> tuple[float, float]:
    """Return how far along each line the point nearest to the other line is."""
    delta = (c0[0] - c1[0], c0[1] - c1[1], c0[2] - c1[2])
    a, b0 = -dot(d0, d1), dot(delta, d0)
    if abs(a) >= 1.0:
        return -b0, 0.0
    det, b1 = 1.0 - a * a, -dot(delta, d1)
    return (a * b1 - b0) / det, (a * b0 - b1) / det
