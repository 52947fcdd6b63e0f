"""The one-euro filter for directions: smooth while the eye rests, quick while it moves."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gazed_plugins.gaze.lines import Vector

_SPEED_CUTOFF = 20.0


class OneEuro:
    """A low-pass whose cutoff rises with the speed of the gaze (Casiez, Roussel, Vogel 2012).

    The cutoff is ``min_cutoff`` Hz at rest and grows by ``speed_gain`` Hz for each degree a
    second. All values of a datum share it, so that what belongs together stays together.
    ``delay`` is by how many seconds the last values lag behind while they change steadily.
    """

    def __init__(self, min_cutoff: float, speed_gain: float) -> None:
        self._min_cutoff = min_cutoff
        self._speed_gain = speed_gain
        self._timestamp = -math.inf
        self._aim: Vector = (0.0, 0.0, 0.0)
        self._turn = [0.0, 0.0, 0.0]
        self._values: list[float] = []
        self.delay = 0.0

    def since(self, timestamp: float) -> float:
        """Return the seconds since the last datum; infinite when there was none."""
        return timestamp - self._timestamp

    def fits(self, values: Sequence[float]) -> bool:
        """Tell whether these are as many values as the last ones."""
        return len(values) == len(self._values)

    def begin(self, timestamp: float, aim: Vector, values: Sequence[float]) -> None:
        """Forget the past; start from these values."""
        self._timestamp, self._aim = timestamp, aim
        self._turn = [0.0, 0.0, 0.0]
        self._values = list(values)
        self.delay = 0.0

    def step(self, timestamp: float, aim: Vector, values: Sequence[float]) -> list[float]:
        """Return the smoothed values of a datum; ``aim`` is the unit vector of its gaze.

        The datum must be later than the one before, and have as many values.
        """
        seconds = timestamp - self._timestamp
        cutoff = self._min_cutoff + self._speed_gain * self._speed(aim, seconds)
        share = _share(cutoff, seconds)
        self._values = [
            old + share * (new - old) for old, new in zip(self._values, values, strict=True)
        ]
        self._timestamp, self._aim = timestamp, aim
        self.delay = seconds * (1.0 - share) / share
        return self._values

    def _speed(self, aim: Vector, seconds: float) -> float:
        share = _share(_SPEED_CUTOFF, seconds)
        for axis in range(3):
            turn = (aim[axis] - self._aim[axis]) / seconds
            self._turn[axis] += share * (turn - self._turn[axis])
        return math.degrees(math.hypot(*self._turn))


def _share(cutoff: float, seconds: float) -> float:
    """Return the weight of a new value in a first-order low-pass."""
    return 1.0 / (1.0 + 1.0 / (2.0 * math.pi * cutoff * seconds))
