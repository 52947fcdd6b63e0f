"""As many points of a curve as a picture can show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from gazed import Point
from gazed_plugins.recordings.curves import Values
from gazed_plugins.recordings.gaps import longest_pause
from gazed_plugins.recordings.stamps import Times


@dataclass(frozen=True, slots=True, eq=False)
class Thinned:
    """Medians of values that fall into the same bin, and between what 90 % of them are."""

    times: Times
    middle: Values
    low: Values
    high: Values
    longest_pause: float


def thinned(times: Times, values: Values, seconds: float, bins: int) -> Thinned:
    """Return one point for each bin of time that holds a value; ``times`` must be sorted."""
    there = np.isfinite(values)
    width = seconds / bins
    pause = max(longest_pause(times), 2.0 * width)
    times, values = times[there], values[there]
    edges = np.searchsorted(times, np.arange(bins + 1) * width)
    edges[-1] = len(times)
    parts = [slice(a, b) for a, b in pairwise(edges) if b > a]
    spread = [np.percentile(values[part], (5, 50, 95)) for part in parts]
    low, middle, high = np.array(spread, np.float64).reshape(-1, 3).T
    return Thinned(np.array([times[part].mean() for part in parts]), middle, low, high, pause)


def pieces(points: Thinned) -> Iterator[list[Point]]:
    """Yield the points between two pauses, to be joined by a line."""
    breaks = np.nonzero(np.diff(points.times) > points.longest_pause)[0] + 1
    pairs = np.column_stack([points.times, points.middle])
    for part in np.split(pairs, breaks):
        if len(part):
            yield [(float(at), float(value)) for at, value in part]
