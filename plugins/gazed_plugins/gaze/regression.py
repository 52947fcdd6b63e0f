"""Least squares for two outputs at once, with one round in which outliers are dropped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


class FitError(Exception):
    """No model can be had from these samples; the text is the reason that clients read."""


@dataclass(frozen=True, slots=True)
class Regression:
    """Weights (terms, 2), and which samples (n,) they rest on.

    ``first_errors_px`` (n,) are the errors of the fit to all samples.
    """

    weights: Numbers
    kept: Mask
    first_errors_px: Numbers


def regress(
    terms: Numbers,
    targets: Numbers,
    pixels: Sequence[float],
    inlier: Callable[[Numbers], Mask],
    reason: str,
) -> Regression:
    """Fit ``terms`` (n, k) to ``targets`` (n, 2), then once more without the outliers.

    ``pixels`` (2,) turns a residual into pixels; ``inlier`` tells good errors from bad.
    Raises FitError with ``reason`` when there is nothing to fit, before or after.
    """
    weights = _least_squares(terms, targets, reason)
    errors = np.hypot(*(residuals(terms, targets, weights) * pixels).T)
    kept = inlier(errors)
    if not kept.all():
        weights = _least_squares(terms[kept], targets[kept], reason)
    return Regression(weights, kept, errors)


def residuals(terms: Numbers, targets: Numbers, weights: Numbers) -> Numbers:
    """Return prediction minus target, (n, 2)."""
    difference: Numbers = terms @ weights - targets
    return difference


def _least_squares(terms: Numbers, targets: Numbers, reason: str) -> Numbers:
    if not (len(terms) and np.isfinite(terms).all()):
        raise FitError(reason)
    try:
        weights = np.linalg.lstsq(terms, targets, rcond=None)[0]
    except np.linalg.LinAlgError:
        raise FitError(reason) from None
    return weights.astype(np.float64)
