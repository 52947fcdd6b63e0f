"""How late a smoothed saccade is, tried out on one without noise."""

from __future__ import annotations

import math

from gazed_plugins.gaze_smoothing.one_euro import OneEuro

SMALL_DEG, LARGE_DEG = 2.0, 10.0

_REST, _AFTER = 0.1, 0.5


def delays(min_cutoff: float, speed_gain: float, rate: float) -> dict[str, float]:
    """Return the seconds by which rest, small and large saccades come late."""
    return {
        "rest": 1.0 / (2.0 * math.pi * min_cutoff),
        "small_saccade": saccade_delay(OneEuro(min_cutoff, speed_gain), SMALL_DEG, rate),
        "large_saccade": saccade_delay(OneEuro(min_cutoff, speed_gain), LARGE_DEG, rate),
    }


def saccade_delay(smoother: OneEuro, degrees: float, rate: float) -> float:
    """Return by how many seconds a saccade's middle comes late, at ``rate`` data a second.

    The saccade lasts 2.2 ms a degree and 21 ms (Carpenter 1988) and has minimum jerk.
    """
    length = 0.021 + 0.0022 * degrees
    smoother.begin(-_REST, _ahead(0.0), [0.0])
    before = (-_REST, 0.0)
    for index in range(1, round((_REST + _AFTER) * rate)):
        timestamp = index / rate - _REST
        angle = degrees * _progress(timestamp / length)
        (smoothed,) = smoother.step(timestamp, _ahead(angle), [angle])
        if smoothed >= degrees / 2:
            share = (degrees / 2 - before[1]) / (smoothed - before[1])
            return before[0] + share * (timestamp - before[0]) - length / 2
        before = (timestamp, smoothed)
    return _AFTER


def _ahead(degrees: float) -> tuple[float, float, float]:
    return (math.sin(math.radians(degrees)), 0.0, math.cos(math.radians(degrees)))


def _progress(share: float) -> float:
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 + share * (6.0 * share - 15.0))
