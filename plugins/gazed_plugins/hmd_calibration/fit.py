"""The 2D fit: one polynomial an eye from pupil position to viewport position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gazed import Fields, Point
from gazed_plugins.gaze.matching import match_one_eye
from gazed_plugins.gaze.polynomial import HMD_2D_TERMS, hmd_2d_terms
from gazed_plugins.gaze.regression import FitError, Mask, Numbers, Regression, regress, residuals

BOTH_EYES = -1

_NOT_ENOUGH = "Not enough ref points or pupil data available for calibration."
_NOT_ESTIMATED = "Parameters could not be estimated from data."
# A fit that leaves a quarter of the targets' variance unexplained (an error of half their
# spread) follows chance, not the eyes; real calibrations leave a few hundredths.
_MOST_UNEXPLAINED = 0.25
_FEWEST_KEPT = 0.5
# Targets (almost) on one line say nothing of the direction across it.
_NARROWEST = 0.02
_SAME_TARGET = 1e-3


class Row(NamedTuple):
    """A place in fractions, y up, at a time; ``eye`` is 0 or 1, or BOTH_EYES of a reference."""

    eye: int
    timestamp: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class EyeFit:
    """What became of one eye.

    ``matched`` references had a pupil datum near in time, ``used`` of them were no outliers.
    ``rms`` is the error of those in fractions of the viewport, ``unexplained`` the share of
    the targets' variance that the eye does not explain: 0 is perfect, 1 is chance. ``params``
    is ``[cx(7), cy(7), 7]``, None when the eye was not fitted.
    """

    matched: int = 0
    used: int = 0
    rms: float = 0.0
    unexplained: float = 1.0
    params: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class Params:
    """The fits of eyes 0 and 1, at least one of which has parameters."""

    eyes: tuple[EyeFit, EyeFit]


class NoFitError(FitError):
    """Neither eye could be fitted; ``eyes`` says how far each came."""

    def __init__(self, reason: str, eyes: tuple[EyeFit, EyeFit]) -> None:
        super().__init__(reason)
        self.eyes = eyes


def fit(
    pupils: Sequence[Row], references: Sequence[Row], frame_size: Point, threshold: float
) -> Params:
    """Fit each eye on its own (spec: calibration 10).

    ``frame_size`` is the viewport in pixels, ``threshold`` the largest error in half pixels
    of it that is no outlier. Raises NoFitError when neither eye gives a meaningful fit.
    """
    pixels = (frame_size[0] / 2, frame_size[1] / 2)
    right, left = (_fit_eye(eye, pupils, references, pixels, threshold) for eye in (0, 1))
    if right.params or left.params:
        return Params((right, left))
    matched = right.matched or left.matched
    raise NoFitError(_NOT_ESTIMATED if matched else _NOT_ENOUGH, (right, left))


def answer(request: Fields) -> Fields:
    """Do what the calibration asks of the fit process, as maps.

    The answer has ``params``, the arguments of the mapper, or ``reason``; and of each eye
    how many references matched and how good its fit is.
    """
    pupils = [Row(*row) for row in request["pupils"]]
    references = [Row(*row) for row in request["references"]]
    try:
        eyes = fit(pupils, references, request["frame_size"], request["threshold"]).eyes
    except NoFitError as error:
        return {"reason": str(error), **_facts(error.eyes)}
    fitted = {f"params{eye}": entry.params for eye, entry in enumerate(eyes) if entry.params}
    return {"params": fitted, **_facts(eyes)}


def _fit_eye(
    eye: int, pupils: Sequence[Row], references: Sequence[Row], pixels: Point, threshold: float
) -> EyeFit:
    seen = sorted(row for row in pupils if row.eye == eye)
    shown = [row for row in references if row.eye in (eye, BOTH_EYES)]
    times = [row.timestamp for row in seen]
    matches = match_one_eye(times, [row.timestamp for row in shown])
    terms = np.array([hmd_2d_terms(seen[i].x, seen[i].y) for i, _ in matches])
    targets = np.array([(shown[k].x, shown[k].y) for _, k in matches])
    try:
        result = regress(terms, targets, pixels, lambda px: px <= threshold, _NOT_ESTIMATED)
    except FitError:
        return EyeFit(matched=len(matches))
    return _judged(result, terms, targets)


def _judged(result: Regression, terms: Numbers, targets: Numbers) -> EyeFit:
    kept, weights = result.kept, result.weights
    errors = residuals(terms[kept], targets[kept], weights)
    unexplained = _unexplained(errors, targets[kept])
    good = _enough(kept) and unexplained <= _MOST_UNEXPLAINED and _spread_out(targets[kept])
    x_weights, y_weights = weights.T.tolist()
    return EyeFit(
        matched=len(kept),
        used=int(kept.sum()),
        rms=float(np.sqrt((errors**2).sum(axis=1).mean())),
        unexplained=unexplained,
        params=[x_weights, y_weights, HMD_2D_TERMS] if good else None,
    )


def _enough(kept: Mask) -> bool:
    return int(kept.sum()) >= HMD_2D_TERMS and float(kept.mean()) >= _FEWEST_KEPT


def _unexplained(errors: Numbers, targets: Numbers) -> float:
    """Return the share of variance left, corrected for how much seven terms explain by chance."""
    variance = ((targets - targets.mean(axis=0)) ** 2).sum()
    if not variance:
        return 1.0
    count = len(set(map(tuple, np.round(targets / _SAME_TARGET).tolist())))
    by_chance = (count - 1) / (count - HMD_2D_TERMS) if count > HMD_2D_TERMS else 1.0
    return float((errors**2).sum() / variance * by_chance)


def _spread_out(targets: Numbers) -> bool:
    longest, shortest = np.linalg.svd(targets - targets.mean(axis=0), compute_uv=False)
    return bool(shortest > _NARROWEST * longest)


def _facts(eyes: Sequence[EyeFit]) -> Fields:
    quality = {
        str(eye): {
            "fitted": entry.params is not None,
            "used": entry.used,
            "total": entry.matched,
            "rms": entry.rms,
            "unexplained": entry.unexplained,
        }
        for eye, entry in enumerate(eyes)
    }
    return {"matched": {str(eye): e.matched for eye, e in enumerate(eyes)}, "quality": quality}
