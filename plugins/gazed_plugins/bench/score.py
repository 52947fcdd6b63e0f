"""Figures of one detector on one set of pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.bench.outcome import Outcome
from gazed_plugins.bench.reliability import Reliability, reliability

CONFIDENT = 0.6
"""From this confidence on clients believe a datum."""


@dataclass(frozen=True, slots=True)
class Times:
    """Processor time a frame, in milliseconds."""

    median: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How right, how sure and how fast; shares are from 0 to 1, None where there is nothing.

    ``within_…`` are shares of the labelled pupils whose centre was found so near, whatever the
    confidence, ``iou``, ``center_error_px`` and ``diameter_error_px`` medians: the first of all
    labelled pupils, the others of those where an ellipse was given. ``confident`` is the share
    of pictures answered with confidence 0.6 or more (of the labelled pupils, where there are
    labels), ``precision_…`` the share of these so near to the truth. ``false_alarms`` counts
    confident answers among the ``closed`` pictures.
    """

    pictures: int
    pupils: int
    closed: int
    within_1_px: float | None
    within_2_px: float | None
    within_5_px: float | None
    within_1_percent: float | None
    iou: float | None
    center_error_px: float | None
    diameter_error_px: float | None
    confident: float | None
    precision_2_px: float | None
    precision_5_px: float | None
    precision_1_percent: float | None
    false_alarms: int
    reliability: Reliability
    ms: Times


def scored(outcomes: Sequence[Outcome]) -> Scores:
    """Return the figures of at least one outcome."""
    pupils = [outcome for outcome in outcomes if outcome.labelled]
    closed = [outcome for outcome in outcomes if outcome.closed]
    asked = pupils or [outcome for outcome in outcomes if not outcome.closed]
    sure = [outcome for outcome in pupils if is_confident(outcome)]
    given = [outcome for outcome in pupils if outcome.center]
    return Scores(
        pictures=len(outcomes),
        pupils=len(pupils),
        closed=len(closed),
        within_1_px=_within(1.0, pupils),
        within_2_px=_within(2.0, pupils),
        within_5_px=_within(5.0, pupils),
        within_1_percent=_share(lambda outcome: outcome.near, pupils),
        iou=_median(outcome.iou for outcome in pupils),
        center_error_px=_median(outcome.distance for outcome in given),
        diameter_error_px=_median(abs(outcome.diameter_error) for outcome in given),
        confident=_share(is_confident, asked),
        precision_2_px=_within(2.0, sure),
        precision_5_px=_within(5.0, sure),
        precision_1_percent=_share(lambda outcome: outcome.near, sure),
        false_alarms=sum(map(is_confident, closed)),
        reliability=reliability(pupils),
        ms=_times(outcomes),
    )


def is_confident(outcome: Outcome) -> bool:
    """Tell whether clients would believe this answer."""
    return outcome.center is not None and outcome.confidence >= CONFIDENT


def _within(limit: float, outcomes: Sequence[Outcome]) -> float | None:
    return _share(lambda outcome: outcome.distance <= limit, outcomes)


def _share(holds: Callable[[Outcome], bool], outcomes: Sequence[Outcome]) -> float | None:
    return sum(map(holds, outcomes)) / len(outcomes) if outcomes else None


def _median(values: Iterable[float]) -> float | None:
    median = float(np.median(list(values) or [math.nan]))
    return None if math.isnan(median) else median


def _times(outcomes: Sequence[Outcome]) -> Times:
    taken = np.percentile([1e3 * outcome.seconds for outcome in outcomes], (50, 95, 99))
    return Times(*(float(value) for value in taken))
