"""Gaze data as numbers that may be averaged, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from gazed import Gaze
from gazed_plugins.gaze.lines import Vector, unit
from gazed_plugins.gaze.view import View

_NORMALS = "gaze_normals_3d"
_NORMAL = "gaze_normal_3d"
_POINT = "gaze_point_3d"
# Only differences count here, so any view will do.
_VIEW = View.pinhole(1000.0, (1280, 720))


def aim_of(gaze: Gaze) -> Vector | None:
    """Return the unit vector of the gaze, None when there is none."""
    point: Sequence[float] | None = gaze.extra.get(_POINT)
    if point is None and gaze.norm_pos is not None:
        point = _VIEW.ray(gaze.norm_pos)
    if point is None or not any(point):
        return None
    x, y, z = point
    return unit((x, y, z))


def values_of(gaze: Gaze, aim: Vector) -> list[float]:
    """Return the numbers of a datum: direction and nearness of the point, normals, norm_pos."""
    values: list[float] = []
    if _POINT in gaze.extra:
        values += [*aim, 1.0 / math.hypot(*gaze.extra[_POINT])]
    for normal in gaze.extra.get(_NORMALS, {}).values():
        values += normal
    values += gaze.extra.get(_NORMAL, ())
    values += gaze.norm_pos or ()
    return values


def with_values(gaze: Gaze, values: Sequence[float], more: Mapping[str, Any]) -> Gaze:
    """Return a datum with other numbers, in the order of ``values_of``, and more fields."""
    left = iter(values)
    extra = {**gaze.extra, **more}
    if _POINT in extra:
        aim, nearness = unit(_three(left)), next(left)
        extra[_POINT] = [value / nearness for value in aim]
    if _NORMALS in extra:
        extra[_NORMALS] = {eye: list(unit(_three(left))) for eye in extra[_NORMALS]}
    if _NORMAL in extra:
        extra[_NORMAL] = list(unit(_three(left)))
    norm_pos = None if gaze.norm_pos is None else (next(left), next(left))
    return replace(gaze, extra=extra, norm_pos=norm_pos)


def _three(values: Any) -> Vector:
    return next(values), next(values), next(values)
