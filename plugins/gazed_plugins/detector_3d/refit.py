"""The work on the memory, off the frame path: where the eyeball is, over minutes and seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.detector_3d.center import NOISE_BY_MISFIT, CenterFit, Prior
from gazed_plugins.detector_3d.form import Form, form_of_spread, improved
from gazed_plugins.detector_3d.memory import Observation, arrays
from gazed_plugins.detector_3d.optics import STANDARD_EYE, EyeShape, Floats
from gazed_plugins.detector_3d.outlines import Camera
from gazed_plugins.detector_3d.solver import Solver

SLIP_SPREAD_MM = (2.0, 2.0, 1.0)
"""How far a slip takes an eyeball from where it was, usually."""

_DRIFT_MM = (0.25, 0.25, 0.1)
_LEAST_SLIP_MM = 0.25
_EXPLAINED = 0.6
_APART = 0.03
_PATIENCE_SECONDS = 0.7
_BIAS = 0.0004
_NEAREST_MM = 12.0
_OVAL_PER_MISFIT = 0.4
_ROUNDEST = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Where the eyeball's centre is (3,), in mm, how surely (covariance (3, 3)), and the misfit.

    All for a pupil of this ``form``.
    """

    center: Floats
    covariance: Floats
    misfit_px: float
    form: Form

    @property
    def error_deg(self) -> float:
        """The standard deviation of gaze that comes from not knowing the centre better.

        For an axis 20 degrees off the camera's, where depth counts a third of what the sides do.
        """
        x, y, z = np.diag(self.covariance).tolist()
        return math.degrees(math.sqrt((x + y) / 2 + z / 9) / STANDARD_EYE.pupil_distance)


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """What looking at the memory anew gave; ``moved`` if the eyeball is elsewhere now."""

    epoch: int
    steady: Belief
    current: Belief
    moved: CenterFit | None = None
    moved_since: float = 0.0

    @property
    def possible(self) -> bool:
        """Whether the camera is outside the eyeballs found, and all numbers are numbers."""
        found: list[Belief | CenterFit] = [self.steady, self.current]
        if self.moved is not None:
            found.append(self.moved)
        return all(
            bool(np.isfinite(one.covariance).all()) and float(one.center[2]) > _NEAREST_MM
            for one in found
        )


def prior_around(center: Floats, spread_mm: tuple[float, float, float]) -> Prior:
    """Return the knowledge that an eyeball is within ``spread_mm`` (x, y, z) of ``center``."""
    return Prior(center, np.diag(1.0 / np.square(spread_mm)))


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Everything one fit needs; ``run`` may be called in any thread.

    ``prior`` is what is known of the centre beforehand, ``form`` of the pupil's form, if anything.
    """

    solver: Solver
    epoch: int
    camera: Camera
    eye: EyeShape
    prior: Prior
    form: Form | None
    steady: Belief
    current: Belief
    young: bool
    spread: list[Observation]
    recent: list[Observation]
    suspicious_since: float | None
    now: float

    def run(self) -> Refit:
        """Return what the memory says now."""
        form = self.steady.form
        steady = self._fitted(self.spread, form, self.prior, self.steady.center)
        if self.young:
            other = self._fitted(self.spread, form, self.prior, self.prior.center)
            steady = min(steady, other, key=lambda fit: fit.cost)
        form, doubt = self._form(steady)
        steady = self._fitted(self.spread, form, self.prior, steady.center)
        steady = replace(steady, covariance=steady.covariance + doubt)
        loose = np.linalg.inv(steady.covariance + np.diag(np.square(_DRIFT_MM)))
        current = self._fitted(self.recent, form, Prior(steady.center, loose), steady.center)
        refit = Refit(self.epoch, _belief(steady, form), _belief(current, form))
        if self.suspicious_since is not None:
            fit = self._moved(self.suspicious_since)
            return replace(refit, moved=fit, moved_since=self.suspicious_since)
        return refit

    def _fitted(
        self, seen: list[Observation], form: Form, prior: Prior, start: Floats
    ) -> CenterFit:
        shapes, counts = arrays(seen, self.now)
        camera, bias = self.camera, self._bias_px
        shapes = form.without(shapes)
        return self.solver.fit_center(shapes, counts, camera, prior, start, self.eye, bias)

    @property
    def _bias_px(self) -> float:
        return _BIAS * self.camera.width

    def _form(self, steady: CenterFit) -> tuple[Form, Floats]:
        """Return the pupil's form, and what not knowing it better adds to the covariance."""
        shapes, counts = arrays(self.spread, self.now)
        noise = NOISE_BY_MISFIT * steady.misfit_px
        say = steady.weights / (noise**2 / counts + max(self._bias_px, noise) ** 2)
        bound = np.linalg.cholesky(self.prior.information).T

        def explain(form: Form) -> tuple[Floats, Floats]:
            center = self._fitted(self.spread, form, self.prior, steady.center).center
            left = self.solver.fit_pupils(form.without(shapes), self.camera, center, self.eye)
            pulled = bound @ (center - self.prior.center)
            return center, np.append(np.sqrt(say)[:, None] * left.residuals, pulled)

        return improved(self.steady.form, self._form_prior(steady, shapes), explain)

    def _form_prior(self, steady: CenterFit, shapes: Floats) -> Form:
        """Return how oval pupils may be: as much as outlines are unlike those of round ones."""
        if self.form is not None:
            return self.form
        unlike = self.solver.fit_pupils(shapes, self.camera, steady.center, self.eye).misfits
        radius = float(np.median(shapes[:, 2] + shapes[:, 4])) / 2
        return form_of_spread(max(_OVAL_PER_MISFIT * float(np.median(unlike)) / radius, _ROUNDEST))

    def _moved(self, since: float) -> CenterFit | None:
        """Return the centre after a slip, if a slip explains what is seen since then."""
        seen = [known for known in self.recent if known.timestamp >= since]
        if len(seen) < 2 or not (self._spread_out(seen) or self.now - since > _PATIENCE_SECONDS):
            return None
        before, form = self.current.center, self.current.form
        fit = self._fitted(seen, form, prior_around(before, SLIP_SPREAD_MM), before)
        shapes = form.without(arrays(seen, self.now)[0])
        unmoved = self.solver.fit_pupils(shapes, self.camera, before, self.eye)
        explains = fit.misfit_px < _EXPLAINED * float(np.median(unmoved.misfits))
        far = float(np.linalg.norm(fit.center - before)) > _LEAST_SLIP_MM
        return fit if explains and far else None

    def _spread_out(self, seen: list[Observation]) -> bool:
        places = np.array([known.shape[:2] for known in seen])
        return bool(np.ptp(places, axis=0).max() > _APART * self.camera.width)


def _belief(fit: CenterFit, form: Form) -> Belief:
    return Belief(fit.center, fit.covariance, fit.misfit_px, form)
