"""The eyeball's centre from many pupil outlines: one bundle fit over centre and pupils.

Every outline adds three unknowns of its own; they are eliminated one outline at a time (Schur
complement), which leaves three equations for the centre. Like Swirski & Dodgson (2013) it needs
no glints; unlike theirs and the line intersection of Dierkes et al. (2019) it minimises
distances in the picture, through the refracting cornea.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_3d.optics import EyeShape, Floats, hits, lengths
from gazed_plugins.detector_3d.outlines import POINTS, Outlines
from gazed_plugins.detector_3d.pupils import Slopes, first_guess, fit_pupils, linearised, moved

_ROUNDS, _STEP = 12, 1e-5
_LONGEST_STEP_MM = 4.0
_CLOSE_ENOUGH_MM = 1e-3
_RIDGE = 1e-9
_FIRST_DAMPING = 0.01
_OUTLIER_COST = 50.0
_TOLERANCE = 2.5
# The noise of N points, of which an ellipse leaves two numbers unexplained: see docs/eye_model.md.
NOISE_BY_MISFIT = math.sqrt(POINTS / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known before looking: a centre (3,) and the inverse of its covariance (3, 3)."""

    center: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class CenterFit:
    """The centre (3,), its covariance (3, 3) in mm^2, and the outlines' say.

    ``misfit_px`` is the median over outlines of what the model leaves unexplained; ``weights``
    (K,) are from 0 to 1. ``cost`` compares fits of the same outlines from different starts.
    """

    center: Floats
    covariance: Floats
    misfit_px: float
    weights: Floats
    cost: float


def fit_center(
    outlines: Outlines,
    counts: Floats,
    prior: Prior,
    start: Floats,
    eye: EyeShape,
    bias_px: float,
) -> CenterFit:
    """Return the centre that explains the outlines best, by Gauss-Newton from ``start``.

    ``counts`` (K,) is how many pictures stand behind each outline: that many make its noise
    smaller, but not its bias, of some ``bias_px``. Outlines that stay unlike the model lose
    their say (the square of a Cauchy weight).
    """
    guess = fit_pupils(outlines, start, first_guess(outlines, start, eye), eye)
    view = _View.of(outlines, start, guess.normals, guess.radii, eye)
    damping = 0.0
    for _ in range(_ROUNDS):
        weights, misfit = _weights(view.slopes.residuals, bias_px)
        noise = NOISE_BY_MISFIT * misfit
        say = weights / (noise**2 / counts + max(bias_px, noise) ** 2)
        own, by_center = _eliminated(outlines, view, eye)
        information = prior.information + np.tensordot(say, by_center[..., :3], 1)
        slope = prior.information @ (view.center - prior.center) + say @ by_center[..., 3]
        damped = information + damping * np.diag(np.diag(information))
        step = np.clip(-np.linalg.solve(damped, slope), -_LONGEST_STEP_MM, _LONGEST_STEP_MM)
        normals, radii = moved(view.normals, view.radii, -(own[..., 3] + own[..., :3] @ step))
        tried = _View.of(outlines, view.center + step, normals, radii, eye)
        if tried.cost(say, prior) > view.cost(say, prior):
            damping = max(10.0 * damping, _FIRST_DAMPING)
            continue
        view, damping = tried, damping / 10.0
        if float(np.abs(step).max()) < _CLOSE_ENOUGH_MM:
            break
    cost = view.cost(weights / bias_px**2, prior) + float((1.0 - weights).sum()) * _OUTLIER_COST
    return CenterFit(view.center, np.linalg.inv(information), misfit, weights, cost)


@dataclass(frozen=True, slots=True, eq=False)
class _View:
    """A centre (3,), each outline's normal (K, 3) and radius (K,), and the slopes there."""

    center: Floats
    normals: Floats
    radii: Floats
    slopes: Slopes

    @classmethod
    def of(
        cls, outlines: Outlines, center: Floats, normals: Floats, radii: Floats, eye: EyeShape
    ) -> _View:
        slopes = linearised(outlines, center, normals, radii, eye)
        return cls(center, normals, radii, slopes)

    def cost(self, say: Floats, prior: Prior) -> float:
        off = self.center - prior.center
        unexplained = np.square(self.slopes.residuals).sum(axis=1)
        return float(say @ unexplained + off @ prior.information @ off)


def _eliminated(outlines: Outlines, view: _View, eye: EyeShape) -> tuple[Floats, Floats]:
    """Return each outline's own answer to the centre's step, and its equations for the centre.

    Both are (K, 3, 4): three columns for the centre, the last for the residuals.
    """
    slopes = view.slopes
    by = _slopes_by_center(outlines, view, eye)
    target = np.concatenate([by, slopes.residuals[..., None]], axis=-1)
    turned = slopes.own.swapaxes(1, 2)
    coupling = turned @ target
    own = np.linalg.solve(turned @ slopes.own + _RIDGE * np.eye(3), coupling)
    by_center = target[..., :3].swapaxes(1, 2) @ target
    by_center -= coupling[..., :3].swapaxes(1, 2) @ own
    return own, by_center


def _slopes_by_center(outlines: Outlines, view: _View, eye: EyeShape) -> Floats:
    centers = view.center + np.vstack([np.zeros(3), _STEP * np.eye(3)])
    far = lengths(hits(outlines.rays, centers[:, None, None], view.normals[:, None], eye))
    result: Floats = np.moveaxis((far[1:] - far[0]) / (_STEP * view.slopes.scale), 0, -1)
    return result


def _weights(residuals: Floats, bias_px: float) -> tuple[Floats, float]:
    misfits = np.sqrt((residuals * residuals).mean(axis=1))
    usual = float(np.median(misfits))
    ratio = misfits / (_TOLERANCE * max(usual, bias_px))
    weights: Floats = (1.0 + ratio * ratio) ** -2
    return weights, usual
