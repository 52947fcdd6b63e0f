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
_ONE_PLACE = 0.013
_MOST_KNOWN = 40
_GRID = 16
_KEPT_PER_CELL = 4
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

    One cell of a grid over the picture keeps its four newest places: looking long in one
    direction neither floods the memory nor outvotes the others.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width = width
        self._cell = np.array([width, height]) / _GRID
        self._cells: dict[tuple[int, int], list[Observation]] = {}
        self._recent: deque[Observation] = deque()

    def add(self, observation: Observation) -> None:
        """Remember an observation."""
        x, y = (observation.shape[:2] // self._cell).astype(int).tolist()
        cell = places([*self._cells.get((x, y), ()), observation], self._width)
        self._cells[x, y] = cell[-_KEPT_PER_CELL:]
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
            self._cells[key] = [replace(known, timestamp=timestamp) for known in cell]

    @property
    def recent(self) -> list[Observation]:
        """The observations of the last seconds, the oldest first."""
        return list(self._recent)

    @property
    def spread(self) -> list[Observation]:
        """The observations that stand for all directions seen."""
        return [known for cell in self._cells.values() for known in cell]


def places(observations: Iterable[Observation], width: int) -> list[Observation]:
    """Return one mean for each place in a picture of ``width``, the last one seen at the end.

    What the 2D detector gets wrong, it gets wrong again where the pupil has hardly moved: many
    observations of one place are worth no more than their mean.
    """
    result: list[Observation] = []
    for seen in observations:
        same = (index for index, known in enumerate(result) if _is_near(known, seen, width))
        index = next(same, None)
        result.append(seen if index is None else _mean(result.pop(index), seen))
    return result


def _is_near(one: Observation, other: Observation, width: int) -> bool:
    apart = np.abs(one.shape[:2] - other.shape[:2])
    return bool(apart.max() < _ONE_PLACE * width)


def _mean(before: Observation, now: Observation) -> Observation:
    # What was seen longest ago is forgotten slowly.
    known = min(before.count, _MOST_KNOWN)
    count = known + now.count
    shape = (known * before.shape + now.count * now.shape) / count
    return Observation(shape, count, now.timestamp)


def arrays(observations: Iterable[Observation], now: float) -> tuple[Floats, Floats]:
    """Return shapes (K, 5) and counts (K,) of observations; a minute halves a count."""
    known = list(observations)
    shapes = np.array([observation.shape for observation in known]).reshape(-1, 5)
    ages = np.array([now - observation.timestamp for observation in known])
    counts = np.array([float(observation.count) for observation in known])
    return shapes, counts * 0.5 ** (np.maximum(ages, 0.0) / _HALF_LIFE_SECONDS)
