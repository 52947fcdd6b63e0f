"""What happens when in a recording: gaps, blinks, fixations and annotations as spans of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed import Fields
from gazed_plugins.bench.canvas import Color
from gazed_plugins.recordings.arrays import numbers
from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.events import blinks, fixations
from gazed_plugins.recordings.gaps import Span, gaps
from gazed_plugins.recordings.recording import Recording
from gazed_plugins.recordings.stamps import Times

_RED: Color = (40, 40, 200)
_DARK: Color = (90, 90, 90)
_GREEN: Color = (115, 158, 0)
_AMBER: Color = (0, 159, 230)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a time table: spans from a moment to another, on the recording's clock."""

    name: str
    spans: Sequence[Span]
    color: Color


def extent(recording: Recording) -> tuple[float, float]:
    """Return when a recording starts, and for how many seconds it lasts; at least 0.1."""
    times = [stream[np.isfinite(stream)] for _, stream in _streams(recording)]
    times = [stream for stream in times if len(stream)]
    first = min((float(stream.min()) for stream in times), default=0.0)
    last = max((float(stream.max()) for stream in times), default=0.0)
    start, duration = recording.info.start_time_synced, recording.info.duration
    if np.isfinite(start):
        first = start
    if np.isfinite(duration):
        last = max(last, first + duration)
    return first, max(last - first, 0.1)


def rows(recording: Recording, end: float) -> list[Row]:
    """Return the time table of a recording that ends at ``end``."""
    events = [
        Row("blinks", [(b.start, b.end) for b in blinks(_fields(recording.blinks))], _DARK),
        Row(
            "fixations", [(f.start, f.end) for f in fixations(_fields(recording.fixations))], _GREEN
        ),
        Row("annotations", _annotations(recording.annotations), _AMBER),
    ]
    start, _ = extent(recording)
    return events + [
        Row(f"gaps: {name}", _gaps(times, start, end), _RED) for name, times in _streams(recording)
    ]


def _streams(recording: Recording) -> list[tuple[str, Times]]:
    """Return what should go on without a pause."""
    pupils = [_main_topic(recording.data("pupil", f"pupil.{eye}")) for eye in (0, 1)]
    named = [(f"pupil {eye}", data.timestamps) for eye, data in enumerate(pupils) if len(data)]
    if len(recording.gaze):
        named.append(("gaze", recording.gaze.timestamps))
    return named + [(f"video {video.eye}", video.timestamps) for video in recording.eyes]


def _main_topic(data: Data) -> Data:
    """Return the data of the topic that has most: 2D and 3D data of a frame have one time."""
    parts = [data.with_topics([topic]) for topic in data.topics]
    return max(parts, key=len, default=data)


def _gaps(times: Times, start: float, end: float) -> list[Span]:
    """Return the gaps of a stream; that it is late or ends early is one."""
    return gaps(np.concatenate([[start], times, [end]]))


def _annotations(data: Data) -> list[Span]:
    spans = []
    for _, fields in data:
        start, duration = numbers([fields.get("timestamp"), fields.get("duration")], float)
        if start is not None and np.isfinite(start):
            lasting = duration is not None and np.isfinite(duration)
            spans.append((start, start + duration if lasting else start))
    return spans


def _fields(data: Data) -> list[Fields]:
    return [fields for _, fields in data]
