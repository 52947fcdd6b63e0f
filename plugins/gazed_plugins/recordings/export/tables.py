"""The tables of a recording, and what an export says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np

from gazed import __version__
from gazed_plugins.recordings.recording import Recording
from gazed_plugins.recordings.table import Table, table_of
from gazed_plugins.recordings.world import world_timestamps


def tables(recording: Recording) -> list[Table]:
    """Return a table for each key that holds data."""
    return [table_of(recording.data(key)) for key in recording.keys if len(recording.data(key))]


def export_info(recording: Recording) -> Iterator[tuple[str, str]]:
    """Yield the rows of ``export_info.csv``, below the names that Pupil Player gives them."""
    now = datetime.now()
    info = recording.info
    duration = info.duration if np.isfinite(info.duration) else 0.0
    start = info.start_time_synced if np.isfinite(info.start_time_synced) else 0.0
    frames = len(world_timestamps(recording.path))
    yield "key", "value"
    yield "Player Software Version", f"gazed {__version__}"
    yield "Data Format Version", info.meta_version
    yield "Export Date", f"{now:%d.%m.%Y}"
    yield "Export Time", f"{now:%H:%M:%S}"
    yield "Frame Index Range:", f"0 - {max(frames - 1, 0)}"
    yield "Relative Time Range", f"{_clock(0.0)} - {_clock(duration)}"
    yield "Absolute Time Range", f"{start} - {start + duration}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60.0)
    return f"{int(minutes):02}:{rest:06.3f}"
