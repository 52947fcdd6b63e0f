"""The fit behind Gazer2D: one polynomial for both eyes, one for each alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from gazed import Point
from gazed_plugins.gaze.matching import match_both_eyes, match_one_eye
from gazed_plugins.gaze.polynomial import gazer_2d_terms
from gazed_plugins.gaze.regression import FitError, Numbers, Regression, regress

Model = dict[str, list[list[float]] | list[float]]

_OUTLIER_PX = 70.0
_NOT_SUFFICIENT = "Not sufficient data available."
_NAMES = ("right_model", "left_model")


class Sample(NamedTuple):
    """A place (norm_pos) at a time: an eye's pupil, or a reference."""

    timestamp: float
    place: Point


def fit_gazer_2d(
    right: Sequence[Sample],
    left: Sequence[Sample],
    references: Sequence[Sample],
    frame_size: Point,
) -> dict[str, Model]:
    """Return Gazer2D's parameters (spec: calibration 5, 6 and 8).

    ``right`` and ``left`` are the pupils of eyes 0 and 1, already filtered; ``frame_size``
    is the viewport's width and height in pixels. Raises FitError when nothing matches.
    """
    eyes = (sorted(right), sorted(left))
    times = [[sample.timestamp for sample in eye] for eye in eyes]
    when = [reference.timestamp for reference in references]
    single = [match_one_eye(eye_times, when) for eye_times in times]
    both = match_both_eyes(times[0], times[1], when)
    models: dict[str, Model] = {"left_model": {}, "right_model": {}, "binocular_model": {}}
    for eye in _fitted_alone(single, bool(both)):
        rows = [_terms(eyes[eye][i]) for i, _ in single[eye]]
        models[_NAMES[eye]] = _model(rows, [references[k] for _, k in single[eye]], frame_size)
    if both:
        rows = [_terms(eyes[1][j], eyes[0][i]) for i, j, _ in both]
        models["binocular_model"] = _model(rows, [references[k] for *_, k in both], frame_size)
    if not any(models.values()):
        raise FitError(_NOT_SUFFICIENT)
    return models


def fit_model(
    rows: Sequence[Sequence[float]], targets: Sequence[Point], frame_size: Point
) -> Regression:
    """Fit feature ``rows`` (n, k) and an intercept, the last weight, to ``targets`` (n, 2).

    Samples off by 70 px or more are dropped once. Raises FitError when none is left.
    """
    terms: Numbers = np.column_stack([np.array(rows, dtype=float), np.ones(len(rows))])
    return regress(
        terms,
        np.array(targets, dtype=float),
        frame_size,
        lambda errors_px: errors_px < _OUTLIER_PX,
        _NOT_SUFFICIENT,
    )


def _fitted_alone(single: Sequence[Sequence[object]], both: bool) -> list[int]:
    matched = [eye for eye in (0, 1) if single[eye]]
    return matched if both else matched[:1]


def _terms(*samples: Sample) -> list[float]:
    return [term for sample in samples for term in gazer_2d_terms(*sample.place)]


def _model(
    rows: Sequence[Sequence[float]], references: Sequence[Sample], frame_size: Point
) -> Model:
    places = [reference.place for reference in references]
    *coefficients, intercept = fit_model(rows, places, frame_size).weights
    return {"coef_": np.array(coefficients).T.tolist(), "intercept_": intercept.tolist()}
