"""The last moments of gaze, as long as they lie within some degrees of each other."""

from __future__ import annotations

import math
from bisect import bisect_right

from gazed import Gaze
from gazed_plugins.gaze.lines import Vector, dot

_FEWEST = 3


class Window:
    """Gaze of the last ``min_duration`` seconds whose directions are pairwise close.

    A pair that is ``max_dispersion`` degrees apart, or more, ends all that came up to its
    earlier half: no window with both is a fixation. What is left is therefore always close,
    and each datum is compared once with those around it, not with all pairs anew.
    """

    def __init__(self, min_duration: float, max_dispersion: float) -> None:
        self._min_duration = min_duration
        self._limit = math.cos(math.radians(max_dispersion))
        self._times: list[float] = []
        self._directions: list[Vector] = []
        # The smallest cosine between each direction and a later one.
        self._least: list[float] = []
        self._ended = -math.inf
        self.gaze: list[Gaze] = []

    @property
    def newest(self) -> float:
        """The latest timestamp; minus infinity when there is none."""
        return self._times[-1] if self._times else -math.inf

    @property
    def duration(self) -> float:
        """Seconds from the first datum to the last."""
        return self._times[-1] - self._times[0] if self._times else 0.0

    @property
    def fixation(self) -> bool:
        """Whether these are more than two data over at least the shortest duration."""
        return len(self._times) >= _FEWEST and self.duration >= self._min_duration

    @property
    def dispersion(self) -> float:
        """The largest angle between two directions, in degrees."""
        return math.degrees(math.acos(min(1.0, max(-1.0, min(self._least, default=1.0)))))

    def add(self, gaze: Gaze, direction: Vector) -> None:
        """Take in a datum and its unit vector; data may come late, in any order.

        After a pause longer than the shortest duration, and when time runs backwards by more
        than that, all begins anew.
        """
        if abs(gaze.timestamp - self.newest) > self._min_duration:
            self._end(len(self._times), -math.inf)
        if gaze.timestamp < self._ended:
            return
        place = bisect_right(self._times, gaze.timestamp)
        least = self._compare_with_later(place, direction)
        if least <= self._limit:
            self._end(place, gaze.timestamp)
            return
        far = self._compare_with_earlier(place, direction)
        if far:
            self._end(far, self._times[far - 1])
        self._insert(place - far, gaze, direction, least)
        self._forget_old()

    def _insert(self, place: int, gaze: Gaze, direction: Vector, least: float) -> None:
        self._times.insert(place, gaze.timestamp)
        self._directions.insert(place, direction)
        self._least.insert(place, least)
        self.gaze.insert(place, gaze)

    def _compare_with_later(self, place: int, direction: Vector) -> float:
        later = self._directions[place:]
        return min((dot(direction, other) for other in later), default=1.0)

    def _compare_with_earlier(self, place: int, direction: Vector) -> int:
        """Note how close earlier data are; return how many of them are up to one too far."""
        x, y, z = direction
        directions, least = self._directions, self._least
        for index in range(place - 1, -1, -1):
            a, b, c = directions[index]
            cosine = a * x + b * y + c * z
            if cosine <= self._limit:
                return index + 1
            if cosine < least[index]:  # noqa: PLR1730  (a call costs as much as all the rest)
                least[index] = cosine
        return 0

    def _forget_old(self) -> None:
        # One that is older stays: only then do the others span the whole duration.
        oldest = self._times[-1] - self._min_duration
        count = 0
        while count + 1 < len(self._times) and self._times[count + 1] < oldest:
            count += 1
        if count:
            self._forget(count)

    def _end(self, count: int, timestamp: float) -> None:
        """Forget the first data, and those up to a time that are yet to come."""
        self._ended = timestamp
        self._forget(count)

    def _forget(self, count: int) -> None:
        for column in (self._times, self._directions, self._least, self.gaze):
            del column[:count]
