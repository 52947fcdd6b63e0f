"""A reader as strict as the C# clients, who cast what they decode and throw when it differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from protocol.kinds import StrictError, Value, decode

Schema = Any
Check = Callable[[Value, str], None]


@dataclass(frozen=True, slots=True)
class Optional:
    """A field that may be missing."""

    schema: Schema


def check_message(frames: list[bytes]) -> None:
    """Raise StrictError when a strict client could not read a message of a running service."""
    topic, payload = frames[0].decode(), frames[1]
    value = decode(payload)
    if value.kind != "map":
        raise StrictError(f"{topic}: the payload is {value.kind}, not a map")
    check_value(value, schema_of(topic), topic)
    given = value.content.get("topic")
    if given is not None and given.content != topic:
        raise StrictError(f"{topic}: the payload says {given.content!r}")


def check_value(value: Value, schema: Schema, path: str) -> None:
    """Compare a value with a schema: a kind, a list of schemas, a map of them, or a function."""
    if isinstance(schema, str):
        _require(value.kind == schema, value, path, schema)
    elif isinstance(schema, list):
        _require(value.kind == "array", value, path, "array")
        _require(len(value.content) == len(schema), value, path, f"{len(schema)} entries")
        for index, (entry, wanted) in enumerate(zip(value.content, schema, strict=True)):
            check_value(entry, wanted, f"{path}[{index}]")
    elif isinstance(schema, Mapping):
        _require(value.kind == "map", value, path, "map")
        _check_fields(value.content, schema, path)
    else:
        schema(value, path)


def schema_of(topic: str) -> Mapping[str, Schema]:
    """Return what the spec promises for a topic; nothing in particular for unknown ones."""
    prefix = next((prefix for prefix in _SCHEMAS if topic.startswith(prefix)), "")
    return _SCHEMAS[prefix]


def each(schema: Schema) -> Check:
    """Return a check for an array of any length."""

    def check(value: Value, path: str) -> None:
        _require(value.kind == "array", value, path, "array")
        for index, entry in enumerate(value.content):
            check_value(entry, schema, f"{path}[{index}]")

    return check


def one_of(*texts: str) -> Check:
    """Return a check for a text that is one of these."""

    def check(value: Value, path: str) -> None:
        _require(value.kind == "str" and value.content in texts, value, path, " or ".join(texts))

    return check


def between(low: float, high: float) -> Check:
    """Return a check for a float64 within bounds."""

    def check(value: Value, path: str) -> None:
        _require(value.kind == "float64", value, path, "float64")
        _require(low <= value.content <= high, value, path, f"between {low} and {high}")

    return check


def _eye(value: Value, path: str) -> None:
    _require(value.kind == "int" and value.content in (0, 1), value, path, "0 or 1")


def _method_2d(value: Value, path: str) -> None:
    good = value.kind == "str" and "2d" in value.content and "3d" not in value.content
    _require(good, value, path, "a text with 2d and without 3d")


def _method_3d(value: Value, path: str) -> None:
    _require(value.kind == "str" and "3d" in value.content, value, path, "a text with 3d")


_TWO = ["float64", "float64"]
_OUTLINE = {"center": _TWO, "axes": _TWO, "angle": "float64"}
_CONFIDENCE = between(0.0, 1.0)

# spec: data 2, 4.2, 5, 8.1; protocol 11; notifications 0.
PUPIL_2D: Mapping[str, Schema] = {
    "topic": one_of("pupil.0.2d", "pupil.1.2d"),
    "id": _eye,
    "method": _method_2d,
    "timestamp": "float64",
    "norm_pos": _TWO,
    "diameter": between(0.0, 1e4),
    "confidence": _CONFIDENCE,
    "ellipse": _OUTLINE,
}
_THREE = ["float64", "float64", "float64"]
# spec: data 3, with the fields that hmd-eyes 1.0 to 1.3 need.
PUPIL_3D: Mapping[str, Schema] = {
    "topic": one_of("pupil.0.3d", "pupil.1.3d"),
    "id": _eye,
    "method": _method_3d,
    "timestamp": "float64",
    "norm_pos": _TWO,
    "location": _TWO,
    "diameter": between(0.0, 1e4),
    "confidence": _CONFIDENCE,
    "ellipse": _OUTLINE,
    "sphere": {"center": _THREE, "radius": "float64"},
    "projected_sphere": _OUTLINE,
    "circle_3d": {"center": _THREE, "normal": _THREE, "radius": "float64"},
    "diameter_3d": between(0.0, 20.0),
    "theta": "float64",
    "phi": "float64",
    "model_confidence": _CONFIDENCE,
    "model_id": "int",
    "model_birth_timestamp": "float64",
}
GAZE_2D: Mapping[str, Schema] = {
    "topic": one_of("gaze.2d.0.", "gaze.2d.1.", "gaze.2d.01."),
    "id": Optional(_eye),
    "timestamp": "float64",
    "norm_pos": _TWO,
    "confidence": _CONFIDENCE,
    "base_data": each(PUPIL_2D),
}
BLINK: Mapping[str, Schema] = {
    "topic": one_of("blinks"),
    "type": one_of("onset", "offset"),
    "timestamp": "float64",
    "confidence": _CONFIDENCE,
    "base_data": each(PUPIL_2D),
    "record": "bool",
}
FRAME: Mapping[str, Schema] = {
    "topic": "str",
    "width": "int",
    "height": "int",
    "index": "int",
    "timestamp": "float64",
    "format": one_of("jpeg", "yuv", "bgr", "gray"),
}
LOG_RECORD: Mapping[str, Schema] = {
    "topic": "str",
    "name": "str",
    "msg": "str",
    "args": "array",
    "levelname": "str",
    "levelno": "int",
    "created": "float64",
    "process": "int",
    "processName": "str",
    "lineno": "int",
    "funcName": "str",
    "exc_text": lambda value, path: _require(
        value.kind in ("nil", "str"), value, path, "text or nil"
    ),
}
NOTIFICATION: Mapping[str, Schema] = {
    "subject": "str",
    "timestamp": Optional("float64"),
    "eye_id": Optional(_eye),
    "reason": Optional("str"),
}
_SCHEMAS: Mapping[str, Mapping[str, Schema]] = {
    "pupil.0.2d": PUPIL_2D,
    "pupil.1.2d": PUPIL_2D,
    "pupil.0.3d": PUPIL_3D,
    "pupil.1.3d": PUPIL_3D,
    "gaze.2d.": GAZE_2D,
    "blinks": BLINK,
    "frame.eye.": FRAME,
    "logging.": LOG_RECORD,
    "notify.": NOTIFICATION,
    "": {},
}


def _check_fields(fields: Mapping[str, Value], schema: Mapping[str, Schema], path: str) -> None:
    for name, wanted in schema.items():
        optional = isinstance(wanted, Optional)
        if name in fields:
            check_value(fields[name], wanted.schema if optional else wanted, f"{path}.{name}")
        elif not optional:
            raise StrictError(f"{path}: {name} is missing; there are {', '.join(fields)}")


def _require(good: bool, value: Value, path: str, wanted: str) -> None:
    if not good:
        content = "" if value.kind in ("map", "array") else f" {value.content!r}"
        raise StrictError(f"{path} is {value.kind}{content}, not {wanted}")
