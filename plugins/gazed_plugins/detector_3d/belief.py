"""What is believed of an eyeball, and what not knowing it better costs gaze."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_3d.center import CenterFit, Prior
from gazed_plugins.detector_3d.form import Form
from gazed_plugins.detector_3d.optics import PUPIL_DISTANCE_MM, Floats, tangents, unit

_LEAST_FACING = 0.2
_FITTED = 5
_TOWARD_CAMERA = np.array([[0.0, 0.0, -1.0]])
_LOOKS = 0.36 * np.array([[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0]])


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Where the eyeball's centre is (3,), in mm, how surely (covariance (3, 3)), and the misfit.

    All for a pupil of this ``form``. ``error_deg`` is the standard deviation of gaze, along
    either axis, that comes from not knowing the centre better.
    """

    center: Floats
    covariance: Floats
    misfit_px: float
    form: Form
    error_deg: float

    @classmethod
    def of(cls, fit: CenterFit, form: Form, normals: Floats) -> Belief:
        """Return what a fit says, for somebody who looked along ``normals`` (K, 3).

        K outlines leave 2 K numbers, of which centre and form take five: the fewer they are, the
        better they look explained.
        """
        left = max(2 * len(normals) - _FITTED, 0.5)
        error = gaze_error_deg(fit.center, fit.covariance, normals)
        error *= math.sqrt(2 * len(normals) / left)
        return cls(fit.center, fit.covariance, fit.misfit_px, form, error)

    @classmethod
    def before(cls, prior: Prior, form: Form) -> Belief:
        """Return what is believed before anything was seen."""
        covariance = np.linalg.inv(prior.information)
        error = gaze_error_deg(prior.center, covariance, _TOWARD_CAMERA)
        return cls(prior.center, covariance, 0.0, form, error)


def gaze_error_deg(center: Floats, covariance: Floats, normals: Floats) -> float:
    """Return the standard deviation of gaze, in degrees, for a centre (3,) of ``covariance``.

    The mean over looks up to 20 degrees off the middle of ``normals`` (K, 3), and over both
    directions across each. The pupil stays on the ray r on which it is seen, so a centre that is
    off by d turns the axis n by (r (n d) / (n r) - d) / the pupil's distance from the centre.
    """
    middle = unit(normals.sum(axis=0)[None])
    one, other = tangents(middle)
    normals = unit(middle + _LOOKS[:, :1] * one + _LOOKS[:, 1:] * other)
    rays = unit(center + PUPIL_DISTANCE_MM * normals)
    facing = np.minimum((rays * normals).sum(-1), -_LEAST_FACING)
    along = rays[:, :, None] * (normals / facing[:, None])[:, None, :]
    turns = (along - np.eye(3)) / PUPIL_DISTANCE_MM
    variance = ((turns @ covariance) * turns).sum() / (2 * len(normals))
    return math.degrees(math.sqrt(variance)) if variance >= 0 else math.inf
