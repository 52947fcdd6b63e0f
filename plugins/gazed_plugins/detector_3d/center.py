"""The eyeball's centre from many pupil outlines: one bundle fit over centre and pupils.

Every outline adds three unknowns of its own; they are eliminated one outline at a time (Schur
complement), which leaves three equations for the centre. Like Swirski & Dodgson (2013) it needs
no glints; unlike theirs and the line intersection of Dierkes et al. (2019) it minimises
distances in the picture, through the refracting cornea.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_3d.optics import EyeShape, Floats, distances
from gazed_plugins.detector_3d.outlines import POINTS, Camera, Outlines, outlines_of
from gazed_plugins.detector_3d.pupils import Slopes, first_guess, fit_pupils, linearised, moved

_ROUNDS, _STEP = 12, 1e-5
_BREATH_SECONDS = 1e-4
_LONGEST_STEP_MM = 4.0
_CLOSE_ENOUGH_MM = 1e-3
_RIDGE = 1e-9
_FIRST_DAMPING = 0.01
_OUTLIER_COST = 50.0
_TOLERANCE = 2.5
# The noise of N points, of which an ellipse leaves two numbers unexplained: see docs/eye_model.md.
_NOISE_BY_MISFIT = math.sqrt(POINTS / 2)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known before looking: a centre (3,) and the inverse of its covariance (3, 3)."""

    center: Floats
    information: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """What an eyeball's centre has to explain: ``shapes`` (K, 5) of outlines seen by a ``camera``.

    ``counts`` (K,) is how many pictures stand behind each: that many make its noise smaller, but
    not its bias, of some ``bias_px``.
    """

    shapes: Floats
    counts: Floats
    camera: Camera
    eye: EyeShape
    prior: Prior
    bias_px: float

    def says(self, weights: Floats, noise_px: float) -> Floats:
        """Return what each outline counts (K,), in 1 / px^2."""
        bias = max(self.bias_px, noise_px)
        result: Floats = weights / (noise_px**2 / self.counts + bias**2)
        return result


@dataclass(frozen=True, slots=True, eq=False)
class CenterFit:
    """The centre (3,), its covariance (3, 3) in mm^2, and the outlines' say.

    ``misfit_px`` is the median over outlines of what the model leaves unexplained, ``noise_px``
    what that tells of the noise of a point; ``weights`` (K,) are from 0 to 1. ``cost`` compares
    fits of the same outlines from different starts.
    """

    center: Floats
    covariance: Floats
    misfit_px: float
    noise_px: float
    weights: Floats
    cost: float


def fit_center(problem: Problem, start: Floats) -> CenterFit:
    """Return the centre that explains the outlines best, by Gauss-Newton from ``start`` (3,).

    Outlines that stay unlike the model lose their say (the square of a Cauchy weight).
    """
    eye, prior, bias_px = problem.eye, problem.prior, problem.bias_px
    outlines = outlines_of(problem.shapes, problem.camera)
    guess = fit_pupils(outlines, start, first_guess(outlines, start, eye), eye)
    breathe()
    view = _View.of(outlines, start, guess.normals, guess.radii, eye)
    damping = 0.0
    for _ in range(_ROUNDS):
        breathe()
        weights, misfit, noise = _weights(view.slopes.residuals, bias_px)
        say = problem.says(weights, noise)
        own, by_center = _eliminated(outlines, view, eye)
        information = prior.information + np.tensordot(say, by_center[..., :3], 1)
        slope = prior.information @ (view.center - prior.center) + say @ by_center[..., 3]
        damped = information + damping * np.diag(np.diag(information))
        step = np.clip(-np.linalg.solve(damped, slope), -_LONGEST_STEP_MM, _LONGEST_STEP_MM)
        normals, radii = moved(
            view.normals, view.radii, -(own[..., 3] + own[..., :3] @ step), view.slopes.across
        )
        tried = _View.of(outlines, view.center + step, normals, radii, eye)
        if tried.cost(say, prior) > view.cost(say, prior):
            damping = max(10.0 * damping, _FIRST_DAMPING)
            continue
        view, damping = tried, damping / 10.0
        if float(np.abs(step).max()) < _CLOSE_ENOUGH_MM:
            break
    breathe()
    cost = view.cost(weights / bias_px**2, prior) + float((1.0 - weights).sum()) * _OUTLIER_COST
    return CenterFit(view.center, np.linalg.inv(information), misfit, noise, weights, cost)


def breathe() -> None:
    """Let other threads have the interpreter: frames must not wait for a fit to end."""
    time.sleep(_BREATH_SECONDS)


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
    far = distances(outlines.rays, centers[:, None, None], view.normals[:, None], eye)
    result: Floats = np.moveaxis((far[1:] - far[0]) / (_STEP * view.slopes.scale), 0, -1)
    return result


def _weights(residuals: Floats, bias_px: float) -> tuple[Floats, float, float]:
    misfits = np.sqrt((residuals * residuals).mean(axis=1))
    usual = float(np.median(misfits))
    ratio = misfits / (_TOLERANCE * max(usual, bias_px))
    weights: Floats = (1.0 + ratio * ratio) ** -2
    # Misfits have long tails, which the median does not know of.
    large = float(np.sort(misfits)[3 * (len(misfits) - 1) // 4])
    return weights, usual, _NOISE_BY_MISFIT * large
