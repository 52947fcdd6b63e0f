"""How fast a calibration drifts, from the corrections it has needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from gazed import Fields


class Need(NamedTuple):
    """How many degrees right and up gaze had to be moved at a time."""

    timestamp: float
    right: float
    up: float


def drift_of(needs: Sequence[Need]) -> Fields | None:
    """Return the drift in degrees a minute, from straight lines through what was needed.

    ``needs`` are in the order of time. None for fewer than two moments.
    """
    if len(needs) < 2 or needs[-1].timestamp <= needs[0].timestamp:
        return None
    minutes = [need.timestamp / 60.0 for need in needs]
    right = _slope(minutes, [need.right for need in needs])
    up = _slope(minutes, [need.up for need in needs])
    return {
        "right": right,
        "up": up,
        "degrees": math.hypot(right, up),
        "seconds": needs[-1].timestamp - needs[0].timestamp,
        "moments": len(needs),
    }


def _slope(at: Sequence[float], values: Sequence[float]) -> float:
    middle, mean = fmean(at), fmean(values)
    above = sum((x - middle) * (y - mean) for x, y in zip(at, values, strict=True))
    return above / sum((x - middle) ** 2 for x in at)
