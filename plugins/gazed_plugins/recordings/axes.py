"""Round numbers along the edges of a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.bench.canvas import Axis
from gazed_plugins.recordings.curves import Values

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400)
_MOST_MARKS = 14
_MINUTES_FROM = 300.0
_FEW_MARKS = 6
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """``seconds`` from the start on an axis whose unit is ``scale`` seconds."""

    seconds: float
    scale: float
    axis: Axis


def time_axis(seconds: float) -> TimeAxis:
    """Return an axis from 0 to ``seconds``, in minutes when they are many."""
    long = seconds > _MINUTES_FROM
    scale, unit = (60.0, "minutes") if long else (1.0, "seconds")
    step = next((step for step in _STEPS if seconds / step <= _MOST_MARKS), seconds / _MOST_MARKS)
    marks = np.arange(0.0, seconds + step * 1e-6, step) / scale
    axis = Axis(
        0.0, seconds / scale, tuple(np.round(marks, _DIGITS).tolist()), f"{unit} from the start"
    )
    return TimeAxis(seconds, scale, axis)


def value_axis(values: Sequence[Values]) -> Axis:
    """Return an axis that shows all but the outermost 0.5 % of the values at either end."""
    finite = [part[np.isfinite(part)] for part in values]
    joined = np.concatenate(finite) if finite else np.empty(0)
    low, high = np.percentile(joined, (0.5, 99.5)) if len(joined) else (0.0, 1.0)
    step = _round_step((high - low) or abs(high) or 1.0)
    first = np.floor(low / step)
    last = max(np.ceil(high / step), first + 1)
    marks = np.round(np.arange(first, last + 1) * step, _DIGITS).tolist()
    return Axis(marks[0], marks[-1], tuple(marks))


def _round_step(span: float) -> float:
    """Return 1, 2 or 5 times a power of ten, a few of which make the span."""
    least = span / _FEW_MARKS
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least))
