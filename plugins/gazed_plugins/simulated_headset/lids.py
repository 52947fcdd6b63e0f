"""Where the lids and their lashes are: arcs over the globe that follow the gaze and blink."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.simulated_headset.geometry import Camera, Floats
from gazed_plugins.simulated_headset.headset import Vector, mount_of
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.wearer import EyeState

_LID_RADIUS_MM = 13.0
_STEP_DEG = 0.25
_ARC = np.radians(np.linspace(-62, 62, 25))
_ALONG = np.linspace(0, 1, 6)


@dataclass(frozen=True, slots=True)
class LidPose:
    """Both lid margins' elevations over the globe, in degrees, and the globe's centre."""

    upper_deg: float
    lower_deg: float
    center: Vector


class Lids:
    """The lids of one eye of one person.

    ``downward`` is 1 in an upright picture and -1 in one that is upside down.
    """

    def __init__(self, eye: int, camera: Camera, look: Look, rng: np.random.Generator) -> None:
        self._camera = camera
        self._mount = mount_of(eye)
        self._right, self._up, self._forward = self._mount.normal_to_camera(np.eye(3))
        self.downward = -1.0 if eye == 0 else 1.0
        self._tilt = math.radians(rng.uniform(2, 6)) * (1.0 if eye == 0 else -1.0)
        self._upper_rest_deg = rng.uniform(17, 22)
        self._lower_rest_deg = rng.uniform(-29, -26)
        self._pose: LidPose | None = None
        self._margins = (np.empty((2, 0)), np.empty((2, 0)))
        self._upper_lashes = _Lashes(look.lashes, look.lash_length_mm, -look.lash_droop_deg, rng)
        self._lower_lashes = _Lashes(look.lashes // 3, look.lash_length_mm / 2, -40.0, rng)

    def pose(self, state: EyeState) -> LidPose:
        """Return where the lids are: the upper follows the gaze up and down, the lower less."""
        _, up, _ = self._mount.normal_to_hmd(np.array(state.normal)).tolist()
        elevation = math.degrees(math.asin(up))
        lower = self._lower_rest_deg + 0.35 * elevation + 3 * (1 - state.opening)
        wide = self._upper_rest_deg + 0.75 * elevation + 1 - lower
        upper = lower - 1 + wide * state.opening
        return LidPose(_stepped(upper), _stepped(lower), state.center)

    def edges(self, pose: LidPose, x: Floats) -> tuple[Floats, Floats]:
        """Return at which rows (n,) the upper and the lower lid's edge cross columns (n,)."""
        if pose != self._pose:
            self._pose = pose
            self._margins = (self._projected(pose, pose.upper_deg), self._projected(pose, pose.lower_deg))
        upper, lower = self._margins
        return np.interp(x, *upper), np.interp(x, *lower)

    def hidden(self, pose: LidPose, points: Floats) -> NDArray[np.bool_]:
        """Return which pixels of (n, 2) a lid hides."""
        x, y = points.T
        upper, lower = self.edges(pose, x)
        shown = np.minimum(self.downward * (y - upper), self.downward * (lower - y))
        hidden: NDArray[np.bool_] = shown < 0
        return hidden

    def lashes(self, pose: LidPose) -> Floats:
        """Return the pixels (lash, point, 2) of all lashes, from root to tip."""
        both = [(self._upper_lashes, pose.upper_deg), (self._lower_lashes, pose.lower_deg)]
        return np.concatenate([self._hairs(pose, lashes, angle) for lashes, angle in both])

    def _projected(self, pose: LidPose, angle_deg: float) -> Floats:
        pixels = self._camera.project(self._margin(pose, angle_deg, _ARC))
        return pixels[np.argsort(pixels[:, 0])].T

    def _margin(self, pose: LidPose, angle_deg: float, arc: Floats) -> Floats:
        sines = np.sin(arc)[:, None]
        elevation = math.radians(angle_deg) + self._tilt * sines
        front = np.sin(elevation) * self._up + np.cos(elevation) * self._forward
        points: Floats = sines * self._right + np.cos(arc)[:, None] * front
        return np.array(pose.center) + _LID_RADIUS_MM * points

    def _hairs(self, pose: LidPose, lashes: _Lashes, angle_deg: float) -> Floats:
        roots = self._margin(pose, angle_deg, lashes.arc)
        outward = (roots - pose.center) / _LID_RADIUS_MM
        angle = math.radians(angle_deg)
        upward = math.cos(angle) * self._up - math.sin(angle) * self._forward
        rise = lashes.rise[:, None]
        sideways = (0.5 * np.sin(lashes.arc) + lashes.stray)[:, None] * self._right
        straight = np.cos(rise) * outward + np.sin(rise) * upward + sideways
        along, length = _ALONG[:, None, None], lashes.length[:, None]
        points = roots + along * length * straight + along**2 * length * lashes.curl * upward
        return self._camera.project(points.reshape(-1, 3)).reshape(len(_ALONG), -1, 2).swapaxes(0, 1)


class _Lashes:
    def __init__(
        self, count: int, length_mm: float, rise_deg: float, rng: np.random.Generator
    ) -> None:
        self.arc = np.radians(np.linspace(-52, 52, count) + rng.normal(0, 1.5, count))
        self.length = length_mm * rng.uniform(0.6, 1.0, count)
        self.rise = np.radians(rise_deg + rng.normal(0, 8, count))
        self.stray = rng.normal(0, 0.12, count)
        self.curl = 0.5 if rise_deg > -30 else 0.25


def _stepped(degrees: float) -> float:
    return round(degrees / _STEP_DEG) * _STEP_DEG


