"""The only place where messages become bytes and bytes become messages.

Frame 1 is the topic, frame 2 a msgpack map with string keys, further frames are raw
(spec: protocol 3 and 4). Clients send bin for str, float32 for float64 and ints for
floats; what leaves this module has strings, and floats where a datum says float.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import msgpack

from gazed.data import Ellipse, Gaze, Point, Pupil
from gazed.errors import MessageError

Fields = dict[str, Any]
_Number = TypeVar("_Number", int, float)

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
MAX_DEPTH = 32
_PUPIL_FIELDS = frozenset(
    ("topic", "id", "timestamp", "confidence", "norm_pos", "diameter", "ellipse", "method")
)
_GAZE_FIELDS = frozenset(("topic", "timestamp", "confidence", "base_data", "norm_pos"))


def pack(fields: Mapping[str, Any]) -> bytes:
    """Return ``fields`` as msgpack; numpy scalars and arrays become plain numbers and lists."""
    packed: bytes = msgpack.packb(fields, default=_plain)
    return packed


def unpack(payload: bytes) -> Fields:
    """Return the map in ``payload`` with every text as str.

    Raises MessageError when it is not msgpack, not a map, or nested too deep.
    """
    try:
        value = msgpack.unpackb(payload, raw=False, strict_map_key=False)
    except (ValueError, TypeError, RecursionError, UnicodeDecodeError) as error:
        raise MessageError(
            f"the payload is not msgpack ({error or type(error).__name__})"
        ) from None
    if not isinstance(value, dict):
        raise MessageError(f"the payload is a {type(value).__name__}, not a map")
    # Most messages are as they should be, and looking is cheaper than making them anew.
    fields: Fields = value if _is_normal(value, 0) else _normalised(value, 0)
    return fields


def topic_of(frames: Sequence[Any]) -> str:
    """Return the topic of a message; raise MessageError when it has none or no payload."""
    if len(frames) < 2:
        raise MessageError("the message has no payload frame")
    try:
        topic: str = frames[0].decode()
    except UnicodeDecodeError:
        raise MessageError("the topic is not UTF-8") from None
    return topic


def pupil_to_wire(pupil: Pupil) -> Fields:
    """Return the map that clients read for a pupil datum (spec: data 2 and 3)."""
    fields: Fields = {
        "topic": pupil.topic,
        "id": pupil.eye,
        "timestamp": float(pupil.timestamp),
        "confidence": float(pupil.confidence),
        "norm_pos": [float(value) for value in pupil.norm_pos],
        "diameter": float(pupil.diameter),
        "method": pupil.method,
    }
    if pupil.ellipse is not None:
        fields["ellipse"] = _ellipse_to_wire(pupil.ellipse)
    fields.update(pupil.extra)
    return fields


def pupil_from_wire(topic: str, fields: Fields) -> Pupil:
    """Return the pupil datum in ``fields``; raise MessageError naming what is missing or wrong."""
    parts = topic.split(".")
    if len(parts) != 3 or parts[0] != "pupil":
        raise MessageError(f"{topic!r} is not of the form pupil.<eye>.<tag>")
    eye = _number(fields, "id", int)
    if eye not in (0, 1):
        raise MessageError(f"id is {eye}, not 0 or 1")
    return Pupil(
        eye=eye,
        timestamp=_number(fields, "timestamp", float),
        confidence=_number(fields, "confidence", float),
        norm_pos=_point(fields, "norm_pos"),
        diameter=_number(fields, "diameter", float),
        ellipse=_ellipse_from_wire(fields.get("ellipse")),
        method=_text(fields, "method"),
        tag=parts[2],
        extra={key: value for key, value in fields.items() if key not in _PUPIL_FIELDS},
    )


def gaze_to_wire(gaze: Gaze) -> Fields:
    """Return the map that clients read for a gaze datum (spec: data 4)."""
    fields: Fields = dict(gaze.extra)
    if gaze.norm_pos is not None:
        fields["norm_pos"] = [float(value) for value in gaze.norm_pos]
    fields["topic"] = gaze.topic
    fields["timestamp"] = float(gaze.timestamp)
    fields["confidence"] = float(gaze.confidence)
    fields["base_data"] = [pupil_to_wire(pupil) for pupil in gaze.base]
    return fields


def gaze_from_wire(topic: str, fields: Fields) -> Gaze:
    """Return the gaze datum in ``fields``; raise MessageError naming what is missing or wrong."""
    base = fields.get("base_data", [])
    if not isinstance(base, list) or not all(isinstance(entry, dict) for entry in base):
        raise MessageError("base_data is not a list of maps")
    return Gaze(
        topic=topic,
        timestamp=_number(fields, "timestamp", float),
        confidence=_number(fields, "confidence", float),
        base=tuple(pupil_from_wire(_text(entry, "topic"), entry) for entry in base),
        norm_pos=_point(fields, "norm_pos") if "norm_pos" in fields else None,
        extra={key: value for key, value in fields.items() if key not in _GAZE_FIELDS},
    )


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} cannot be sent")


def _is_normal(value: Any, depth: int) -> bool:
    """Tell whether a map or list has text keys, no bytes, and no more levels than allowed."""
    if depth >= MAX_DEPTH:
        return False
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return False
        value = value.values()
    for entry in value:
        kind = type(entry)
        if kind is bytes:
            return False
        if (kind is dict or kind is list) and not _is_normal(entry, depth + 1):
            return False
    return True


def _normalised(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind is dict:
        if depth >= MAX_DEPTH:
            raise MessageError(f"the payload is nested deeper than {MAX_DEPTH} levels")
        return {_key(key): _normalised(entry, depth + 1) for key, entry in value.items()}
    if kind is list:
        if depth >= MAX_DEPTH:
            raise MessageError(f"the payload is nested deeper than {MAX_DEPTH} levels")
        return [_normalised(entry, depth + 1) for entry in value]
    if kind is bytes:
        return _text_or_bytes(value)
    return value


def _key(key: Any) -> str:
    if isinstance(key, bytes):
        key = _text_or_bytes(key)
    if isinstance(key, int) and not isinstance(key, bool):
        return str(key)
    if not isinstance(key, str):
        raise MessageError(f"a map key is a {type(key).__name__}, not text")
    return key


def _text_or_bytes(value: bytes) -> str | bytes:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value


def _ellipse_to_wire(ellipse: Ellipse) -> Fields:
    return {
        "center": [float(value) for value in ellipse.center],
        "axes": [float(value) for value in ellipse.axes],
        "angle": float(ellipse.angle),
    }


def _ellipse_from_wire(fields: Any) -> Ellipse | None:
    if fields is None:
        return None
    if not isinstance(fields, dict):
        raise MessageError("ellipse is not a map")
    return Ellipse(
        center=_point(fields, "center"),
        axes=_point(fields, "axes"),
        angle=_number(fields, "angle", float),
    )


def _number(fields: Fields, key: str, kind: type[_Number]) -> _Number:
    value = _required(fields, key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MessageError(f"{key} is a {type(value).__name__}, not a number")
    if not math.isfinite(value):
        raise MessageError(f"{key} is {value}, not a finite number")
    return kind(value)


def _point(fields: Fields, key: str) -> Point:
    value = _required(fields, key)
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise MessageError(f"{key} is not a list of two numbers")
    pair = {"x": value[0], "y": value[1]}
    return (_number(pair, "x", float), _number(pair, "y", float))


def _text(fields: Fields, key: str) -> str:
    value = _required(fields, key)
    if not isinstance(value, str):
        raise MessageError(f"{key} is a {type(value).__name__}, not text")
    return value


def _required(fields: Fields, key: str) -> Any:
    try:
        return fields[key]
    except KeyError:
        raise MessageError(f"{key} is missing") from None
