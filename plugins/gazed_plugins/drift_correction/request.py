"""What a client asks for: a target, and when it is looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gazed import MessageError, Notification, Point
from gazed_plugins.gaze.lines import Vector

_USUAL_SECONDS = 1.0
_LONGEST_SECONDS = 10.0
_NEAREST_MM = 50.0
_EARLY, _LATE = 1.0, 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """One target: ``point`` (mm, y down as in gaze data) for 3D gaze, ``norm_pos`` for 2D.

    It is looked at from ``start`` to ``end`` (seconds on the shared clock).
    """

    start: float
    end: float
    point: Vector | None = None
    norm_pos: Point | None = None

    @classmethod
    def read(cls, notification: Notification, now: float) -> Request:
        """Return the request in ``drift_correction.should_correct``.

        Raises MessageError saying what is missing or wrong.
        """
        start = _number("timestamp", notification.get("timestamp", now))
        if not -_EARLY <= start - now <= _LATE:
            away = f"timestamp is {start - now:+.1f} s from the service's clock"
            raise MessageError(f"{away}; send its time (`t` of Pupil Remote)")
        seconds = _number("duration", notification.get("duration", _USUAL_SECONDS))
        if not 0.0 < seconds <= _LONGEST_SECONDS:
            raise MessageError(f"duration is {seconds:g} s, not up to {_LONGEST_SECONDS:g} s")
        mm_pos, norm_pos = notification.get("mm_pos"), notification.get("norm_pos")
        if mm_pos is None and norm_pos is None:
            raise MessageError("the target is missing; give mm_pos (3D gaze) or norm_pos (2D)")
        return cls(
            start=start,
            end=start + seconds,
            point=None if mm_pos is None else _point(mm_pos),
            norm_pos=None if norm_pos is None else _norm_pos(norm_pos),
        )


def _point(value: Any) -> Vector:
    x, y, z = _numbers("mm_pos", value, 3)
    if z < _NEAREST_MM:
        raise MessageError(f"mm_pos is {z:g} mm ahead of the wearer; at least {_NEAREST_MM:g} mm")
    return (x, -y, z)


def _norm_pos(value: Any) -> Point:
    x, y = _numbers("norm_pos", value, 2)
    return (x, y)


def _numbers(name: str, value: Any, length: int) -> Sequence[float]:
    if not isinstance(value, (list, tuple)) or len(value) != length:
        raise MessageError(f"{name} is not a list of {length} numbers")
    return [_number(name, entry) for entry in value]


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise MessageError(f"{name} is {value!r}, not a finite number")
    return float(value)
