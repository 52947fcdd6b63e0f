"""A scripted person in the headset: fixations, saccades, blinks, hippus and slip."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gazed_plugins.simulated_headset.direction import Direction, direction_of, point_at
from gazed_plugins.simulated_headset.gaze_path import GazePath
from gazed_plugins.simulated_headset.geometry import Floats
from gazed_plugins.simulated_headset.headset import Vector, mount_of
from gazed_plugins.simulated_headset.schedule import mistaken, opening, wander

_DRIFT_STEP_DEG, _DRIFT_STEPS, _DRIFT_RATE = 0.02, 3, 4
_PUPIL_SWING_MM, _PUPIL_RATE = 0.35, 5
_REMEMBERED_SLIPS = 16

Kappa = tuple[float, float]
"""By how many degrees the optical axis points outward of, and above, the visual axis."""


@dataclass(frozen=True, slots=True)
class EyeState:
    """One eye at one moment, in its camera's frame; millimetres.

    ``center`` is the globe's centre, ``normal`` the unit vector of the optical axis, out of
    the eye, ``turn`` the normal's change per second. ``opening`` is 0 for shut lids and 1
    for wide open ones. ``gaze_point`` is what is looked at, in the HMD frame.
    """

    eye: int
    center: Vector
    normal: Vector
    pupil_diameter_mm: float
    opening: float
    gaze_point: Vector
    turn: Vector = (0.0, 0.0, 0.0)


def looking(
    eye: int,
    gaze_point: Vector,
    *,
    pupil_diameter_mm: float = 4.0,
    opening: float = 1.0,
    slip_mm: Vector = (0.0, 0.0, 0.0),
    kappa_deg: Kappa = (0.0, 0.0),
) -> EyeState:
    """Return the state of a resting eye that looks exactly at a point of the HMD frame."""
    return EyeState(
        eye=eye,
        center=_center(eye, slip_mm),
        normal=_normal_toward(eye, gaze_point, slip_mm, kappa_deg),
        pupil_diameter_mm=pupil_diameter_mm,
        opening=opening,
        gaze_point=gaze_point,
    )


class Wearer:
    """Where both eyes are at any time, the same for everybody with the same seed.

    Without a target the eyes view freely. All times are seconds on one clock; the state at
    a time depends on the seed and on the targets and slips told, never on earlier questions.
    Fixational drift and pupil size move in steps of 0.02 degrees and 0.01 mm, at most 4 and
    5 times a second, so that most pictures of a fixation are the same but for their noise.
    ``wrong_fixations`` is the share of shown targets at which the wearer does not look.
    ``kappa_deg`` is the optical axis' angle to the visual axis, which goes to the gaze point.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        reaction_time: float = 0.2,
        blinks_per_minute: float = 12.0,
        opening: float = 1.0,
        slip_mm: Vector = (0.0, 0.0, 0.0),
        wrong_fixations: float = 0.0,
        kappa_deg: Kappa = (0.0, 0.0),
    ) -> None:
        self._seed = seed
        self._wrong_fixations = wrong_fixations
        self._kappa_deg = kappa_deg
        self._blinks_per_minute = blinks_per_minute
        self._opening = opening
        self._pupil_mm = random.Random(f"{seed} pupil").uniform(3.2, 4.8)
        self._path = GazePath(seed, reaction_time)
        self._slips: deque[tuple[float, Vector]] = deque(maxlen=_REMEMBERED_SLIPS)
        self._slips.append((-math.inf, slip_mm))

    def look_at(self, target: Vector | None, time: float) -> None:
        """Show a target (mm, HMD frame) at ``time``; None goes back to free viewing.

        The eyes set out after the reaction time, or when the saccade under way then is over.
        """
        if target is None:
            self._path.show(None, time)
        else:
            direction = direction_of(target)
            self._path.show(mistaken(self._seed, self._wrong_fixations, direction), time)

    def slip(self, mm: Vector, time: float) -> None:
        """Let the headset sit off by ``mm`` (HMD frame) from ``time`` on.

        The eyes then stand at minus ``mm`` from where they should be.
        """
        self._slips.append((time, mm))

    def state(self, eye: int, time: float) -> EyeState:
        """Return one eye at ``time``."""
        slip = self._slip_at(time)
        gaze_point = self._gaze_point(time)
        return EyeState(
            eye=eye,
            center=_center(eye, slip),
            normal=_normal_toward(eye, gaze_point, slip, self._kappa_deg),
            pupil_diameter_mm=self._pupil(time),
            opening=self._opening * opening(self._seed, self._blinks_per_minute, time),
            gaze_point=gaze_point,
            turn=self._turn(eye, time, slip),
        )

    def _gaze_point(self, time: float) -> Vector:
        # Drift holds still during a quarter of a second.
        step = math.floor(time * _DRIFT_RATE) / _DRIFT_RATE
        right = round(_DRIFT_STEPS * wander(self._seed, "drift right", step))
        up = round(_DRIFT_STEPS * wander(self._seed, "drift up", step))
        aim = self._path.at(time)
        return point_at(
            Direction(
                aim.azimuth + _DRIFT_STEP_DEG * right,
                aim.elevation + _DRIFT_STEP_DEG * up,
                aim.nearness,
            )
        )

    def _turn(self, eye: int, time: float, slip: Vector) -> Vector:
        if not self._path.moving(time):
            return (0.0, 0.0, 0.0)
        before, after = (
            np.array(
                _normal_toward(eye, point_at(self._path.at(time + step)), slip, self._kappa_deg)
            )
            for step in (-0.0005, 0.0005)
        )
        return _vector(1000.0 * (after - before))

    def _pupil(self, time: float) -> float:
        time = math.floor(time * _PUPIL_RATE) / _PUPIL_RATE
        return round(self._pupil_mm + _PUPIL_SWING_MM * wander(self._seed, "hippus", time), 2)

    def _slip_at(self, time: float) -> Vector:
        begun = (mm for start, mm in reversed(self._slips) if start <= time)
        return next(begun, self._slips[0][1])


@lru_cache(maxsize=16)
def _center(eye: int, slip: Vector) -> Vector:
    mount = mount_of(eye)
    return _vector(mount.to_camera(mount.eye - slip))


@lru_cache(maxsize=16)
def _normal_toward(eye: int, gaze_point: Vector, slip: Vector, kappa: Kappa) -> Vector:
    mount = mount_of(eye)
    line = np.array(gaze_point) + slip - mount.eye
    visual = line / math.sqrt(float(line @ line))
    return _vector(mount.normal_to_camera(_optical_axis(eye, visual, kappa)))


def _optical_axis(eye: int, visual: Floats, kappa: Kappa) -> Floats:
    """Return the optical axis of an eye turned to ``visual`` without torsion (Listing's law)."""
    if kappa == (0.0, 0.0):
        return visual
    outward, up = (math.tan(math.radians(angle)) for angle in kappa)
    ahead = np.array([outward if eye == 0 else -outward, up, 1.0])
    ahead /= np.linalg.norm(ahead)
    # The shortest turn from straight ahead (z) to the visual axis, applied to a vector.
    middle = visual + np.array([0.0, 0.0, 1.0])
    turned: Floats = ahead - middle * (ahead @ middle) / middle[2] + 2.0 * ahead[2] * visual
    return turned


def _vector(values: Floats) -> Vector:
    x, y, z = values.tolist()
    return (x, y, z)
