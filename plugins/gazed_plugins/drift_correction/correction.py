"""A correction: how it is found from looks at a target, and what it does to gaze data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Any

from gazed import Fields, Gaze, Point
from gazed_plugins.drift_correction.looks import Look, UnsteadyError, angles_of, steady_look
from gazed_plugins.drift_correction.request import Request
from gazed_plugins.drift_correction.turns import (
    Turn,
    degrees_of,
    direction,
    turn_between,
    turned,
)
from gazed_plugins.gaze.lines import Line, Vector, meeting
from gazed_plugins.gaze.view import View

BOTH = "both"


@dataclass(frozen=True, slots=True)
class Found:
    """What one eye, or both in one picture, needs: degrees right and up, and its look."""

    right: float
    up: float
    degrees: float
    look: Look

    def to_wire(self) -> Fields:
        """Return the map that clients read."""
        return {
            "degrees": self.degrees,
            "right": self.right,
            "up": self.up,
            "used": self.look.used,
            "total": self.look.total,
            "precision": self.look.precision,
        }


@dataclass(frozen=True, slots=True)
class Correction:
    """Rotations of each eye's line of sight, or shifts of norm_pos, and their reasons.

    Keys are ``0`` and ``1`` for the eyes, ``both`` for 2D gaze of both in one picture. An eye
    that was not seen is corrected as the other one.
    """

    timestamp: float
    turns: Mapping[str, Turn] = field(default_factory=dict)
    shifts: Mapping[str, Point] = field(default_factory=dict)
    found: Mapping[str, Found] = field(default_factory=dict)

    @property
    def right(self) -> float:
        """How many degrees gaze was too far left, in the mean of the eyes."""
        return fmean(found.right for found in self.found.values())

    @property
    def up(self) -> float:
        """How many degrees gaze was too low, in the mean of the eyes."""
        return fmean(found.up for found in self.found.values())

    @property
    def degrees(self) -> float:
        """The largest rotation."""
        return max(found.degrees for found in self.found.values())

    def applied(self, gaze: Gaze) -> Gaze:
        """Return a datum as it should be."""
        if "gaze_point_3d" not in gaze.extra:
            shift = _for_key(self.shifts, key_of(gaze))
            return _shifted(gaze, shift) if shift and gaze.norm_pos else gaze
        if not self.turns:
            return gaze
        if "gaze_normals_3d" in gaze.extra:
            return _turned_both(gaze, self.turns)
        return _turned_one(gaze, self.turns) if "gaze_normal_3d" in gaze.extra else gaze


def correction_from(data: Sequence[Gaze], request: Request, view: View) -> Correction:
    """Return the correction that lets ``data`` lie on the target of a request.

    ``view`` tells degrees of 2D gaze. Raises UnsteadyError, saying why there is none.
    """
    if not data:
        raise UnsteadyError("no confident gaze data came; is there a calibration?")
    if any("gaze_point_3d" in gaze.extra for gaze in data):
        if request.point is None:
            raise UnsteadyError("gaze is 3D, and the target has no mm_pos")
        return _found_3d(data, request)
    if request.norm_pos is None:
        raise UnsteadyError("gaze is 2D, and the target has no norm_pos")
    return _found_2d(data, request, view)


def key_of(gaze: Gaze) -> str:
    """Return which display or picture the norm_pos of a 2D datum is in."""
    return str(gaze.extra.get("id", BOTH))


def _found_3d(data: Sequence[Gaze], request: Request) -> Correction:
    lines: dict[str, list[Line]] = {}
    for gaze in data:
        for eye, line in _lines(gaze).items():
            lines.setdefault(eye, []).append(line)
    if not lines:
        raise UnsteadyError("the gaze data do not say where each eye looks")
    found, turns = {}, {}
    for eye, seen in _well_seen(lines).items():
        look = steady_look([line.normal for line in seen])
        center = [fmean(column) for column in zip(*(line.center for line in seen), strict=True)]
        goal = direction(center, request.point or ())
        turns[eye] = turn_between(look.direction, goal)
        found[eye] = _need(look, goal)
    return Correction(request.end, turns=turns, found=found)


def _found_2d(data: Sequence[Gaze], request: Request, view: View) -> Correction:
    goal = request.norm_pos or (0.0, 0.0)
    places: dict[str, list[Point]] = {}
    for gaze in data:
        if gaze.norm_pos is not None:
            places.setdefault(key_of(gaze), []).append(gaze.norm_pos)
    if not places:
        raise UnsteadyError("the gaze data have no norm_pos")
    found, shifts = {}, {}
    for key, seen in _well_seen(places).items():
        look = steady_look([direction((0.0, 0.0, 0.0), view.ray(place)) for place in seen])
        x, y = view.norm_pos(look.direction) or goal
        shifts[key] = (goal[0] - x, goal[1] - y)
        found[key] = _need(look, direction((0.0, 0.0, 0.0), view.ray(goal)))
    return Correction(request.end, shifts=shifts, found=found)


def _well_seen(by_eye: Mapping[str, list[Any]]) -> dict[str, list[Any]]:
    """Return the eyes with at least a third of the data of the better one."""
    most = max(map(len, by_eye.values()), default=0)
    return {eye: by_eye[eye] for eye in sorted(by_eye) if 3 * len(by_eye[eye]) >= most}


def _need(look: Look, goal: Vector) -> Found:
    (right, up), (to_right, to_up) = angles_of(look.direction), angles_of(goal)
    degrees = degrees_of(turn_between(look.direction, goal))
    return Found(to_right - right, to_up - up, degrees, look)


def _lines(gaze: Gaze) -> dict[str, Line]:
    extra = gaze.extra
    if "gaze_normals_3d" in extra:
        centers, normals = extra["eye_centers_3d"], extra["gaze_normals_3d"]
        return {eye: _line(centers[eye], normals[eye]) for eye in normals}
    if "gaze_normal_3d" in extra:
        eye = str(gaze.base[0].eye)
        return {eye: _line(extra["eye_center_3d"], extra["gaze_normal_3d"])}
    return {}


def _line(center: Sequence[float], normal: Sequence[float]) -> Line:
    (cx, cy, cz), (nx, ny, nz) = center, normal
    return Line((cx, cy, cz), (nx, ny, nz))


def _turned_both(gaze: Gaze, turns: Mapping[str, Turn]) -> Gaze:
    lines = {
        eye: Line(line.center, turned(_for_key(turns, eye), line.normal))
        for eye, line in _lines(gaze).items()
    }
    normals = {eye: list(line.normal) for eye, line in lines.items()}
    point = meeting(lines["0"], lines["1"]).in_front
    extra = {**gaze.extra, "gaze_normals_3d": normals, "gaze_point_3d": list(point)}
    return replace(gaze, extra=extra, norm_pos=None)


def _turned_one(gaze: Gaze, turns: Mapping[str, Turn]) -> Gaze:
    ((eye, line),) = _lines(gaze).items()
    normal = turned(_for_key(turns, eye), line.normal)
    distance = math.dist(gaze.extra["gaze_point_3d"], line.center)
    point = Line(line.center, normal).at(distance)
    extra = {**gaze.extra, "gaze_normal_3d": list(normal), "gaze_point_3d": list(point)}
    return replace(gaze, extra=extra, norm_pos=None)


def _shifted(gaze: Gaze, shift: Point) -> Gaze:
    x, y = gaze.norm_pos or (0.0, 0.0)
    return replace(gaze, norm_pos=(x + shift[0], y + shift[1]))


def _for_key(by_key: Mapping[str, Any], key: str) -> Any:
    """Return the entry of a key, or else that of the other eye, or None."""
    return by_key.get(key) or next(iter(by_key.values()), None)
