"""Recorded data as tables: one for each key, with the columns of Pupil Player's exports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from gazed import Fields
from gazed_plugins.recordings.columns import GAZE, PUPIL, Group, Kind
from gazed_plugins.recordings.events import blinks, fixations
from gazed_plugins.recordings.stamps import Times
from gazed_plugins.recordings.world import nearest, world_timestamps

if TYPE_CHECKING:
    from gazed_plugins.recordings.data import Data

Row = Sequence[Any]

_ROWS_AT_ONCE = 20_000
_FIRST_OF_ANNOTATION = ("timestamp", "label", "duration")
_BLINK: dict[str, Kind] = {
    "id": "int",
    "start_timestamp": "float",
    "duration": "float",
    "end_timestamp": "float",
    "start_frame_index": "int",
    "index": "int",
    "end_frame_index": "int",
    "confidence": "float",
    "filter_response": "text",
    "base_data": "text",
}
_FIXATION: dict[str, Kind] = {
    "id": "int",
    "start_timestamp": "float",
    "duration": "float",
    "start_frame_index": "int",
    "end_frame_index": "int",
    "norm_pos_x": "float",
    "norm_pos_y": "float",
    "dispersion": "float",
    "confidence": "float",
    "method": "text",
    "gaze_point_3d_x": "float",
    "gaze_point_3d_y": "float",
    "gaze_point_3d_z": "float",
    "base_data": "text",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A file name without ending, the kind of each column, and the rows, made one at a time."""

    name: str
    kinds: dict[str, Kind]
    rows: Callable[[], Iterator[Row]]

    def pieces(self) -> Iterator[list[Sequence[Any]]]:
        """Yield some rows at a time, as a sequence of values for each column."""
        rows = self.rows()
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            yield list(zip(*some, strict=True))


def table_of(data: Data) -> Table:
    """Return the table of a key; keys that Player does not export get their fields as JSON."""
    world = world_timestamps(data.index.path.parent)
    if data.key == "pupil":
        return _positions("pupil", PUPIL, data, world)
    if data.key == "gaze":
        return _positions("gaze", GAZE, data, world)
    if data.key == "blinks":
        return Table("blinks", _BLINK, lambda: _blink_rows(data, world))
    if data.key == "fixations":
        return Table("fixations", _FIXATION, lambda: _fixation_rows(data, world))
    if data.key == "annotation":
        return _annotations(data, world)
    kinds: dict[str, Kind] = {"timestamp": "float", "topic": "text", "data": "text"}
    return Table(data.key, kinds, lambda: _plain_rows(data))


def _positions(key: str, groups: Iterable[Group], data: Data, world: Times) -> Table:
    kinds: dict[str, Kind] = {f"{key}_timestamp": "float", "world_index": "int"}
    for group in groups:
        kinds |= dict.fromkeys(group.names, group.kind)

    def rows() -> Iterator[Row]:
        numbers = nearest(data.timestamps, world).tolist()
        for number, (_, fields) in zip(numbers, data.each(), strict=True):
            if fields is not None:
                row = [fields.get("timestamp"), number]
                for group in groups:
                    row += group.read(fields)
                yield row

    return Table(f"{key}_positions", kinds, rows)


def _blink_rows(data: Data, world: Times) -> Iterator[Row]:
    for number, blink in enumerate(blinks(_fields(data)), 1):
        moments = (blink.start, (blink.start + blink.end) / 2, blink.end)
        yield (
            number,
            blink.start,
            blink.end - blink.start,
            blink.end,
            *_frames(moments, world),
            blink.confidence,
            _joined(blink.responses),
            _joined(blink.moments),
        )


def _fixation_rows(data: Data, world: Times) -> Iterator[Row]:
    for fixation in fixations(_fields(data)):
        yield (
            fixation.id,
            fixation.start,
            (fixation.end - fixation.start) * 1000.0,
            *_frames((fixation.start, fixation.end), world),
            *(fixation.norm_pos or (None, None)),
            fixation.dispersion,
            fixation.confidence,
            fixation.method,
            *(fixation.gaze_point_3d or (None, None, None)),
            _joined(fixation.moments),
        )


def _annotations(data: Data, world: Times) -> Table:
    others = sorted({key for fields in _fields(data) for key in fields} - {*_FIRST_OF_ANNOTATION})
    kinds: dict[str, Kind] = {
        "index": "int",
        "timestamp": "float",
        "label": "text",
        "duration": "float",
        **dict.fromkeys((name for name in others if name != "index"), "text"),
    }
    names = list(kinds)[4:]

    def rows() -> Iterator[Row]:
        for fields in _fields(data):
            first = [fields.get(name) for name in _FIRST_OF_ANNOTATION]
            rest = [None if (value := fields.get(name)) is None else str(value) for name in names]
            yield [*_frames(first[:1], world), *first, *rest]

    return Table("annotations", kinds, rows)


def _plain_rows(data: Data) -> Iterator[Row]:
    for topic, fields in data:
        yield fields.get("timestamp"), topic, json.dumps(fields, default=repr, sort_keys=True)


def _fields(data: Data) -> Iterator[Fields]:
    return (fields for _, fields in data)


def _frames(moments: Sequence[Any], world: Times) -> list[int]:
    times = [at if isinstance(at, int | float) else np.nan for at in moments]
    found: list[int] = nearest(np.array(times, np.float64), world).tolist()
    return found


def _joined(values: Iterable[float]) -> str:
    return " ".join(map(str, values))
