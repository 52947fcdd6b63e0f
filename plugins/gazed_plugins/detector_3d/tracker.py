"""Follow one eyeball: its centre over minutes and over seconds, and the pupil in each frame."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gazed_plugins.detector_3d.belief import Belief
from gazed_plugins.detector_3d.center import Prior
from gazed_plugins.detector_3d.form import ROUND, Form
from gazed_plugins.detector_3d.memory import Averager, Memory
from gazed_plugins.detector_3d.optics import STANDARD_EYE, EyeShape, Floats
from gazed_plugins.detector_3d.outlines import Camera
from gazed_plugins.detector_3d.pupils import Pupils
from gazed_plugins.detector_3d.refit import SLIP_SPREAD_MM, Refit, Task, prior_around
from gazed_plugins.detector_3d.schedule import Schedule
from gazed_plugins.detector_3d.slippage import SlipWatch
from gazed_plugins.detector_3d.solver import Solver, best_solver

State = Literal["young", "steady", "moved"]

USUAL_CENTER_MM = (0.0, 0.0, 35.0)
"""Where an eyeball is before anything was seen of it."""

_USUAL_SPREAD_MM = (6.0, 6.0, 4.0)
_STEADY_DEG = 0.5
_TRUSTED_DEG = 1.0
_LEAST_OBSERVATIONS = 3
_LONGEST_PAUSE_SEEN = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """The pupil of one frame in space: unit ``normal`` (3,) and radius in mm.

    ``outline`` (5,) is the one in which the model sees it, ``misfit_px`` how far that is from the
    one in the picture.
    """

    normal: Floats
    radius_mm: float
    outline: Floats
    misfit_px: float


class EyeTracker:
    """One eye's model: ``see`` each frame, and run what ``due`` returns off the frame path."""

    def __init__(
        self, camera: Camera, eye: EyeShape = STANDARD_EYE, solver: Solver | None = None
    ) -> None:
        self.camera = camera
        self.eye = eye
        self._solver = solver or best_solver()
        self.frozen = False
        self.slips = 0
        self._epoch = 0
        self._newest = -math.inf
        self.reset()

    def reset(self) -> None:
        """Forget everything that was seen."""
        self.slips = 0
        self._begin(prior_around(np.array(USUAL_CENTER_MM), _USUAL_SPREAD_MM), None)
        self.state: State = "young"

    def see(self, shape: Floats, timestamp: float, certain: bool) -> Sight:
        """Return the pupil for an outline (5,) of one frame; learn from it when ``certain``."""
        self._follow_time(timestamp)
        center = self.current.center
        shapes = self.current.form.without(shape[None])
        pupils = self._solver.fit_pupils(shapes, self.camera, center, self.eye)
        sight = self._sight(shape, pupils)
        if certain and not self.frozen:
            self._learn(shape, timestamp)
        return sight

    def _sight(self, shape: Floats, pupils: Pupils) -> Sight:
        outline = self._solver.explained(shape, pupils.residuals[0])
        return Sight(
            normal=pupils.normals[0],
            radius_mm=float(pupils.radii[0]),
            outline=outline,
            misfit_px=float(pupils.misfits[0]),
        )

    def due(self, now: float) -> Callable[[], Refit] | None:
        """Return the work to do on the memory, if it is time for it."""
        if self.frozen or len(self._memory.recent) < _LEAST_OBSERVATIONS:
            return None
        trusted = self.current.error_deg < _TRUSTED_DEG
        suspicious = trusted and self._watch.suspicious_since is not None
        if not self._schedule.is_due(now, urgent=suspicious):
            return None
        task = Task(
            solver=self._solver,
            epoch=self._epoch,
            camera=self.camera,
            eye=self.eye,
            prior=self._prior,
            form=self._form,
            steady=self.steady,
            current=self.current,
            young=self.state != "steady",
            spread=self._memory.spread,
            recent=self._memory.recent,
            suspicious_since=self._watch.suspicious_since if suspicious else None,
            now=now,
        )
        return task.run

    def accept(self, refit: Refit) -> bool:
        """Take the result of the work; return whether the state has changed."""
        if refit.epoch != self._epoch or self.frozen or not refit.possible:
            return False
        before = self.state
        if refit.moved is not None:
            self._move(refit.moved, refit.moved_since)
        else:
            self.steady, self.current = refit.steady, refit.current
            if self.current.error_deg < _STEADY_DEG:
                self.state = "steady"
        return self.state != before or refit.moved is not None

    def _follow_time(self, timestamp: float) -> None:
        """Keep what is known when the clock is set or the pictures pause."""
        if not 0 <= timestamp - self._newest <= _LONGEST_PAUSE_SEEN:
            self._memory.restamp(timestamp)
            self._watch.pause()
            self._schedule.restart(timestamp)
        self._newest = timestamp

    def _begin(self, prior: Prior, form: Form | None) -> None:
        self._epoch += 1
        self._prior, self._form = prior, form
        self._memory = Memory(self.camera.width, self.camera.height)
        self._averager = Averager(self.camera.width)
        self._watch = SlipWatch(self.camera.width)
        self._schedule = Schedule()
        self.steady = self.current = Belief.before(prior, form or ROUND)

    def _learn(self, shape: Floats, timestamp: float) -> None:
        observation = self._averager.add(shape, timestamp)
        if observation is None:
            return
        self._memory.add(observation)
        center, mean = self.current.center, self.current.form.without(observation.shape[None])
        misfits = self._solver.fit_pupils(mean, self.camera, center, self.eye).misfits
        self._watch.add(float(misfits[0]), observation.timestamp)

    def _move(self, moved: Belief, since: float) -> None:
        memory = self._memory
        self._begin(prior_around(self.current.center, SLIP_SPREAD_MM), moved.form)
        self._memory = memory
        self._memory.forget_before(since)
        self.current = self.steady = moved
        self.state = "moved"
        self.slips += 1
