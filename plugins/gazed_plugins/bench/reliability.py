"""Whether a confidence means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.bench.outcome import Outcome

BINS = 10
_NEARLY_CERTAIN = 0.9

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Bin:
    """Labelled pupils answered with a confidence from ``low`` to ``high``; None without any.

    ``right`` is the share with the centre within 1 % of the width and the area within 25 %,
    ``near`` the share with the centre so near.
    """

    low: float
    high: float
    count: int
    confidence: float | None
    right: float | None
    near: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Confidence against truth, over labelled pupils.

    ``calibration_error`` is the mean over all answers of |share right - mean confidence| in
    their bin (expected calibration error). ``auc`` is the probability that of a near and a far
    answer the near one is the more confident (near: within 1 % of the width). ``near_at_0_9``
    is the share near among those with a confidence of 0.9 or more.
    """

    bins: tuple[Bin, ...]
    calibration_error: float | None
    auc: float | None
    near_at_0_9: float | None


def reliability(pupils: Sequence[Outcome]) -> Reliability:
    """Return what the confidences of these answers were worth."""
    confidence = np.array([outcome.confidence for outcome in pupils], dtype=np.float64)
    right = np.array([outcome.right for outcome in pupils], dtype=np.bool_)
    near = np.array([outcome.near for outcome in pupils], dtype=np.bool_)
    places = np.minimum((confidence * BINS).astype(int), BINS - 1)
    bins = tuple(_bin(index, places == index, confidence, right, near) for index in range(BINS))
    return Reliability(
        bins, _calibration_error(bins), auc(confidence, near), _share(near, confidence)
    )


def auc(confidence: Floats, near: Bools) -> float | None:
    """Return the area under the ROC curve, ties counted half; None unless there are both kinds.

    By the rank sum of Mann and Whitney.
    """
    good, bad = int(near.sum()), int((~near).sum())
    if not good or not bad:
        return None
    _, place, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    above = ranks[place.ravel()][near].sum() - good * (good + 1) / 2
    return float(above / (good * bad))


def _bin(index: int, here: Bools, confidence: Floats, right: Bools, near: Bools) -> Bin:
    low, high, count = index / BINS, (index + 1) / BINS, int(here.sum())
    if not count:
        return Bin(low, high, 0, None, None, None)
    means = (float(values[here].mean()) for values in (confidence, right, near))
    return Bin(low, high, count, *means)


def _calibration_error(bins: Sequence[Bin]) -> float | None:
    total = sum(entry.count for entry in bins)
    if not total:
        return None
    gaps = (
        entry.count * abs(entry.right - entry.confidence)
        for entry in bins
        if entry.right is not None and entry.confidence is not None
    )
    return sum(gaps) / total


def _share(near: Bools, confidence: Floats) -> float | None:
    certain = near[confidence >= _NEARLY_CERTAIN]
    return float(certain.mean()) if certain.size else None
