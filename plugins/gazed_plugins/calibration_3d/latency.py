"""How long after a target is shown the eye looks at it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.timeline import Timeline
from gazed_plugins.calibration_3d.vectors import Floats, degrees_between, unit

_LAGS = np.arange(0.0, 0.405, 0.01)
_FAR_DEG = 3.0
_MOST_DATA = 1500
_AS_GOOD, _LEAST_COST = 1.25, 0.01


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from target to eye: the best guess, and from where to where all are as good.

    Targets shown with pauses in between leave room: during a pause nobody knows.
    """

    seconds: float
    least: float
    most: float


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One eye's data, and how it looks into the service's frame: rotation (3, 3), position (3,)."""

    data: EyeData
    rotation: Floats
    position: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Thinned:
    times: Floats
    turned: Floats
    wanted: Floats


def estimate_latency(sights: Sequence[Sight], shown: Timeline) -> Latency:
    """Return the lag between 0 and 0.4 s with which the eyes follow the targets best.

    The cost of a lag is the mean squared angle between eye and target, each at most three
    degrees: data from before the saccade are far from their target when the lag is wrong.
    """
    thinned = [_thinned(sight, shown) for sight in sights]
    costs = np.array([_cost(thinned, shown, float(lag)) for lag in _LAGS])
    best = int(np.argmin(costs))
    good = costs <= _AS_GOOD * costs[best] + _LEAST_COST
    worse_before = np.nonzero(~good[:best])[0]
    worse_after = np.nonzero(~good[best:])[0]
    low = int(worse_before[-1]) + 1 if len(worse_before) else 0
    high = best + int(worse_after[0]) - 1 if len(worse_after) else len(_LAGS) - 1
    least, most = float(_LAGS[low]), float(_LAGS[high])
    return Latency((least + most) / 2, least, most)


def _cost(thinned: Sequence[_Thinned], shown: Timeline, lag: float) -> float:
    total, count = 0.0, 0
    for one in thinned:
        targets = shown.targets_at(one.times - lag)
        seen = targets >= 0
        away = degrees_between(one.turned[seen], one.wanted[targets[seen]])
        total += float((np.minimum(away, _FAR_DEG) ** 2).sum())
        count += len(away)
    return total / count if count else _FAR_DEG**2


def _thinned(sight: Sight, shown: Timeline) -> _Thinned:
    data, every = sight.data, max(1, len(sight.data) // _MOST_DATA)
    wanted = unit(shown.means - sight.position)
    return _Thinned(data.times[::every], data.normals[::every] @ sight.rotation.T, wanted)
