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
_ARC_POINTS = 21
_ARC = np.radians(np.tile(np.linspace(-62, 62, _ARC_POINTS), 2))
_SINES, _COSINES = np.sin(_ARC), np.cos(_ARC)
_ALONG = np.linspace(0, 1, 5)[:, None, None]


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
        self.downward = -1.0 if eye == 0 else 1.0
        self._camera = camera
        self._mount = mount_of(eye)
        self._right, self._up, self._forward = self._mount.normal_to_camera(np.eye(3))
        self._tilt = -self.downward * math.radians(rng.uniform(2, 6))
        self._upper_rest_deg = rng.uniform(17, 22)
        self._lower_rest_deg = rng.uniform(-29, -26)
        self._lashes = _Lashes(look, rng)
        self._pose: LidPose | None = None
        self._margins = np.empty((2, 2, 0))

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
            self._margins = self._projected(pose)
        (upper_x, upper_y), (lower_x, lower_y) = self._margins
        return np.interp(x, upper_x, upper_y), np.interp(x, lower_x, lower_y)

    def hidden(self, pose: LidPose, points: Floats) -> NDArray[np.bool_]:
        """Return which pixels of (n, 2) a lid hides."""
        x, y = points.T
        upper, lower = self.edges(pose, x)
        shown = np.minimum(self.downward * (y - upper), self.downward * (lower - y))
        hidden: NDArray[np.bool_] = shown < 0
        return hidden

    def lashes(self, pose: LidPose) -> Floats:
        """Return the pixels (lash, point, 2) of all lashes, from root to tip."""
        hairs = self._lashes
        lids_deg = np.where(hairs.lower, pose.lower_deg, pose.upper_deg)
        outward = self._outward(lids_deg, hairs.sines, hairs.cosines)
        angles = np.radians(lids_deg)[:, None]
        upward = np.cos(angles) * self._up - np.sin(angles) * self._forward
        straight = hairs.out * outward + hairs.rise * upward + hairs.aside * self._right
        points = pose.center + _LID_RADIUS_MM * outward + _ALONG * straight
        points += _ALONG**2 * (hairs.curl * upward)
        pixels = self._camera.project(points.reshape(-1, 3))
        return pixels.reshape(len(_ALONG), -1, 2).swapaxes(0, 1)

    def _projected(self, pose: LidPose) -> Floats:
        # (lid, x and y, point), by rising x.
        lids_deg = np.repeat([pose.upper_deg, pose.lower_deg], _ARC_POINTS)
        points = pose.center + _LID_RADIUS_MM * self._outward(lids_deg, _SINES, _COSINES)
        pixels = self._camera.project(points).reshape(2, _ARC_POINTS, 2).swapaxes(1, 2)
        return pixels if pixels[0, 0, 0] < pixels[0, 0, -1] else pixels[:, :, ::-1]

    def _outward(self, lids_deg: Floats, sines: Floats, cosines: Floats) -> Floats:
        # Unit vectors (n, 3) from the globe's centre to points of the margins.
        elevation = np.radians(lids_deg) + self._tilt * sines
        unit: Floats = (
            sines[:, None] * self._right
            + (cosines * np.sin(elevation))[:, None] * self._up
            + (cosines * np.cos(elevation))[:, None] * self._forward
        )
        return unit


class _Lashes:
    # Arrays (n,) and (n, 1) in millimetres, the upper lid's first: where on the arc a lash
    # grows and how far its tip is out, up and aside, straight and by its curl.
    def __init__(self, look: Look, rng: np.random.Generator) -> None:
        upper, lower = look.lashes, look.lashes // 3
        count = upper + lower
        self.lower = np.arange(count) >= upper
        spread = [np.linspace(-52, 52, number) for number in (upper, lower)]
        arc = np.radians(np.concatenate(spread) + rng.normal(0, 1.5, count))
        self.sines, self.cosines = np.sin(arc), np.cos(arc)
        length = look.lash_length_mm * np.where(self.lower, 0.5, 1.0) * rng.uniform(0.6, 1, count)
        rise_deg = np.where(self.lower, -40.0, -look.lash_droop_deg) + rng.normal(0, 8, count)
        aside = 0.5 * self.sines + rng.normal(0, 0.12, count)
        self.out = (length * np.cos(np.radians(rise_deg)))[:, None]
        self.rise = (length * np.sin(np.radians(rise_deg)))[:, None]
        self.aside = (length * aside)[:, None]
        self.curl = (length * np.where(self.lower, 0.25, 0.5))[:, None]


def _stepped(degrees: float) -> float:
    return round(degrees / _STEP_DEG) * _STEP_DEG
