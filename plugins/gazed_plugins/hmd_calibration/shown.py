"""What is known of the references so far: when they were, how far, and which way is up."""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gazed import Point, Pupil

_NEAR_SECONDS = 1 / 15
_METRES = 10.0
_MOST_PAIRS = 60
_FEWEST_PAIRS = 12
# Spread of the targets across their narrow direction, and what the eye must follow of it.
_LEAST_SPREAD = 0.03
_LEAST_EXPLAINED = 0.6


class Pair(NamedTuple):
    """Tangents of a target's direction (x right, y up), and the pupil's place in the picture."""

    target: Point
    pupil: Point


@dataclass(slots=True)
class Shown:
    """The times of all references (``first`` and ``last``, NaN without any), and the 3D targets.

    ``farthest`` is the largest |z| of them in what the client takes for millimetres.
    """

    count: int = 0
    first: float = math.nan
    last: float = math.nan
    farthest: float = 0.0
    _times: array[float] = field(default_factory=lambda: array("d"))
    _tangents: list[Point] = field(default_factory=list)

    def add(self, kind: str, target: Sequence[float]) -> None:
        """Take (eye, timestamp, position) of one reference of a kind."""
        timestamp = target[1]
        self.count += 1
        self.first = timestamp if self.count == 1 else min(self.first, timestamp)
        self.last = timestamp if self.count == 1 else max(self.last, timestamp)
        if kind == "mm_pos":
            x, y, z = target[2:]
            self.farthest = max(self.farthest, abs(z))
            if z > 0.0:
                self._times.append(timestamp)
                self._tangents.append((x / z, y / z))

    @property
    def in_metres(self) -> bool:
        """Whether 3D targets are so near that their unit cannot be the millimetre."""
        return bool(self._times) and self.farthest < _METRES

    def pairs(self, sights: Sights) -> list[Pair]:
        """Return some of the 3D targets, with where the pupil was at that time."""
        step = 1 + len(self._times) // _MOST_PAIRS
        found = []
        for k in range(0, len(self._times), step):
            place = sights.at(self._times[k])
            if place:
                found.append(Pair(self._tangents[k], place))
        return found


class Sights:
    """Where one eye's pupil was in the picture (fractions, y up), by time."""

    def __init__(self) -> None:
        self._times = array("d")
        self._x, self._y = array("d"), array("d")

    def add(self, pupil: Pupil) -> None:
        """Keep a datum; one that is older than the newest is passed over."""
        if not self._times or pupil.timestamp > self._times[-1]:
            self._times.append(pupil.timestamp)
            self._x.append(pupil.norm_pos[0])
            self._y.append(pupil.norm_pos[1])

    def at(self, timestamp: float) -> Point | None:
        """Return the place at this time, None when the eye was not seen then."""
        k = bisect_left(self._times, timestamp)
        near = [i for i in (k - 1, k) if 0 <= i < len(self._times)]
        if not near:
            return None
        best = min(near, key=lambda i: abs(self._times[i] - timestamp))
        if abs(self._times[best] - timestamp) >= _NEAR_SECONDS:
            return None
        return self._x[best], self._y[best]


def mirrored(pairs: Sequence[Pair]) -> bool | None:
    """Tell whether the eye sees the targets mirrored; None when that cannot be known.

    A camera looks the wearer in the face: turned about its axis in whatever way, what is to
    the wearer's right and up is never to the right and up in its picture, so the linear map
    from target to pupil has a negative determinant. It is positive where an axis of the
    targets points the wrong way (or where a mirror is between camera and eye).
    """
    if len(pairs) < _FEWEST_PAIRS:
        return None
    a, b, u, v = (
        _centred(values) for values in zip(*(p.target + p.pupil for p in pairs), strict=True)
    )
    aa, ab, bb = _dot(a, a), _dot(a, b), _dot(b, b)
    spread = aa * bb - ab * ab
    if spread <= (_LEAST_SPREAD**2 * len(pairs)) * max(aa, bb):
        return None
    maps = [_regressed(a, b, w, aa, ab, bb, spread) for w in (u, v)]
    if not all(explained >= _LEAST_EXPLAINED for _, _, explained in maps):
        return None
    (ua, ub, _), (va, vb, _) = maps
    return ua * vb - ub * va > 0.0


def _regressed(
    a: Sequence[float],
    b: Sequence[float],
    w: Sequence[float],
    aa: float,
    ab: float,
    bb: float,
    spread: float,
) -> tuple[float, float, float]:
    """Return the slopes of w over a and b, and the share of its variance they explain."""
    aw, bw, ww = _dot(a, w), _dot(b, w), _dot(w, w)
    along_a = (aw * bb - bw * ab) / spread
    along_b = (bw * aa - aw * ab) / spread
    return along_a, along_b, (along_a * aw + along_b * bw) / ww if ww else 0.0


def _centred(values: Sequence[float]) -> list[float]:
    mean = sum(values) / len(values)
    return [value - mean for value in values]


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(map(float.__mul__, one, other))
