"""A scripted person in the headset: fixations, saccades, blinks, hippus and slip."""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from gazed_plugins.simulated_headset.headset import Vector, mount_of
from gazed_plugins.simulated_headset.schedule import (
    Direction,
    glance,
    next_glance,
    opening,
    smooth,
    wander,
)

OCULOMOTOR_RANGE_DEG = 40.0
NEAREST_MM = 50.0
_DRIFT_STEP_DEG, _DRIFT_STEPS, _DRIFT_RATE = 0.02, 3, 4
_PUPIL_SWING_MM, _PUPIL_RATE = 0.35, 10
_REMEMBERED = 16


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
) -> EyeState:
    """Return the state of a resting eye that looks exactly at a point of the HMD frame."""
    return EyeState(
        eye=eye,
        center=_center(eye, slip_mm),
        normal=_normal_toward(eye, gaze_point, slip_mm),
        pupil_diameter_mm=pupil_diameter_mm,
        opening=opening,
        gaze_point=gaze_point,
    )


def direction_of(point: Vector) -> Direction:
    """Return the direction of a point of the HMD frame, kept within what eyes can reach."""
    x, y, z = point
    azimuth, elevation = math.atan2(x, z), math.atan2(y, math.hypot(x, z))
    return Direction(
        _within_range(math.degrees(azimuth)),
        _within_range(math.degrees(elevation)),
        1.0 / max(math.hypot(x, y, z), NEAREST_MM),
    )


def point_at(direction: Direction) -> Vector:
    """Return the point (mm, HMD frame) that lies in a direction."""
    azimuth, elevation = math.radians(direction.azimuth), math.radians(direction.elevation)
    flat = math.cos(elevation) / direction.nearness
    return (
        flat * math.sin(azimuth),
        math.sin(elevation) / direction.nearness,
        flat * math.cos(azimuth),
    )


@dataclass(frozen=True, slots=True)
class _Saccade:
    start: float
    origin: Direction
    target: Direction

    @property
    def end(self) -> float:
        # The main sequence: 2.2 ms per degree and 21 ms (Carpenter 1988).
        return self.start + 0.021 + 0.0022 * self.origin.angle_to(self.target)

    def at(self, time: float) -> Direction:
        share = (time - self.start) / (self.end - self.start)
        return self.origin.toward(self.target, smooth(share))


@dataclass(slots=True)
class _Hold:
    saccade: _Saccade
    until: float = math.inf


