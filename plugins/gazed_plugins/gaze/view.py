"""The view that norm_pos of 3D gaze is in: a camera's intrinsics, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gazed import Fields, MessageError, PluginError, Point
from gazed_plugins.gaze.lines import Vector
from gazed_plugins.gaze.polynomial import place

VIEW_REPORT = "world_view.report"

_UNDISTORTED = (0.0, 0.0, 0.0, 0.0, 0.0)
_WIDEST = 10.0
_STEPS = 1000
_ROUNDS = 20
_LARGEST_PX = 1e5


@dataclass(frozen=True, slots=True)
class View:
    """A pinhole camera with lens distortion, as OpenCV has it; pixels.

    Its frame is that of gaze data: x right, y down, z forward. ``distortion`` is k1, k2, p1,
    p2, k3. ``reach`` is the largest distance from the axis, at z = 1, up to which they bend
    outward; farther out they are not to be believed, and the bend there goes on straight.
    """

    width: float
    height: float
    focal: Point
    center: Point
    distortion: tuple[float, ...] = _UNDISTORTED
    reach: float = math.inf

    @classmethod
    def pinhole(cls, focal_length_px: float, size: tuple[int, int]) -> View:
        """Return a view straight ahead, without distortion; ``size`` is width and height."""
        width, height = size
        if min(size) < 1:
            raise PluginError(f"a view of {width} x {height} pixels shows nothing")
        return cls(width, height, (focal_length_px, focal_length_px), (width / 2, height / 2))

    @classmethod
    def from_wire(cls, fields: Fields) -> View:
        """Return the view of streamed world pictures (spec: data 8.2).

        Raises MessageError naming what is missing or wrong.
        """
        matrix = _numbers(fields, "projection_matrix")
        if len(matrix) != 9 or min(matrix[0], matrix[4]) <= 0.0:
            raise MessageError("projection_matrix is not f 0 cx, 0 f cy, 0 0 1")
        bend = _numbers(fields, "distortion_coeffs") if fields.get("distortion_coeffs") else []
        if len(bend) > len(_UNDISTORTED):
            raise MessageError(f"distortion_coeffs has {len(bend)} numbers, not up to 5")
        distortion = (*bend, *_UNDISTORTED[len(bend) :])
        return cls(
            width=_side(fields, "width"),
            height=_side(fields, "height"),
            focal=(matrix[0], matrix[4]),
            center=(matrix[2], matrix[5]),
            distortion=distortion,
            reach=_reach(distortion),
        )

    def to_wire(self) -> Fields:
        """Return the map that ``from_wire`` reads."""
        (fx, fy), (cx, cy) = self.focal, self.center
        return {
            "width": self.width,
            "height": self.height,
            "projection_matrix": [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0],
            "distortion_coeffs": list(self.distortion),
        }

    def norm_pos(self, point: Sequence[float]) -> Point | None:
        """Return where a point (mm) is seen, in fractions, origin bottom left, y up.

        Clamped to -100..100. None for what is no direction: the origin, or not finite.
        """
        x, y, z = point
        if z == 0.0:
            z = 1e-9 * math.hypot(x, y)
        if z == 0.0:
            return None
        x, y = self._bent(x / z, y / z)
        (fx, fy), (cx, cy) = self.focal, self.center
        return place((fx * x + cx) / self.width, 1.0 - (fy * y + cy) / self.height)

    def ray(self, norm_pos: Point) -> Vector:
        """Return the direction (x, y, 1) that is seen at a place; the inverse of ``norm_pos``."""
        (fx, fy), (cx, cy) = self.focal, self.center
        seen = (norm_pos[0] * self.width - cx) / fx, ((1.0 - norm_pos[1]) * self.height - cy) / fy
        x, y = seen
        if self.distortion != _UNDISTORTED:
            for _ in range(_ROUNDS):
                bent = self._bent(x, y)
                x, y = x + seen[0] - bent[0], y + seen[1] - bent[1]
        return x, y, 1.0

    def _bent(self, x: float, y: float) -> Point:
        if self.distortion == _UNDISTORTED:
            return x, y
        share = min(1.0, self.reach / max(math.hypot(x, y), 1e-9))
        k1, k2, p1, p2, k3 = self.distortion
        u, v = share * x, share * y
        square = u * u + v * v
        radial = 1.0 + square * (k1 + square * (k2 + square * k3))
        return (
            (u * radial + 2 * p1 * u * v + p2 * (square + 2 * u * u)) / share,
            (v * radial + p1 * (square + 2 * v * v) + 2 * p2 * u * v) / share,
        )


def _reach(distortion: Sequence[float]) -> float:
    k1, k2, _, _, k3 = distortion
    for step in range(1, _STEPS):
        square = (step * _WIDEST / _STEPS) ** 2
        if 1.0 + square * (3 * k1 + square * (5 * k2 + square * 7 * k3)) <= 0.0:
            return (step - 1) * _WIDEST / _STEPS
    return _WIDEST


def _side(fields: Fields, key: str) -> float:
    side = _numbers(fields, key)
    if len(side) != 1 or side[0] < 1.0:
        raise MessageError(f"{key} is {fields[key]!r}, not a number of pixels")
    return side[0]


def _numbers(fields: Fields, key: str) -> list[float]:
    if fields.get(key) is None:
        raise MessageError(f"{key} is missing")
    flat = list(_leaves(fields[key]))
    if not all(type(entry) in (int, float) and abs(entry) < _LARGEST_PX for entry in flat):
        raise MessageError(f"{key} is {fields[key]!r}, not finite numbers")
    return [float(entry) for entry in flat]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for entry in value:
            yield from _leaves(entry)
    else:
        yield value
