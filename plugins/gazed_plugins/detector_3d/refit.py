"""The work on the memory, off the frame path: where the eyeball is, over minutes and seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.detector_3d.belief import Belief
from gazed_plugins.detector_3d.center import CenterFit, Prior, Problem
from gazed_plugins.detector_3d.form import ROUND, Form, form_of_spread, improved
from gazed_plugins.detector_3d.memory import Observation, arrays, places
from gazed_plugins.detector_3d.optics import EyeShape, Floats
from gazed_plugins.detector_3d.outlines import Camera
from gazed_plugins.detector_3d.pupils import Pupils
from gazed_plugins.detector_3d.solver import Solver

SLIP_SPREAD_MM = (2.0, 2.0, 1.0)
"""How far a slip takes an eyeball from where it was, usually."""

_DRIFT_MM = (0.25, 0.25, 0.1)
_LEAST_SLIP_MM = 0.25
_EXPLAINED = 0.6
_APART = 0.03
_ONSETS = 4
# Another eyeball explains one or two places always: lashes and lids bend outlines by 0.2 px of a
# picture 192 wide, a slip of 1 mm by 0.28 px and more (drawn pictures).
_ENOUGH_PLACES, _FEW_PLACES_MISFIT = 3, 0.0012
_PATIENCE_SECONDS = 1.0
_BIAS = 0.0004
_NEAREST_MM = 12.0
_OVAL_PER_MISFIT = 0.4
_ROUNDEST = 1e-5


Evidence = tuple[Floats, Floats]
"""Shapes (K, 5) of outlines, one for each place, and how many pictures (K,) they stand for."""


@dataclass(frozen=True, slots=True, eq=False)
class Refit:
    """What looking at the memory anew gave; ``moved`` if the eyeball is elsewhere now."""

    epoch: int
    steady: Belief
    current: Belief
    moved: Belief | None = None
    moved_since: float = 0.0

    @property
    def possible(self) -> bool:
        """Whether the camera is outside the eyeballs found, and all numbers are numbers."""
        return all(
            math.isfinite(one.error_deg) and float(one.center[2]) > _NEAREST_MM
            for one in (self.steady, self.current, self.moved)
            if one is not None
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
        form, spread = self.steady.form, self._evidence(self.spread)
        steady = self._fitted(spread, form, self.prior, self.steady.center)
        if self.young:
            other = self._fitted(spread, form, self.prior, self.prior.center)
            steady = min(steady, other, key=lambda fit: fit.cost)
        form, doubt = self._form(spread, steady)
        steady = self._fitted(spread, form, self.prior, steady.center)
        steady = replace(steady, covariance=steady.covariance + doubt)
        loose = np.linalg.inv(steady.covariance + np.diag(np.square(_DRIFT_MM)))
        recent = self._evidence(self.recent)
        current = self._fitted(recent, form, Prior(steady.center, loose), steady.center)
        normals = self._pupils(spread, form, steady.center).normals
        refit = Refit(
            self.epoch, Belief.of(steady, form, normals), Belief.of(current, form, normals)
        )
        for since in self._onsets():
            moved = self._moved(since)
            if moved is not None:
                return replace(refit, moved=moved, moved_since=since)
        return refit

    def _evidence(self, seen: list[Observation]) -> Evidence:
        return arrays(places(seen, self.camera.width), self.now)

    def _fitted(self, seen: Evidence, form: Form, prior: Prior, start: Floats) -> CenterFit:
        return self.solver.fit_center(self._problem(seen, form, prior), start)

    def _problem(self, seen: Evidence, form: Form, prior: Prior) -> Problem:
        bias_px = _BIAS * self.camera.width
        return Problem(form.without(seen[0]), seen[1], self.camera, self.eye, prior, bias_px)

    def _pupils(self, seen: Evidence, form: Form, center: Floats) -> Pupils:
        return self.solver.fit_pupils(form.without(seen[0]), self.camera, center, self.eye)

    def _form(self, spread: Evidence, steady: CenterFit) -> tuple[Form, Floats]:
        """Return the pupil's form, and what not knowing it better adds to the covariance."""
        say = self._problem(spread, ROUND, self.prior).says(steady.weights, steady.noise_px)
        bound = np.linalg.cholesky(self.prior.information).T

        def explain(form: Form) -> tuple[Floats, Floats]:
            center = self._fitted(spread, form, self.prior, steady.center).center
            left = self._pupils(spread, form, center)
            pulled = bound @ (center - self.prior.center)
            return center, np.append(np.sqrt(say)[:, None] * left.residuals, pulled)

        return improved(self.steady.form, self._form_prior(spread, steady), explain)

    def _form_prior(self, spread: Evidence, steady: CenterFit) -> Form:
        """Return how oval pupils may be: as much as outlines are unlike those of round ones."""
        if self.form is not None:
            return self.form
        unlike = self._pupils(spread, ROUND, steady.center).misfits
        radius = float(np.median(spread[0][:, 2] + spread[0][:, 4])) / 2
        return form_of_spread(max(_OVAL_PER_MISFIT * float(np.median(unlike)) / radius, _ROUNDEST))

    def _onsets(self) -> list[float]:
        """Return since when the eyeball may be elsewhere, the first suspicious moment first.

        A blink, and the slip itself, leave outlines that no eyeball explains.
        """
        since = self.suspicious_since
        if since is None:
            return []
        return [known.timestamp for known in self.recent if known.timestamp >= since][:_ONSETS]

    def _moved(self, since: float) -> Belief | None:
        """Return where the eyeball is after a slip, if a slip explains what is seen since then."""
        seen = [known for known in self.recent if known.timestamp >= since]
        if len(seen) < 2 or not (self._spread_out(seen) or self.now - since > _PATIENCE_SECONDS):
            return None
        before, form, evidence = self.current.center, self.current.form, self._evidence(seen)
        fit = self._fitted(evidence, form, prior_around(before, SLIP_SPREAD_MM), before)
        unmoved = float(np.median(self._pupils(evidence, form, before).misfits))
        if len(evidence[0]) < _ENOUGH_PLACES and unmoved < _FEW_PLACES_MISFIT * self.camera.width:
            return None
        explains = fit.misfit_px < _EXPLAINED * unmoved
        far = float(np.linalg.norm(fit.center - before)) > _LEAST_SLIP_MM
        if not (explains and far):
            return None
        return Belief.of(fit, form.loosened(), self._pupils(evidence, form, fit.center).normals)

    def _spread_out(self, seen: list[Observation]) -> bool:
        places = np.array([known.shape[:2] for known in seen])
        return bool(np.ptp(places, axis=0).max() > _APART * self.camera.width)
