"""How a result differs from what was recorded: found, where, and gaze."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazed import Fields
from gazed_plugins.recordings import Data, Recording

Floats = NDArray[np.float64]

_FOUND = 0.6
_NEAR = 0.005
_EYES_AND_TAGS = [(eye, tag) for eye in (0, 1) for tag in ("2d", "3d")]


@dataclass(frozen=True, slots=True)
class PupilDifference:
    """One kind of pupil data, recorded and processed.

    ``recorded`` and ``processed`` count data, the shares are of those with a confidence of at
    least 0.6. ``apart_px`` is the median distance of the centres where both have one, in
    pixels; NaN where there is none.
    """

    topic: str
    recorded: int
    processed: int
    recorded_found: float
    processed_found: float
    apart_px: float


@dataclass(frozen=True, slots=True)
class GazeDifference:
    """One kind of gaze data, recorded and processed.

    The medians are over data less than 5 ms apart, NaN where there are none: ``apart_deg`` is
    the angle between 3D gaze points as seen from the origin in degrees, ``apart_viewport`` the
    distance of ``norm_pos``.
    """

    topic: str
    recorded: int
    processed: int
    apart_deg: float
    apart_viewport: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a result and its source have in common, and what not."""

    pupil: list[PupilDifference]
    gaze: list[GazeDifference]


def compared(recorded: Recording, processed: Recording) -> Comparison:
    """Return how ``processed`` differs from ``recorded``, by kind of datum."""
    topics = [f"pupil.{eye}.{tag}" for eye, tag in _EYES_AND_TAGS]
    pupil = [_pupil(topic, recorded, processed) for topic in topics]
    names = sorted({*recorded.gaze.topics, *processed.gaze.topics})
    return Comparison(
        pupil=[difference for difference in pupil if difference.recorded or difference.processed],
        gaze=[_gaze(topic, recorded.gaze, processed.gaze) for topic in names],
    )


def _pupil(topic: str, recorded: Recording, processed: Recording) -> PupilDifference:
    old, new = (_rows(one.pupil.with_topic(topic), _pupil_row, 4) for one in (recorded, processed))
    old_places, new_places = _partners(old[:, 0], new[:, 0])
    both = (old[old_places, 1] >= _FOUND) & (new[new_places, 1] >= _FOUND)
    apart = np.linalg.norm(old[old_places, 2:] - new[new_places, 2:], axis=1)
    return PupilDifference(
        topic=topic,
        recorded=len(old),
        processed=len(new),
        recorded_found=_share(old[:, 1]),
        processed_found=_share(new[:, 1]),
        apart_px=_median(apart[both]),
    )


def _gaze(topic: str, recorded: Data, processed: Data) -> GazeDifference:
    old, new = (_rows(one.with_topic(topic), _gaze_row, 6) for one in (recorded, processed))
    old_places, new_places = _partners(old[:, 0], new[:, 0])
    old_near, new_near = old[old_places], new[new_places]
    return GazeDifference(
        topic=topic,
        recorded=len(old),
        processed=len(new),
        apart_deg=_median(_angles(old_near[:, 3:], new_near[:, 3:])),
        apart_viewport=_median(np.linalg.norm(old_near[:, 1:3] - new_near[:, 1:3], axis=1)),
    )


def _rows(data: Iterable[tuple[str, Fields]], row: Any, width: int) -> Floats:
    """Return one row of numbers a datum, in the order of their first: the timestamp."""
    rows = np.array([row(fields) for _, fields in data], np.float64).reshape(-1, width)
    return rows[np.argsort(rows[:, 0], kind="stable")]


def _pupil_row(fields: Fields) -> list[float]:
    ellipse = fields.get("ellipse")
    center = _numbers(ellipse.get("center") if isinstance(ellipse, dict) else None, 2)
    return [
        *_numbers([fields.get("timestamp")], 1),
        *_numbers([fields.get("confidence")], 1),
        *center,
    ]


def _gaze_row(fields: Fields) -> list[float]:
    return [
        *_numbers([fields.get("timestamp")], 1),
        *_numbers(fields.get("norm_pos"), 2),
        *_numbers(fields.get("gaze_point_3d"), 3),
    ]


def _numbers(value: Any, count: int) -> Iterator[float]:
    usable = isinstance(value, list) and len(value) == count
    for entry in value if usable else [None] * count:
        yield float(entry) if isinstance(entry, (int, float)) else np.nan


def _partners(old: Floats, new: Floats) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the places of data that are nearest to each other in time, and near at all."""
    if not (len(old) and len(new)):
        return np.empty(0, np.intp), np.empty(0, np.intp)
    later = np.clip(np.searchsorted(new, old), 1, max(len(new) - 1, 1))
    later = np.minimum(later, len(new) - 1)
    earlier = np.maximum(later - 1, 0)
    nearest = np.where(old - new[earlier] <= new[later] - old, earlier, later)
    near = np.abs(new[nearest] - old) < _NEAR
    return np.flatnonzero(near), nearest[near]


def _angles(one: Floats, other: Floats) -> Floats:
    lengths = np.linalg.norm(one, axis=1) * np.linalg.norm(other, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        cosines = (one * other).sum(axis=1) / lengths
    angles: Floats = np.degrees(np.arccos(np.clip(cosines, -1.0, 1.0)))
    return angles


def _share(confidences: Floats) -> float:
    return float((confidences >= _FOUND).mean()) if len(confidences) else np.nan


def _median(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else np.nan
