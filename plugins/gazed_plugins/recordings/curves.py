"""What a picture shows of a recording, as arrays over time."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.recording import Recording
from gazed_plugins.recordings.stamps import Times

Values = NDArray[np.float64]

_SURE = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class EyeCurve:
    """One eye over time: confidence, and the pupil's diameter where the detector was sure.

    ``size`` is in millimetres where there are 3D data, else in pixels, NaN where unsure.
    """

    eye: int
    times: Times
    confidence: Values
    size: Values
    unit: str


@dataclass(frozen=True, slots=True, eq=False)
class GazeCurve:
    """Gaze over time, to the right and up: in degrees from 3D gaze, else in view widths."""

    times: Times
    across: Values
    up: Values
    unit: str


def eye_curve(recording: Recording, eye: int) -> EyeCurve | None:
    """Return an eye's curve from its 3D data, or from all when there are none."""
    solid = recording.data("pupil", f"pupil.{eye}.3d")
    if len(solid):
        rows, unit = _rows(solid, "confidence", "diameter_3d"), "mm"
    else:
        rows, unit = _rows(recording.data("pupil", f"pupil.{eye}"), "confidence", "diameter"), "px"
    if not len(rows):
        return None
    times, confidence, size = rows.T
    return EyeCurve(eye, times, confidence, np.where(confidence >= _SURE, size, np.nan), unit)


def gaze_curve(recording: Recording) -> GazeCurve | None:
    """Return where the wearer looked, as far as gaze was sure."""
    rows = _rows(recording.gaze, "confidence", "gaze_point_3d", "norm_pos")
    rows = rows[rows[:, 1] >= _SURE] if len(rows) else rows
    if not len(rows):
        return None
    times, point, place = rows[:, 0], rows[:, 2:5], rows[:, 5:7]
    if np.isfinite(point).any():
        across = np.degrees(np.arctan2(point[:, 0], point[:, 2]))
        up = np.degrees(np.arctan2(-point[:, 1], point[:, 2]))
        return GazeCurve(times, across, up, "degrees")
    return GazeCurve(times, place[:, 0], place[:, 1], "fraction of the view")


_WIDTHS = {"gaze_point_3d": 3, "norm_pos": 2}


def _rows(data: Data, *names: str) -> Values:
    """Return timestamp and fields of each datum, shape (n, columns), sorted by time."""
    width = 1 + sum(_WIDTHS.get(name, 1) for name in names)
    flat = array("d")
    for _, fields in data:
        row = [fields.get("timestamp")]
        for name in names:
            count, value = _WIDTHS.get(name, 1), fields.get(name)
            listed = value if isinstance(value, list) else [value]
            row += listed if len(listed) == count else [None] * count
        flat.extend(entry if isinstance(entry, int | float) else math.nan for entry in row)
    rows = np.frombuffer(flat).reshape(-1, width)
    rows = rows[np.isfinite(rows[:, 0])]
    return rows[np.argsort(rows[:, 0], kind="stable")]
