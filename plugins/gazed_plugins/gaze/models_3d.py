"""Fitted 3D models: read from a client's map, checked, and evaluated in plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gazed import ArgumentError, Pupil
from gazed_plugins.gaze.lines import Line, Vector

Row = tuple[float, float, float, float]

_MATRIX = "eye_camera_to_world_matrix"
_USUAL_DISTANCE_MM = 500.0


@dataclass(frozen=True, slots=True)
class EyePose:
    """Three rows of the matrix from an eye camera's frame to that of the gaze (mm)."""

    rows: tuple[Row, Row, Row]

    @classmethod
    def from_wire(cls, name: str, key: str, value: Any) -> EyePose:
        """Return the pose in a 4 x 4 matrix.

        Raises ArgumentError, naming argument ``name`` and ``key``, for anything else.
        """
        if not (isinstance(value, (list, tuple)) and len(value) == 4 and all(map(_is_row, value))):
            raise ArgumentError(name, f"{key!r} must be 4 rows of 4 finite numbers")
        first, second, third = (_row(row) for row in value[:3])
        return cls((first, second, third))

    def line_of(self, pupil: Pupil) -> Line | None:
        """Return the line of sight of a 3D datum, None for one without numbers for it."""
        try:
            center = pupil.extra["sphere"]["center"]
            normal = pupil.extra["circle_3d"]["normal"]
            return self.line(center, normal)
        except (KeyError, TypeError, ValueError):
            return None

    def line(self, center: Sequence[float], normal: Sequence[float]) -> Line:
        """Return the line of sight for an eyeball's centre and normal in the camera's frame."""
        x, y, z = center
        u, v, w = normal
        (a, b, c, p), (d, e, f, q), (g, h, i, r) = self.rows
        moved = (
            a * x + b * y + c * z + p,
            d * x + e * y + f * z + q,
            g * x + h * y + i * z + r,
        )
        turned = (a * u + b * v + c * w, d * u + e * v + f * w, g * u + h * v + i * w)
        return Line(moved, turned)


@dataclass(frozen=True, slots=True)
class Models3D:
    """What a 3D mapper knows (spec: calibration 8); None for what was not fitted.

    ``single`` are eyes 0 and 1 alone, ``distances`` (mm) how far away each of them is taken to
    look, ``both`` the eyes' poses when they are used together.
    """

    single: tuple[EyePose | None, EyePose | None]
    distances: tuple[float, float]
    both: tuple[EyePose, EyePose] | None

    @classmethod
    def from_wire(cls, models: Mapping[str, Any]) -> Models3D:
        """Return the models in ``{left_model, right_model, binocular_model}``.

        Raises ArgumentError, naming what is wrong.
        """
        right, left = (_single(models, name) for name in ("right_model", "left_model"))
        return cls((right[0], left[0]), (right[1], left[1]), _both(models))

    @property
    def empty(self) -> bool:
        """Whether there is nothing to map with."""
        return self.both is None and not any(self.single)


def is_finite(vector: Vector) -> bool:
    """Tell whether all three numbers are finite."""
    x, y, z = vector
    return math.isfinite(x + y + z)


def _single(models: Mapping[str, Any], name: str) -> tuple[EyePose | None, float]:
    fields = models.get(name)
    if not fields:
        return None, _USUAL_DISTANCE_MM
    distance = fields.get("gaze_distance", _USUAL_DISTANCE_MM)
    if not (_is_number(distance) and distance > 0):
        raise ArgumentError(name, "'gaze_distance' must be a positive number of mm")
    return EyePose.from_wire(name, _MATRIX, fields.get(_MATRIX)), float(distance)


def _both(models: Mapping[str, Any]) -> tuple[EyePose, EyePose] | None:
    name = "binocular_model"
    fields = models.get(name)
    if not fields:
        return None
    right, left = (
        EyePose.from_wire(name, key, fields.get(key)) for key in (f"{_MATRIX}0", f"{_MATRIX}1")
    )
    return right, left


def _is_row(row: Any) -> bool:
    return isinstance(row, (list, tuple)) and len(row) == 4 and all(map(_is_number, row))


def _row(row: Sequence[float]) -> Row:
    a, b, c, d = map(float, row)
    return (a, b, c, d)


def _is_number(value: Any) -> bool:
    return type(value) in (float, int) and math.isfinite(value)