class Wearer:
    """Where both eyes are at any time, the same for everybody with the same seed.

    Without a target the eyes view freely. All times are seconds on one clock; the state at
    a time depends on the seed and on the targets and slips told, never on earlier calls.
    Fixational drift and pupil size move in steps of 0.02 degrees and 0.01 mm, at most 4 and
    10 times a second, so that most pictures of a fixation are the same but for their noise.
    """

    def __init__(
        self,
        seed: int = 0,
        *,
        reaction_time: float = 0.2,
        blinks_per_minute: float = 12.0,
        opening: float = 1.0,
        slip_mm: Vector = (0.0, 0.0, 0.0),
    ) -> None:
        self._seed = seed
        self._reaction_time = reaction_time
        self._blinks_per_minute = blinks_per_minute
        self._opening = opening
        self._pupil_mm = random.Random(f"{seed} pupil").uniform(3.2, 4.8)
        self._holds: deque[_Hold] = deque(maxlen=_REMEMBERED)
        self._slips: deque[tuple[float, Vector]] = deque([(-math.inf, slip_mm)], _REMEMBERED)

    def look_at(self, target: Vector | None, time: float) -> None:
        """Show a target (mm, HMD frame) at ``time``; None goes back to free viewing.

        The eyes set out after the reaction time, or when the saccade under way then is over.
        A target that was not yet reacted to is replaced; the same one again changes nothing.
        """
        if target is not None and self._aims_at(direction_of(target)):
            return
        moment = time + self._reaction_time
        while self._holds and self._holds[-1].saccade.start > moment:
            self._holds.pop()
        start = max(moment, self._saccade(moment).end) if self._moving(moment) else moment
        if target is not None:
            self._hold(start, direction_of(target))
        elif self._holds and self._holds[-1].until > start:
            self._holds[-1].until = next_glance(self._seed, start)

    def slip(self, mm: Vector, time: float) -> None:
        """Let the headset sit off by ``mm`` (HMD frame) from ``time`` on.

        The eyes then stand at minus ``mm`` from where they should be.
        """
        self._slips.append((time, mm))

    def state(self, eye: int, time: float) -> EyeState:
        """Return one eye at ``time``."""
        slip = self._slip_at(time)
        drift = self._drift(time)
        gaze_point = self._gaze_point(time, drift)
        return EyeState(
            eye=eye,
            center=_center(eye, slip),
            normal=_normal_toward(eye, gaze_point, slip),
            pupil_diameter_mm=self._pupil(time),
            opening=self._opening * opening(self._seed, self._blinks_per_minute, time),
            gaze_point=gaze_point,
            turn=self._turn(eye, time, drift, slip),
        )

    def _aims_at(self, target: Direction) -> bool:
        last = self._holds[-1] if self._holds else None
        return last is not None and last.until == math.inf and last.saccade.target == target

    def _hold(self, start: float, target: Direction) -> None:
        origin = self._saccade(start).at(start)
        self._holds.append(_Hold(_Saccade(start, origin, target)))

    def _moving(self, time: float) -> bool:
        return time < self._saccade(time).end

    def _saccade(self, time: float) -> _Saccade:
        hold = next((one for one in reversed(self._holds) if one.saccade.start <= time), None)
        if hold is not None and time < hold.until:
            return hold.saccade
        start, target = glance(self._seed, time)
        if hold is not None and hold.until == start:
            return _Saccade(start, hold.saccade.target, target)
        _, origin = glance(self._seed, math.nextafter(start, -math.inf))
        return _Saccade(start, origin, target)

    def _gaze_point(self, time: float, drift: tuple[float, float]) -> Vector:
        direction = self._saccade(time).at(time)
        right, up = drift
        return point_at(
            Direction(direction.azimuth + right, direction.elevation + up, direction.nearness)
        )

    def _drift(self, time: float) -> tuple[float, float]:
        time = math.floor(time * _DRIFT_RATE) / _DRIFT_RATE
        right = round(_DRIFT_STEPS * wander(self._seed, "drift right", time))
        up = round(_DRIFT_STEPS * wander(self._seed, "drift up", time))
        return _DRIFT_STEP_DEG * right, _DRIFT_STEP_DEG * up

    def _turn(self, eye: int, time: float, drift: tuple[float, float], slip: Vector) -> Vector:
        if not self._moving(time):
            return (0.0, 0.0, 0.0)
        before = _normal_toward(eye, self._gaze_point(time - 0.0005, drift), slip)
        after = _normal_toward(eye, self._gaze_point(time + 0.0005, drift), slip)
        return _vector(1000.0 * (np.array(after) - np.array(before)))

    def _pupil(self, time: float) -> float:
        time = math.floor(time * _PUPIL_RATE) / _PUPIL_RATE
        return round(self._pupil_mm + _PUPIL_SWING_MM * wander(self._seed, "hippus", time), 2)

    def _slip_at(self, time: float) -> Vector:
        return next((mm for start, mm in reversed(self._slips) if start <= time), (0.0, 0.0, 0.0))


@lru_cache(maxsize=16)
def _center(eye: int, slip: Vector) -> Vector:
    mount = mount_of(eye)
    return _vector(mount.to_camera(mount.eye - slip))


@lru_cache(maxsize=16)
def _normal_toward(eye: int, gaze_point: Vector, slip: Vector) -> Vector:
    mount = mount_of(eye)
    line = np.array(gaze_point) + slip - mount.eye
    return _vector(mount.normal_to_camera(line / math.sqrt(float(line @ line))))


def _vector(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Vector:
    x, y, z = values.tolist()
    return (x, y, z)


def _within_range(degrees: float) -> float:
    return min(max(degrees, -OCULOMOTOR_RANGE_DEG), OCULOMOTOR_RANGE_DEG)
