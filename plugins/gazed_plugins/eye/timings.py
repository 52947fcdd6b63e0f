"""How long each stage of the pipeline took, over the last frames."""

from __future__ import annotations

from collections import deque
from itertools import pairwise
from time import perf_counter
from typing import Any

import numpy as np

from gazed import Frame

_WINDOW = 1000
_PERCENTILES = {"median": 50, "p95": 95, "p99": 99}

# A stage, or ("detect", tag); and when it ended.
_Mark = tuple[Any, float]


class Timings:
    """Notes when the stages of each frame ended; works out figures only when asked.

    ``capture`` is from the camera's timestamp until the picture had come in, ``wait`` from
    there until the pipeline took it up, without ``decode``, which is the source's own figure.
    Then come the laps of the pipeline, and ``total``: from taking up to the end.
    """

    def __init__(self) -> None:
        self._frames: deque[tuple[float, float, float, float]] = deque(maxlen=_WINDOW)
        self._laps: deque[list[_Mark]] = deque(maxlen=_WINDOW)
        self._marks: list[_Mark] = []

    def begin(self, frame: Frame, now: float) -> None:
        """Start a frame that was taken up at ``now`` on the shared clock."""
        self._frames.append((frame.timestamp, frame.received, frame.decode_seconds, now))
        self._marks = [("", perf_counter())]
        self._laps.append(self._marks)

    def lap(self, stage: str) -> None:
        """Give the time since the last call to a stage."""
        self._marks.append((stage, perf_counter()))

    def detected(self, tag: str) -> None:
        """Give the time since the last call to a detector."""
        self._marks.append((("detect", tag), perf_counter()))

    def report(self) -> dict[str, Any]:
        """Return the fields of ``eye_process.report``: median and percentiles a stage in ms."""
        values: dict[Any, list[float]] = {}
        for frame, marks in zip(self._frames, self._laps, strict=True):
            for stage, seconds in {**_before(frame), **_stages(marks)}.items():
                values.setdefault(stage, []).append(1000.0 * seconds)
        figures = {stage: _figures(found) for stage, found in values.items()}
        return {
            "frames": len(self._frames),
            "seconds": self._laps[-1][0][1] - self._laps[0][0][1] if self._laps else 0.0,
            "detect_ms": {key[1]: value for key, value in figures.items() if _is_detector(key)},
            **{f"{key}_ms": value for key, value in figures.items() if not _is_detector(key)},
        }


def _before(frame: tuple[float, float, float, float]) -> dict[Any, float]:
    timestamp, received, decode, now = frame
    return {"capture": received - timestamp, "wait": now - received - decode, "decode": decode}


def _stages(marks: list[_Mark]) -> dict[Any, float]:
    stages: dict[Any, float] = {"total": marks[-1][1] - marks[0][1]}
    for (_, began), (stage, ended) in pairwise(marks):
        stages[stage] = stages.get(stage, 0.0) + ended - began
    return stages


def _is_detector(stage: Any) -> bool:
    return isinstance(stage, tuple)


def _figures(values: list[float]) -> dict[str, float]:
    percentiles = np.percentile(values, list(_PERCENTILES.values()))
    return dict(zip(_PERCENTILES, map(float, percentiles), strict=True))
