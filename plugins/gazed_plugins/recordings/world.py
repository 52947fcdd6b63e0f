"""The numbers of world frames that tables refer to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.recordings.info import read_info
from gazed_plugins.recordings.problems import Problems
from gazed_plugins.recordings.stamps import Times, read_stamps

_RATE = 30.0
_AFTER_END = 3.0


def world_timestamps(folder: Path) -> Times:
    """Return the times of the world video's frames, in seconds.

    Without a world video they are those of the timeline that Pupil Player makes up: 30 a
    second from the start to 3 s after the end (spec: recording 5.3).
    """
    aside = Problems()
    files = sorted(folder.glob("world*_timestamps.npy"))
    times = [read for file in files if (read := read_stamps(file, aside)) is not None]
    if any(len(part) for part in times):
        return np.concatenate(times)
    info = read_info(folder, aside)
    if not np.isfinite(info.start_time_synced + info.duration):
        return np.empty(0)
    end = info.start_time_synced + info.duration + _AFTER_END
    return np.arange(info.start_time_synced, end, 1.0 / _RATE)


def nearest(times: Times, world: Times) -> NDArray[np.int64]:
    """Return for each time the number of the world frame nearest to it; -1 for none."""
    if not len(world):
        return np.full(len(times), -1)
    right = np.clip(np.searchsorted(world, times), min(1, len(world) - 1), len(world) - 1)
    left = np.maximum(right - 1, 0)
    found = np.where(times - world[left] < world[right] - times, left, right)
    return np.where(np.isfinite(times), found, -1)
