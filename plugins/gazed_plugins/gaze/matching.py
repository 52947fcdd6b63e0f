"""Which pupil data of the two eyes, and which references, belong together."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from typing import Literal, Protocol

from gazed import Pupil

Match = tuple[Pupil, ...]
Matching = Literal["latest", "pupil-2"]

MATCH_SECONDS = 1 / 15
_GOOD_CONFIDENCE = 0.6
_FIRST_INTERVAL = 1 / 120
_SMOOTHING = 50
_LONGEST_QUEUE = 10
_PAUSE_SECONDS = 0.5


class Matcher(Protocol):
    """Pairs the eyes' data while they arrive."""

    def add(self, pupil: Pupil) -> Match | None:
        """Take one datum; return what is ready: (eye 0, eye 1), one eye's datum, or None."""


class LatestMatcher:
    """Release each datum at once, with the other eye's newest one if that is near in time.

    Near means closer than two frame intervals of the slower eye. Data with a confidence
    below 0.6 stay alone, as in ``StreamingMatcher``.
    """

    def __init__(self) -> None:
        self._newest: dict[int, Pupil] = {}
        self._intervals = [_FIRST_INTERVAL, _FIRST_INTERVAL]

    def add(self, pupil: Pupil) -> Match:
        """Take one datum and return it, paired when possible."""
        self._learn_interval(pupil)
        self._newest[pupil.eye] = pupil
        other = self._newest.get(1 - pupil.eye)
        if other is None or not self._belong_together(pupil, other):
            return (pupil,)
        return (pupil, other) if pupil.eye == 0 else (other, pupil)

    def _learn_interval(self, pupil: Pupil) -> None:
        before = self._newest.get(pupil.eye)
        gap = pupil.timestamp - before.timestamp if before else 0.0
        if 0.0 < gap < _PAUSE_SECONDS:
            self._intervals[pupil.eye] += (gap - self._intervals[pupil.eye]) / _SMOOTHING

    def _belong_together(self, one: Pupil, other: Pupil) -> bool:
        sure = min(one.confidence, other.confidence) >= _GOOD_CONFIDENCE
        return sure and abs(one.timestamp - other.timestamp) < 2 * max(self._intervals)


class StreamingMatcher:
    """Pupil Capture's matcher: one queue an eye, at most one release a datum.

    With both eyes good, every datum after the first releases a pair; with one eye only,
    output lags by ten data (spec: calibration 3).
    """

    def __init__(self) -> None:
        self._queues: tuple[deque[Pupil], deque[Pupil]] = (deque(), deque())
        self._interval = _FIRST_INTERVAL

    def add(self, pupil: Pupil) -> Match | None:
        """Take one datum; return the match it releases, or None."""
        self._queues[pupil.eye].append(pupil)
        self._learn_interval()
        return self._unsure() or self._pair() or self._overdue()

    def _learn_interval(self) -> None:
        raw = [_mean_interval(queue) for queue in self._queues if len(queue) >= 2]
        if raw:
            self._interval += (max(raw) - self._interval) / _SMOOTHING

    def _unsure(self) -> Match | None:
        for queue in self._queues:
            if queue and queue[0].confidence < _GOOD_CONFIDENCE:
                return (queue.popleft(),)
        return None

    def _pair(self) -> Match | None:
        right, left = self._queues
        if not (right and left):
            return None
        pair = (right[0], left[0])
        older = right if right[0].timestamp < left[0].timestamp else left
        popped = older.popleft()
        near = abs(pair[0].timestamp - pair[1].timestamp) < 2 * self._interval
        return pair if near else (popped,)

    def _overdue(self) -> Match | None:
        for queue in self._queues:
            if len(queue) > _LONGEST_QUEUE:
                return (queue.popleft(),)
        return None


def matcher(matching: Matching) -> Matcher:
    """Return a fresh matcher of the named kind."""
    return LatestMatcher() if matching == "latest" else StreamingMatcher()


def nearest(times: Sequence[float], timestamp: float) -> int:
    """Return the index of the entry of ``times`` nearest to ``timestamp``, the later of two.

    ``times`` is sorted and not empty.
    """
    later = bisect_left(times, timestamp)
    if later == len(times):
        return later - 1
    if later == 0 or times[later] - timestamp <= timestamp - times[later - 1]:
        return later
    return later - 1


def match_one_eye(times: Sequence[float], references: Sequence[float]) -> list[tuple[int, int]]:
    """Return (index in ``times``, index in ``references``) of what is less than 1/15 s apart.

    Each reference has at most one partner, the nearest; ``times`` is sorted
    (spec: calibration 4, monocular).
    """
    if not times:
        return []
    candidates = [(nearest(times, timestamp), k) for k, timestamp in enumerate(references)]
    return [(i, k) for i, k in candidates if abs(times[i] - references[k]) < MATCH_SECONDS]


def match_both_eyes(
    right: Sequence[float], left: Sequence[float], references: Sequence[float]
) -> list[tuple[int, int, int]]:
    """Return (index in ``right``, in ``left``, in ``references``) where all three are near.

    Near means that the first and the last of the three times are less than 1/15 s apart
    (spec: calibration 4, binocular).
    """
    if not (right and left):
        return []
    matches = []
    for k, timestamp in enumerate(references):
        i, j = nearest(right, timestamp), nearest(left, timestamp)
        times = (right[i], left[j], timestamp)
        if max(times) - min(times) < MATCH_SECONDS:
            matches.append((i, j, k))
    return matches


def _mean_interval(queue: deque[Pupil]) -> float:
    return (queue[-1].timestamp - queue[0].timestamp) / (len(queue) - 1)
