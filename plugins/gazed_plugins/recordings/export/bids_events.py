"""The events of a BIDS export: annotations as events, blinks and fixations as physioevents."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazed import Fields
from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.events import blinks, fixations
from gazed_plugins.recordings.recording import Recording

_OWN = frozenset(("topic", "timestamp", "label", "duration"))


@dataclass(frozen=True, slots=True)
class Events:
    """A file of events: its columns, its rows in the order of their onsets, its sidecar."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Any]]
    sidecar: dict[str, Any]


def eye_events(recording: Recording) -> Events:
    """Return blinks and fixations, with onsets on the clock of the recording."""
    rows = [(b.start, b.end - b.start, "blink") for b in blinks(_fields(recording.blinks))]
    rows += [
        (f.start, f.end - f.start, "fixation") for f in fixations(_fields(recording.fixations))
    ]
    columns = ("onset", "duration", "trial_type")
    sidecar = {
        "Columns": list(columns),
        "Description": "Blinks and fixations, found while recording",
        "OnsetSource": "timestamp",
        "onset": {"Description": "Start, on the clock of the recording", "Units": "s"},
        "trial_type": {
            "Description": "What the eyes did",
            "Levels": {
                "blink": "Both eyes closed and opened",
                "fixation": "Gaze stayed at one place",
            },
        },
    }
    return Events(columns, sorted(rows), sidecar)


def annotation_events(recording: Recording) -> Events:
    """Return annotations, with onsets in seconds from the start of the recording."""
    data = [fields for fields in _fields(recording.annotations) if _is_number(fields, "timestamp")]
    start = recording.info.start_time_synced
    zero = start if np.isfinite(start) else min((f["timestamp"] for f in data), default=0.0)
    others = sorted({key for fields in data for key in fields} - _OWN)
    columns = ("onset", "duration", "trial_type", *(_name(key) for key in others))
    rows = [
        (
            fields["timestamp"] - zero,
            fields["duration"] if _is_number(fields, "duration") else 0.0,
            fields.get("label"),
            *(fields.get(key) for key in others),
        )
        for fields in data
    ]
    sidecar: dict[str, Any] = {"trial_type": {"Description": "The annotation's label"}}
    for key in others:
        sidecar[_name(key)] = {"Description": f"The annotation's field {key}"}
    return Events(columns, sorted(rows, key=lambda row: row[0]), sidecar)


def _name(key: str) -> str:
    """Return a field's name as a column's: never one of the usual columns, nothing but words."""
    name = "_".join(key.split())
    return f"annotation_{name}" if name in ("onset", "trial_type", "") else name


def _fields(data: Data) -> list[Fields]:
    return [fields for _, fields in data]


def _is_number(fields: Fields, key: str) -> bool:
    value = fields.get(key)
    return isinstance(value, int | float) and math.isfinite(value)
