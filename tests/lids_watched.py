"""A simulated eye as the lid model sees it, with the truth beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from gazed import Frame, Pupil
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.eyelids import LidModel, cell_at, view_of
from gazed_plugins.simulated_headset import Truth
from gazed_plugins.simulated_headset.direction import Direction, point_at
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

RATE = 80.0


@dataclass(frozen=True)
class Watched:
    """Arrays (n,): seconds, openness (NaN before the first blink), likeness, true openness."""

    times: np.ndarray
    openness: np.ndarray
    likeness: np.ndarray
    truth: np.ndarray
    closings: int

    @property
    def known(self) -> np.ndarray:
        """Where there is an openness."""
        return ~np.isnan(self.openness)


def seen(
    level: Level, seconds: float, seed: int = 300, eye: int = 0, down_deg: float | None = None
) -> Iterator[tuple[Frame, Pupil, Truth]]:
    """Yield frames with the detector's datum, and the truth relative to the usual opening.

    The wearer views freely and, where ``down_deg`` is given, looks that far down in the second
    half of every two seconds.
    """
    look, detector = LOOKS[level], PupilDetector()
    renderer = Renderer(eye, 192, look, seed)
    wearer = Wearer(seed, blinks_per_minute=look.blinks_per_minute, opening=look.opening)
    for index in range(round(seconds * RATE)):
        now = index / RATE
        if down_deg is not None and now.is_integer():
            low = point_at(Direction(0.0, -down_deg, 0.001))
            wearer.look_at(low if now % 2 else None, now)
        state = wearer.state(eye, now)
        frame, truth = renderer.frame(state, index, now), renderer.truth(state)
        pupil = Pupil.found(frame, *detector.detect(frame.gray))
        yield frame, pupil, replace(truth, opening=truth.opening / look.opening)


@lru_cache(maxsize=4)
def watch(level: Level, seconds: float = 14.0, seed: int = 300, eye: int = 0) -> Watched:
    """Return what a lid model says while it learns."""
    model, rows = LidModel(), []
    for frame, pupil, truth in seen(level, seconds, seed, eye):
        view = view_of(frame.gray)
        reading = model.read(view)
        said = (reading.openness, reading.likeness) if reading else (np.nan, np.nan)
        rows.append((frame.timestamp, *said, truth.opening))
        model.learn(view, frame.timestamp, pupil.confidence, cell_at(pupil.norm_pos))
    return Watched(*np.array(rows).T, model.closings)
