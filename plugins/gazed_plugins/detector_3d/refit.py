"""The work on the memory, off the frame path: where the eyeball is, over minutes and seconds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.detector_3d.center import CenterFit, Prior
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


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """Where the eyeball's centre is (3,), in mm, how surely (covariance (3, 3)), and the misfit."""

    center: Floats
    covariance: Floats
    misfit_px: float

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


def prior_around(center: Floats, spread_mm: tuple[float, float, float]) -> Prior:
    """Return the knowledge that an eyeball is within ``spread_mm`` (x, y, z) of ``center``."""
    return Prior(center, np.diag(1.0 / np.square(spread_mm)))


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """Everything one fit needs; ``run`` may be called in any thread."""

    solver: Solver
    epoch: int
    camera: Camera
    eye: EyeShape
    prior: Prior
    steady: Belief
    current: Belief
    young: bool
    spread: list[Observation]
    recent: list[Observation]
    suspicious_since: float | None
    now: float

    def run(self) -> Refit:
        """Return what the memory says now."""
        steady = self._fitted(self.spread, self.prior, self.steady.center)
        if self.young:
            other = self._fitted(self.spread, self.prior, self.prior.center)
            steady = min(steady, other, key=lambda fit: fit.cost)
        loose = np.linalg.inv(steady.covariance + np.diag(np.square(_DRIFT_MM)))
        current = self._fitted(self.recent, Prior(steady.center, loose), steady.center)
        refit = Refit(self.epoch, _belief(steady), _belief(current))
        if self.suspicious_since is not None:
            fit = self._moved(self.suspicious_since)
            return replace(refit, moved=fit, moved_since=self.suspicious_since)
        return refit

    def _fitted(self, seen: list[Observation], prior: Prior, start: Floats) -> CenterFit:
        shapes, counts = arrays(seen, self.now)
        bias = _BIAS * self.camera.width
        return self.solver.fit_center(shapes, counts, self.camera, prior, start, self.eye, bias)

    def _moved(self, since: float) -> CenterFit | None:
        """Return the centre after a slip, if a slip explains what is seen since then."""
        seen = [known for known in self.recent if known.timestamp >= since]
        if len(seen) < 2 or not (self._spread_out(seen) or self.now - since > _PATIENCE_SECONDS):
            return None
        before = self.current.center
        fit = self._fitted(seen, prior_around(before, SLIP_SPREAD_MM), before)
        shapes, _ = arrays(seen, self.now)
        unmoved = self.solver.fit_pupils(shapes, self.camera, before, self.eye)
        explains = fit.misfit_px < _EXPLAINED * float(np.median(unmoved.misfits))
        far = float(np.linalg.norm(fit.center - before)) > _LEAST_SLIP_MM
        return fit if explains and far else None

    def _spread_out(self, seen: list[Observation]) -> bool:
        places = np.array([known.shape[:2] for known in seen])
        return bool(np.ptp(places, axis=0).max() > _APART * self.camera.width)


def _belief(fit: CenterFit) -> Belief:
    return Belief(fit.center, fit.covariance, fit.misfit_px)
