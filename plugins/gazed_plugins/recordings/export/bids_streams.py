"""The continuous recordings of a BIDS export: each eye's pupil, and gaze."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazed import Fields
from gazed_plugins.recordings.columns import at
from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.recording import Recording

_TIMESTAMP = {
    "Description": "When the camera took the picture, on the clock of the recording",
    "Units": "s",
}
_CONFIDENCE = {
    "Description": "How sure the detector is, from 0 (not at all) to 1; 0 stands for no pupil",
    "Units": "arbitrary",
}
_IN_PICTURE = (
    "Pupil centre in the picture of the eye's own camera, as a fraction of the picture's {},"
    " {}; not gaze"
)
_IN_VIEW = "Gaze as a fraction of the {} of the viewport or scene camera's picture, {}"
_POINT = "The point looked at, from the headset, {}"
_AXES = ("x to the right", "y down", "z forward")
_EYES = ("right", "left")


@dataclass(frozen=True, slots=True)
class Stream:
    """One file: its ``recording`` label, its rows in the order of ``Columns``, its sidecar."""

    label: str
    rows: Callable[[], Iterator[Sequence[Any]]]
    sidecar: dict[str, Any]


def streams(recording: Recording) -> list[Stream]:
    """Return what a recording has: pupils by eye, then gaze of one eye, then gaze of both."""
    found = [_pupil(recording, eye) for eye in (0, 1)]
    found += [_gaze(recording, f".{eye}.", f"gaze{eye + 1}", _EYES[eye]) for eye in (0, 1)]
    found.append(_gaze(recording, ".01.", "eye3", "cyclopean"))
    return [stream for stream in found if stream]


def _pupil(recording: Recording, eye: int) -> Stream | None:
    solid = recording.data("pupil", f"pupil.{eye}.3d")
    data = solid if len(solid) else recording.data("pupil", f"pupil.{eye}")
    if not len(data):
        return None
    size, unit = ("diameter_3d", "mm") if len(solid) else ("diameter", "pixel")
    columns = {
        "timestamp": _TIMESTAMP,
        "x_coordinate": _described(_IN_PICTURE.format("width", "from the left"), "arbitrary"),
        "y_coordinate": _described(_IN_PICTURE.format("height", "from the bottom"), "arbitrary"),
        "pupil_size": _described("Pupil diameter", unit),
        "confidence": _CONFIDENCE,
    }
    sidecar = _sidecar(recording, data, columns, _EYES[eye])
    return Stream(f"eye{eye + 1}", lambda: _pupil_rows(data, size), sidecar)


def _pupil_rows(data: Data, size: str) -> Iterator[Sequence[Any]]:
    for _, fields in data:
        confidence = fields.get("confidence")
        seen = (*_pair(fields), fields.get(size)) if confidence else (None, None, None)
        yield fields.get("timestamp"), *seen, confidence


def _gaze(recording: Recording, ending: str, label: str, eye: str) -> Stream | None:
    topics = [topic for topic in recording.gaze.topics if topic.endswith(ending)]
    if not topics:
        return None
    data = recording.gaze.with_topics(topics)
    columns = {
        "timestamp": _TIMESTAMP,
        "x_coordinate": _described(_IN_VIEW.format("width", "from the left"), "arbitrary"),
        "y_coordinate": _described(_IN_VIEW.format("height", "from the bottom"), "arbitrary"),
        "confidence": _CONFIDENCE,
    }
    for letter, axis in zip("xyz", _AXES, strict=True):
        columns[f"gaze_point_3d_{letter}"] = _described(_POINT.format(axis), "mm")
    return Stream(label, lambda: _gaze_rows(data), _sidecar(recording, data, columns, eye))


def _gaze_rows(data: Data) -> Iterator[Sequence[Any]]:
    for _, fields in data:
        point = at(fields, ("gaze_point_3d",))
        three = point if isinstance(point, list) and len(point) == 3 else (None, None, None)
        yield fields.get("timestamp"), *_pair(fields), fields.get("confidence"), *three


def _pair(fields: Fields) -> Sequence[Any]:
    value = fields.get("norm_pos")
    return value if isinstance(value, list) and len(value) == 2 else (None, None)


def _sidecar(
    recording: Recording, data: Data, columns: dict[str, dict[str, str]], eye: str
) -> dict[str, Any]:
    times = data.timestamps[np.isfinite(data.timestamps)]
    info = recording.info
    first = float(times[0]) if len(times) else 0.0
    start = info.start_time_synced if np.isfinite(info.start_time_synced) else first
    usual = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
    return {
        "PhysioType": "eyetrack",
        "RecordedEye": eye,
        "SampleCoordinateSystem": "custom",
        "SampleCoordinateSystemDescription": columns["x_coordinate"]["Description"],
        "SamplingFrequency": round(1.0 / usual, 3) if usual > 0 else 0.0,
        "StartTime": first - start,
        "Columns": list(columns),
        "EyeTrackingMethod": "video-based, dark pupil",
        "PupilFitMethod": "ellipse",
        "SoftwareVersions": f"{info.software} {info.version}".strip(),
        **columns,
    }


def _described(description: str, unit: str) -> dict[str, str]:
    return {"Description": description, "Units": unit}
