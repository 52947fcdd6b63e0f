"""What the tracker needs solved, and which version of the solution there is."""

from __future__ import annotations

from typing import Protocol

from gazed_plugins.detector_3d.center import CenterFit, Problem, fit_center
from gazed_plugins.detector_3d.compiled import CompiledSolver
from gazed_plugins.detector_3d.optics import EyeShape, Floats
from gazed_plugins.detector_3d.outlines import Camera, outlines_of
from gazed_plugins.detector_3d.pupils import Pupils, explained, first_guess, fit_pupils


class Solver(Protocol):
    """Both fits of the eye model, for outlines (K, 5) as ``outlines.shape_of`` gives them."""

    def fit_pupils(self, shapes: Floats, camera: Camera, center: Floats, eye: EyeShape) -> Pupils:
        """Return the pupils of outlines, given the eyeball's centre (see ``pupils``)."""

    def explained(self, shape: Floats, residuals: Floats) -> Floats:
        """Return the outline (5,) in which the model sees the pupil (see ``pupils``)."""

    def fit_center(self, problem: Problem, start: Floats) -> CenterFit:
        """Return the eyeball's centre that explains outlines best (see ``center``)."""


class NumericSolver:
    """The reference, in numpy."""

    def fit_pupils(self, shapes: Floats, camera: Camera, center: Floats, eye: EyeShape) -> Pupils:
        """Return the pupils of outlines."""
        outlines = outlines_of(shapes, camera)
        return fit_pupils(outlines, center, first_guess(outlines, center, eye), eye)

    def explained(self, shape: Floats, residuals: Floats) -> Floats:
        """Return the outline in which the model sees the pupil."""
        return explained(shape, residuals)

    def fit_center(self, problem: Problem, start: Floats) -> CenterFit:
        """Return the eyeball's centre."""
        return fit_center(problem, start)


def best_solver() -> Solver:
    """Return the compiled solver, or the one in numpy where that cannot be used."""
    try:
        return CompiledSolver()
    except OSError:
        return NumericSolver()


def why_slow() -> str:
    """Return why the compiled solver cannot be used; an empty text when it can."""
    try:
        CompiledSolver()
    except OSError as error:
        return str(error)
    return ""
