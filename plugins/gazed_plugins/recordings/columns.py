"""Where a datum has the values of a table's columns, named as Pupil Player's exports name them.

Names and meanings follow Pupil's public documentation of ``pupil_positions.csv`` and
``gaze_positions.csv``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from gazed import Fields

Kind = Literal["float", "int", "text"]


@dataclass(frozen=True, slots=True)
class Group:
    """Columns that are read together; ``read`` returns as many values, None for missing ones."""

    names: tuple[str, ...]
    kind: Kind
    read: Callable[[Fields], Sequence[Any]]


def single(name: str, kind: Kind, *path: str) -> Group:
    """Return the column of a value inside nested maps."""
    if len(path) == 1:
        (key,) = path
        return Group((name,), kind, lambda fields: (fields.get(key),))
    return Group((name,), kind, lambda fields: (at(fields, path),))


def vector(name: str, letters: str, *path: str) -> Group:
    """Return a column for each entry of a list of numbers inside nested maps."""
    return several(name, letters, lambda fields: at(fields, path))


def several(name: str, letters: str, find: Callable[[Fields], Any]) -> Group:
    """Return a column for each entry of the list of numbers that ``find`` returns."""
    blank = (None,) * len(letters)

    def read(fields: Fields) -> Sequence[Any]:
        value = find(fields)
        return value if isinstance(value, list) and len(value) == len(blank) else blank

    return Group(tuple(f"{name}_{letter}" for letter in letters), "float", read)


def at(fields: Fields, path: Sequence[str]) -> Any:
    """Follow keys through nested maps; None where they lead nowhere."""
    value: Any = fields
    for step in path:
        if not isinstance(value, dict):
            return None
        value = value.get(step)
    return value


PUPIL = (
    single("eye_id", "int", "id"),
    single("confidence", "float", "confidence"),
    vector("norm_pos", "xy", "norm_pos"),
    single("diameter", "float", "diameter"),
    single("method", "text", "method"),
    vector("ellipse_center", "xy", "ellipse", "center"),
    vector("ellipse_axis", "ab", "ellipse", "axes"),
    single("ellipse_angle", "float", "ellipse", "angle"),
    single("diameter_3d", "float", "diameter_3d"),
    single("model_confidence", "float", "model_confidence"),
    single("model_id", "int", "model_id"),
    vector("sphere_center", "xyz", "sphere", "center"),
    single("sphere_radius", "float", "sphere", "radius"),
    vector("circle_3d_center", "xyz", "circle_3d", "center"),
    vector("circle_3d_normal", "xyz", "circle_3d", "normal"),
    single("circle_3d_radius", "float", "circle_3d", "radius"),
    single("theta", "float", "theta"),
    single("phi", "float", "phi"),
    vector("projected_sphere_center", "xy", "projected_sphere", "center"),
    vector("projected_sphere_axis", "ab", "projected_sphere", "axes"),
    single("projected_sphere_angle", "float", "projected_sphere", "angle"),
)


def base_pupils(fields: Fields) -> tuple[str]:
    """Return ``timestamp-id timestamp-id`` of the pupil data that a datum was made from."""
    base = fields.get("base_data")
    entries = base if isinstance(base, list) else []
    pairs = [f"{e.get('timestamp')}-{e.get('id')}" for e in entries if isinstance(e, dict)]
    return (" ".join(pairs),)


def _of_eye(eye: int, both: str, one: str) -> Callable[[Fields], Any]:
    """Return a reader of one eye's vector, from data of both eyes and from its own."""
    own = f".{eye}."

    def find(fields: Fields) -> Any:
        if both in fields:
            return at(fields, (both, str(eye)))
        return fields.get(one) if str(fields.get("topic", "")).endswith(own) else None

    return find


GAZE = (
    single("confidence", "float", "confidence"),
    vector("norm_pos", "xy", "norm_pos"),
    Group(("base_data",), "text", base_pupils),
    vector("gaze_point_3d", "xyz", "gaze_point_3d"),
    several("eye_center0_3d", "xyz", _of_eye(0, "eye_centers_3d", "eye_center_3d")),
    several("gaze_normal0", "xyz", _of_eye(0, "gaze_normals_3d", "gaze_normal_3d")),
    several("eye_center1_3d", "xyz", _of_eye(1, "eye_centers_3d", "eye_center_3d")),
    several("gaze_normal1", "xyz", _of_eye(1, "gaze_normals_3d", "gaze_normal_3d")),
)
