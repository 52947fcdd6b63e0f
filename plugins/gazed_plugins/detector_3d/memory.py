"""What is kept of the pupil outlines seen: averages of fixations, spread over the picture."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.detector_3d.optics import Floats

_MOST_AVERAGED, _LEAST_AVERAGED = 20, 3
_LONGEST_GAP = 0.1
_SAME_PLACE = 0.008
_GRID = 16
_KEPT_PER_CELL = 2
_RECENT_SECONDS = 5.0
_HALF_LIFE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, eq=False)
class Observation:
    """The mean of ``count`` outlines (5,) that followed each other; ``timestamp`` of the last."""

    shape: Floats
    count: int
    timestamp: float


class Averager:
    """Averages outlines while the eye rests.

    The noise of one outline biases the eyeball's depth by its square, so ten averaged ones are
    far better than ten single ones. ``width`` is the picture's, in pixels.
    """

    def __init__(self, width: int) -> None:
        self._reach = _SAME_PLACE * width
        self._sum = np.zeros(5)
        self._count = 0
        self._last = -np.inf

    def add(self, shape: Floats, timestamp: float) -> Observation | None:
        """Take one outline; return the average of those before when the eye has moved on."""
        done = None
        if self._count and not self._belongs(shape, timestamp):
            done = self._finished()
        self._sum += shape
        self._count += 1
        self._last = timestamp
        return done

    def _belongs(self, shape: Floats, timestamp: float) -> bool:
        if self._count >= _MOST_AVERAGED or not 0 <= timestamp - self._last <= _LONGEST_GAP:
            return False
        return bool(np.abs(shape - self._sum / self._count).max() < self._reach)

    def _finished(self) -> Observation | None:
        count, mean = self._count, self._sum / self._count
        self._sum, self._count = np.zeros(5), 0
        return Observation(mean, count, self._last) if count >= _LEAST_AVERAGED else None


class Memory:
    """Observations of the last seconds, and older ones spread over the picture.

    One cell of a grid over the picture keeps its two newest: looking long at one place neither
    floods the memory nor outvotes the other directions.
    """

    def __init__(self, width: int, height: int) -> None:
        self._cell = np.array([width, height]) / _GRID
        self._cells: dict[tuple[int, int], deque[Observation]] = {}
        self._recent: deque[Observation] = deque()

    def add(self, observation: Observation) -> None:
        """Remember an observation."""
        x, y = (observation.shape[:2] // self._cell).astype(int).tolist()
        self._cells.setdefault((x, y), deque(maxlen=_KEPT_PER_CELL)).append(observation)
        self._recent.append(observation)
        while observation.timestamp - self._recent[0].timestamp > _RECENT_SECONDS:
            self._recent.popleft()

    def forget_before(self, timestamp: float) -> None:
        """Drop everything older than ``timestamp``."""
        kept = [known for known in self._recent if known.timestamp >= timestamp]
        self._recent.clear()
        self._cells.clear()
        for observation in kept:
            self.add(observation)

    def restamp(self, timestamp: float) -> None:
        """Treat everything as seen at ``timestamp``: the clock was set, or time has passed."""
        self._recent.clear()
        for key, cell in self._cells.items():
            moved = [replace(known, timestamp=timestamp) for known in cell]
            self._cells[key] = deque(moved, maxlen=_KEPT_PER_CELL)

    @property
    def recent(self) -> list[Observation]:
        """The observations of the last seconds, the oldest first."""
        return list(self._recent)

    @property
    def spread(self) -> list[Observation]:
        """The observations that stand for all directions seen."""
        return [known for cell in self._cells.values() for known in cell]


def arrays(observations: Iterable[Observation], now: float) -> tuple[Floats, Floats]:
    """Return shapes (K, 5) and counts (K,) of observations; a minute halves a count."""
    known = list(observations)
    shapes = np.array([observation.shape for observation in known]).reshape(-1, 5)
    ages = np.array([now - observation.timestamp for observation in known])
    counts = np.array([float(observation.count) for observation in known])
    return shapes, counts * 0.5 ** (np.maximum(ages, 0.0) / _HALF_LIFE_SECONDS)
