"""The 2D fit: one polynomial an eye from pupil position to viewport position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from gazed import Fields, Point
from gazed_plugins.gaze.matching import match_one_eye
from gazed_plugins.gaze.polynomial import HMD_2D_TERMS, hmd_2d_terms
from gazed_plugins.gaze.regression import FitError, Mask, Numbers, regress
from gazed_plugins.hmd_calibration.quality_2d import Judged, accuracy_of, quality

BOTH_EYES = -1

_NOT_ENOUGH = "Not enough ref points or pupil data available for calibration."
_NOT_ESTIMATED = "Parameters could not be estimated from data."
_NOWHERE_NEAR = "The gaze was nowhere near the targets."
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

    ``matched`` references had a pupil datum near in time; ``judged`` is where gaze and targets
    were for them, None without any. ``unexplained`` is the share of the targets' variance that
    the eye does not explain: 0 is perfect, 1 is chance. ``params`` is ``[cx(7), cy(7), 7]``,
    None when the eye was not fitted.
    """

    matched: int = 0
    judged: Judged | None = None
    unexplained: float = 1.0
    params: list[Any] | None = None

    @property
    def used(self) -> int:
        """How many of the matched references were no outliers."""
        return int(self.judged.kept.sum()) if self.judged else 0


class Pairs(NamedTuple):
    """One eye's pupils, as terms (n, 7), and the targets (n, 2) shown at the same times."""

    terms: Numbers
    targets: Numbers


def fit(
    pupils: Sequence[Row],
    references: Sequence[Row],
    frame_size: Point,
    threshold: float,
    parity: bool = False,
) -> tuple[EyeFit, EyeFit]:
    """Fit each eye on its own (spec: calibration 10); one without a good fit has no ``params``.

    ``frame_size`` is the viewport in pixels, ``threshold`` the largest error in half pixels
    of it that is no outlier. With ``parity`` every fit is good, as in the original.
    """
    pixels = _half(frame_size)
    right, left = (
        _fit_eye(_pairs(eye, pupils, references), pixels, threshold, parity) for eye in (0, 1)
    )
    return right, left


def judge(
    pupils: Sequence[Row],
    references: Sequence[Row],
    frame_size: Point,
    threshold: float,
    params: Fields,
) -> tuple[EyeFit, EyeFit]:
    """Say where gaze would be with a mapper's arguments; the rest is as in ``fit``."""
    pixels = _half(frame_size)
    right, left = (
        _judge_eye(_pairs(eye, pupils, references), pixels, threshold, params.get(f"params{eye}"))
        for eye in (0, 1)
    )
    return right, left


def answer(request: Fields) -> Fields:
    """Do what the calibration asks of the fit process, as maps.

    ``params`` in the request are a mapper's arguments: then nothing is fitted, and the
    references judge that mapper. The answer has ``params``, the arguments of the mapper, or
    ``reason``; how many references each eye matched; and the quality (docs/calibration.md).
    """
    data = (
        [Row(*row) for row in request["pupils"]],
        [Row(*row) for row in request["references"]],
        request["frame_size"],
        request["threshold"],
    )
    judged = request.get("params")
    eyes = fit(*data, request.get("parity", False)) if judged is None else judge(*data, judged)
    facts = _facts(eyes)
    if not any(entry.matched for entry in eyes):
        return {**facts, "reason": _NOT_ENOUGH}
    if judged is not None:
        return facts if any(entry.used for entry in eyes) else {**facts, "reason": _NOWHERE_NEAR}
    params = {f"params{eye}": entry.params for eye, entry in enumerate(eyes) if entry.params}
    return {**facts, "params": params} if params else {**facts, "reason": _NOT_ESTIMATED}


def _half(frame_size: Point) -> Point:
    return (frame_size[0] / 2, frame_size[1] / 2)


def _pairs(eye: int, pupils: Sequence[Row], references: Sequence[Row]) -> Pairs:
    seen = sorted(row for row in pupils if row.eye == eye)
    shown = sorted(
        (row for row in references if row.eye in (eye, BOTH_EYES)), key=lambda row: row.timestamp
    )
    matches = match_one_eye([row.timestamp for row in seen], [row.timestamp for row in shown])
    terms = [hmd_2d_terms(seen[i].x, seen[i].y) for i, _ in matches]
    targets = [(shown[k].x, shown[k].y) for _, k in matches]
    return Pairs(np.reshape(terms, (-1, HMD_2D_TERMS)), np.reshape(targets, (-1, 2)))


def _fit_eye(pairs: Pairs, pixels: Point, threshold: float, parity: bool) -> EyeFit:
    matched = len(pairs.targets)
    try:
        found = regress(*pairs, pixels, lambda px: px <= threshold, _NOT_ESTIMATED)
    except FitError:
        return EyeFit(matched)
    judged = Judged(pairs.terms @ found.weights, pairs.targets, found.kept)
    unexplained = _unexplained(judged)
    good = parity or (_enough(found.kept) and unexplained <= _MOST_UNEXPLAINED)
    good = good and (parity or _spread_out(pairs.targets[found.kept]))
    params = [*found.weights.T.tolist(), HMD_2D_TERMS] if good else None
    return EyeFit(matched, judged, unexplained, params)


def _judge_eye(
    pairs: Pairs, pixels: Point, threshold: float, params: Sequence[Any] | None
) -> EyeFit:
    matched = len(pairs.targets)
    if not (params and matched):
        return EyeFit(matched)
    gaze = pairs.terms @ np.array(params[:2], dtype=float).T
    errors_px = np.hypot(*((gaze - pairs.targets) * pixels).T)
    judged = Judged(gaze, pairs.targets, errors_px <= threshold)
    return EyeFit(matched, judged, _unexplained(judged), list(params))


def _enough(kept: Mask) -> bool:
    return int(kept.sum()) >= HMD_2D_TERMS and float(kept.mean()) >= _FEWEST_KEPT


def _unexplained(judged: Judged) -> float:
    """Return the share of variance left, corrected for how much seven terms explain by chance."""
    targets = judged.targets[judged.kept]
    errors = judged.gaze[judged.kept] - targets
    variance = ((targets - targets.mean(axis=0)) ** 2).sum() if len(targets) else 0.0
    if not variance:
        return 1.0
    count = len(np.unique(np.round(targets / _SAME_TARGET), axis=0))
    by_chance = (count - 1) / (count - HMD_2D_TERMS) if count > HMD_2D_TERMS else 1.0
    return float((errors**2).sum() / variance * by_chance)


def _spread_out(targets: Numbers) -> bool:
    longest, shortest = np.linalg.svd(targets - targets.mean(axis=0), compute_uv=False)
    return bool(shortest > _NARROWEST * longest)


def _facts(eyes: Sequence[EyeFit]) -> Fields:
    figures = {str(eye): _eye_facts(entry) for eye, entry in enumerate(eyes)}
    fitted = {eye: e.judged for eye, e in enumerate(eyes) if e.params and e.judged}
    return {
        "matched": {str(eye): entry.matched for eye, entry in enumerate(eyes)},
        "quality": {**quality(fitted), "eyes": figures},
    }


def _eye_facts(entry: EyeFit) -> Fields:
    return {
        "fitted": entry.params is not None,
        "accuracy": accuracy_of(entry.judged) if entry.judged and entry.used else None,
        "used": entry.used,
        "total": entry.matched,
        "unexplained": entry.unexplained,
    }
