"""Where a stream pauses for longer than it should."""

from __future__ import annotations

import numpy as np

from gazed_plugins.recordings.stamps import Times

Span = tuple[float, float]

_MANY_INTERVALS = 10.0
_LEAST_SECONDS = 0.1


def gaps(times: Times) -> list[Span]:
    """Return the pauses that are longer than ``longest_pause``, as (from, to)."""
    ordered = np.sort(times[np.isfinite(times)])
    (places,) = np.nonzero(np.diff(ordered) > longest_pause(ordered))
    return [(float(ordered[place]), float(ordered[place + 1])) for place in places]


def longest_pause(times: Times) -> float:
    """Return how far apart neighbours may be: ten usual intervals, at least 0.1 s."""
    if len(times) < 2:
        return _LEAST_SECONDS
    return max(_MANY_INTERVALS * float(np.median(np.diff(times))), _LEAST_SECONDS)
