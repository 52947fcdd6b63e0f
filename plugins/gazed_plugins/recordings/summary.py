"""A recording in a few figures, as ``gazed recordings list`` and ``show`` print them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazed_plugins.recordings.recording import Recording, is_recording, open_recording
from gazed_plugins.recordings.stamps import Times

_DEEPEST = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """Data of one topic, or frames of one eye: how many, times in seconds, mean rate in Hz.

    ``longest_pause`` is the longest time between two of them, in seconds.
    """

    name: str
    count: int
    first: float | None
    last: float | None
    rate: float | None
    longest_pause: float | None


def find_recordings(root: Path) -> Iterator[Path]:
    """Yield the recordings at and below a folder, in the order of their names."""
    yield from _found(root, _DEEPEST)


def _found(folder: Path, levels: int) -> Iterator[Path]:
    try:
        if is_recording(folder):
            yield folder
            return
        inner = sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except PermissionError:
        return
    for entry in inner if levels else ():
        yield from _found(entry, levels - 1)


def streams(recording: Recording) -> list[Stream]:
    """Return a line for each topic and each eye video."""
    found = []
    for key in recording.keys:
        data = recording.data(key)
        parts = [(topic, data.with_topics([topic])) for topic in sorted(data.topics)]
        found += [_stream(topic, part.timestamps) for topic, part in parts]
    return found + [_stream(f"eye{video.eye} video", video.timestamps) for video in recording.eyes]


def _stream(name: str, times: Times) -> Stream:
    known_times = np.sort(times[np.isfinite(times)])
    if not len(known_times):
        return Stream(name, len(times), None, None, None, None)
    pauses = np.diff(known_times)
    first, last = float(known_times[0]), float(known_times[-1])
    return Stream(
        name,
        len(times),
        first,
        last,
        len(pauses) / (last - first) if last > first else None,
        float(pauses.max()) if len(pauses) else None,
    )


def facts(path: Path) -> dict[str, Any]:
    """Return what ``list`` shows of a recording; quick, no data are looked at."""
    recording = open_recording(path)
    info = recording.info
    files = [file for file in path.iterdir() if file.is_file()]
    return {
        "path": str(path),
        "name": info.name,
        "uuid": info.uuid,
        "started": known(info.start_time_system),
        "duration": known(info.duration),
        "software": f"{info.software} {info.version}".strip(),
        "state": recording.manifest.state if recording.manifest else None,
        "keys": list(recording.keys),
        "eyes": [video.eye for video in recording.eyes],
        "bytes": sum(file.stat().st_size for file in files),
    }


def described(recording: Recording) -> dict[str, Any]:
    """Return all of ``show``: the facts, the streams, and what is wrong."""
    return {
        **facts(recording.path),
        "streams": [asdict(stream) for stream in streams(recording)],
        "problems": recording.problems,
    }


def known(value: float) -> float | None:
    """Return a number, None for NaN, as JSON has it."""
    return value if math.isfinite(value) else None
