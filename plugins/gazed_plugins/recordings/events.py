"""Blinks and fixations as events with a start and an end, from the messages about them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazed import Fields

# A run has a message for each pupil datum while the filter answers, so it has no long pauses.
_RUN_PAUSE = 0.5


@dataclass(frozen=True, slots=True)
class Blink:
    """Closing to opening: from the first onset to the last offset, in seconds.

    ``responses`` are those of the filter, onsets positive, at the ``moments``.
    """

    start: float
    end: float
    confidence: float
    responses: tuple[float, ...]
    moments: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fixation:
    """All that was said under one id: times in seconds, dispersion in degrees, means else."""

    id: int
    start: float
    end: float
    norm_pos: Sequence[float] | None
    dispersion: float
    confidence: float
    method: str
    gaze_point_3d: Sequence[float] | None
    moments: tuple[float, ...]


def blinks(data: Iterable[Fields]) -> Iterator[Blink]:
    """Yield a blink for each run of onsets that a run of offsets follows.

    An onset that no offset follows is no blink: the recording ended, or it was a false alarm.
    """
    run: list[Fields] = []
    for fields in data:
        if fields.get("type") not in ("onset", "offset") or not _is_number(fields.get("timestamp")):
            continue
        if run and _ends(run[-1], fields):
            yield from _blink(run)
            run = []
        run.append(fields)
    yield from _blink(run)


def _ends(last: Fields, fields: Fields) -> bool:
    """Tell whether a new run begins with ``fields``."""
    pause = fields["timestamp"] - last["timestamp"]
    if last["type"] == "offset":
        return fields["type"] == "onset" or bool(pause > _RUN_PAUSE)
    return fields["type"] == "onset" and bool(pause > _RUN_PAUSE)


def _blink(run: Sequence[Fields]) -> Iterator[Blink]:
    kinds = {fields["type"] for fields in run}
    if kinds != {"onset", "offset"}:
        return
    confidences = [_number(fields.get("confidence")) for fields in run]
    signs = [1.0 if fields["type"] == "onset" else -1.0 for fields in run]
    yield Blink(
        start=run[0]["timestamp"],
        end=run[-1]["timestamp"],
        confidence=float(np.mean(confidences)),
        responses=tuple(s * c for s, c in zip(signs, confidences, strict=True)),
        moments=tuple(fields["timestamp"] for fields in run),
    )


def fixations(data: Iterable[Fields]) -> Iterator[Fixation]:
    """Yield a fixation for each run of updates with the same id."""
    run: list[Fields] = []
    for fields in data:
        if not _is_number(fields.get("timestamp")):
            continue
        if run and (fields.get("id") != run[-1].get("id") or fields["timestamp"] > _end(run)):
            yield _fixation(run)
            run = []
        run.append(fields)
    if run:
        yield _fixation(run)


def _fixation(run: Sequence[Fields]) -> Fixation:
    return Fixation(
        id=run[0].get("id", -1),
        start=min(fields["timestamp"] for fields in run),
        end=_end(run),
        norm_pos=_mean(run, "norm_pos", 2),
        dispersion=max(_number(fields.get("dispersion")) for fields in run),
        confidence=float(np.mean([_number(fields.get("confidence")) for fields in run])),
        method=str(run[0].get("method", "")),
        gaze_point_3d=_mean(run, "gaze_point_3d", 3),
        moments=_moments(run),
    )


def _end(run: Sequence[Fields]) -> float:
    ends = [fields["timestamp"] + _number(fields.get("duration")) / 1000.0 for fields in run]
    return float(max(ends))


def _mean(run: Sequence[Fields], key: str, count: int) -> list[float] | None:
    values = [fields.get(key) for fields in run]
    whole = [
        value
        for value in values
        if isinstance(value, list) and len(value) == count and all(map(_is_number, value))
    ]
    return np.mean(whole, axis=0).tolist() if whole else None


def _moments(run: Sequence[Fields]) -> tuple[float, ...]:
    bases = [fields.get("base_data") for fields in run]
    times = {
        entry[1]
        for base in bases
        if isinstance(base, list)
        for entry in base
        if isinstance(entry, list) and len(entry) == 2 and _is_number(entry[1])
    }
    return tuple(sorted(times))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _number(value: Any) -> float:
    return float(value) if _is_number(value) else 0.0
