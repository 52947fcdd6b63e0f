"""What a recording has to play, in the order in which it was said."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from gazed import Fields, Frame
from gazed_plugins.recording_source.telling import tells
from gazed_plugins.recordings import Data, EyeVideo, Recording

NOTIFY = "notify."
_RANKS = {"pupil": 1, "gaze": 3}
_USUAL_RANK = 2

Chosen = Callable[[str], bool]


class Event(NamedTuple):
    """One datum or notification, or the frame of that number of an eye, and when it was said.

    ``rank`` is the order of what was said at the same time: frames, pupil data, others, gaze.
    """

    time: float
    rank: int
    topic: str
    fields: Fields
    frame: int = -1
    eye: int = -1


def events(recording: Recording, chosen: Chosen, since: float) -> Iterator[Event]:
    """Yield what a recording has of the chosen topics from a time on, in order of time.

    Data of one kind stay in the order in which they were recorded. Of notifications only those
    that tell something are among them.
    """
    everything = [recording.data(key) for key in recording.keys]
    voices = [_data(data, chosen, since) for data in everything if any(map(chosen, data.topics))]
    voices += [
        _frames(video, since) for video in recording.eyes if chosen(f"frame.eye.{video.eye}")
    ]
    return heapq.merge(*voices, key=lambda event: event[:2])


class Frames:
    """The frames of one eye by their numbers, decoded one after the other."""

    def __init__(self, video: EyeVideo) -> None:
        self._video = video
        self._coming: Iterator[Frame] = iter(())
        self._ahead: Frame | None = None
        self._next = -1

    def at(self, number: int) -> Frame | None:
        """Return a frame; None when its picture is damaged."""
        if number != self._next:
            self._coming = self._video.frames(number)
            self._ahead = next(self._coming, None)
        self._next = number + 1
        frame = self._ahead
        if frame is None or frame.index != number:
            return None
        self._ahead = next(self._coming, None)
        return frame


def _data(data: Data, chosen: Chosen, since: float) -> Iterator[Event]:
    rank = _RANKS.get(data.key, _USUAL_RANK)
    time = -np.inf
    for topic, fields in _from(data, since):
        if not chosen(topic) or (
            topic.startswith(NOTIFY) and not tells(topic.removeprefix(NOTIFY))
        ):
            continue
        time = max(time, _said_at(fields))
        if time >= since:
            yield Event(time, rank, topic, fields)


def _from(data: Data, since: float) -> Data:
    """Leave out what was said long before, without looking into it."""
    times = np.nan_to_num(data.timestamps, nan=-np.inf)
    late = np.flatnonzero(times >= since - 1.0)
    return replace(data, records=data.records[late[0] if len(late) else len(times) :])


def _said_at(fields: Fields) -> float:
    """Return when a datum can have been said at the earliest: after all that it is made from."""
    times = [fields.get("timestamp"), *map(_time_of, fields.get("base_data") or ())]
    return max((time for time in times if _is_time(time)), default=-np.inf)


def _time_of(base: Any) -> Any:
    if isinstance(base, dict):
        return base.get("timestamp")
    return base[1] if isinstance(base, list) and len(base) == 2 else None


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and np.isfinite(value)


def _frames(video: EyeVideo, since: float) -> Iterator[Event]:
    topic = f"frame.eye.{video.eye}"
    times = np.maximum.accumulate(video.timestamps)
    for number in range(int(np.searchsorted(times, since)), len(times)):
        yield Event(float(times[number]), 0, topic, {}, number, video.eye)
