"""What of the bus goes into which file, and in which form."""

from __future__ import annotations

import math
import re

import msgpack

from gazed import Fields, MessageError, Notification, pack, unpack

DEFAULT_TOPICS = (
    "pupil",
    "gaze",
    "blinks",
    "fixations",
    "annotation",
    "eyelid",
    "surfaces",
    "head_pose",
)
NEVER = ("dt", "depth_frame", "frame")
_KEY = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_PUPIL = re.compile(r"pupil\.[01](\.[^.]+)?")


def file_key(topic: str) -> str | None:
    """Return the name of the file for a topic, None when it is never recorded.

    It is the topic's first part. Pupil Player refuses a recording whose ``pupil`` file has
    other topics than ``pupil.<eye>`` and ``pupil.<eye>.<tag>``; those get a file of their own.
    """
    key = topic.partition(".")[0]
    if not _KEY.fullmatch(key) or key.startswith("frame") or key in NEVER:
        return None
    if key == "pupil" and not _PUPIL.fullmatch(topic):
        return "pupil_other"
    return key


def storable(topic: str, payload: bytes) -> tuple[bytes, float]:
    """Return the datum as it is to be stored, and its timestamp in seconds.

    What gazed's own plugins and current clients send is stored as it came; other spellings
    (bytes for text, whole numbers for seconds, no topic) are put right first. Raises
    MessageError when there is no map or no timestamp in it.
    """
    fields = _quickly(payload)
    if fields is not None:
        return payload, fields["timestamp"]
    fields = unpack(payload)
    timestamp = _time_in(fields)
    if timestamp is None:
        raise MessageError(f"{topic}: the datum has no timestamp")
    return pack({**fields, "timestamp": timestamp, "topic": topic}), timestamp


def recorded(notification: Notification, now: float) -> bytes:
    """Return a notification as it is stored: with topic, subject, and a timestamp in any case."""
    names = {"topic": notification.topic, "subject": notification.subject}
    return pack({"timestamp": now, **notification.fields, **names})


def _quickly(payload: bytes) -> Fields | None:
    """Return the map when it needs no change, as far as its first level shows."""
    try:
        fields = msgpack.unpackb(payload)
    except ValueError:
        return None
    if type(fields) is not dict or type(fields.get("topic")) is not str:
        return None
    timestamp = fields.get("timestamp")
    return fields if type(timestamp) is float and math.isfinite(timestamp) else None


def _time_in(fields: Fields) -> float | None:
    value = fields.get("timestamp")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None
