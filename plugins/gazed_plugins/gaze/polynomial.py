"""The polynomials that turn an eye's norm_pos into a place in the viewport, in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from operator import mul

from gazed import Point

Terms = Callable[[float, float], tuple[float, ...]]

GAZER_2D_TERMS = 6
HMD_2D_TERMS = 7
_FARTHEST = 100.0


def gazer_2d_terms(x: float, y: float) -> tuple[float, ...]:
    """Return the features of one eye at (x, y) in Gazer2D's order (spec: calibration 6)."""
    return (x, y, x * y, x * x, y * y, x * x * y * y)


def hmd_2d_terms(x: float, y: float) -> tuple[float, ...]:
    """Return the features of one eye at (x, y) in the HMD mapper's order (spec: calibration 10)."""
    return (x, y, x * x, y * y, x * y, x * x * y * y, 1.0)


def weighted(terms: Sequence[float], weights: Sequence[float]) -> float:
    """Return the sum of ``terms`` times ``weights``."""
    total: float = sum(map(mul, terms, weights))
    return total


def place(x: float, y: float) -> Point | None:
    """Return (x, y) with each clamped to -100..100, or None when one is not a finite number."""
    if not (math.isfinite(x) and math.isfinite(y)):
        return None
    return (_clamped(x), _clamped(y))


def _clamped(value: float) -> float:
    return min(max(value, -_FARTHEST), _FARTHEST)
