"""Where the eyes and their cameras are in the headset.

The HMD frame is the one clients use: x right, y up, z forward, millimetres, origin
between the eyes. It is left-handed while the camera frame is right-handed, so the matrix
from one to the other has determinant -1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np

from gazed_plugins.simulated_headset.geometry import Floats

Vector = tuple[float, float, float]

EYES_MM: dict[int, Vector] = {0: (32.0, 0.0, 0.0), 1: (-32.0, 0.0, 0.0)}
_CENTER_IN_CAMERA_MM: Vector = (1.0, 2.5, 35.0)
_BELOW, _TEMPORAL = math.radians(20), math.radians(8)


@dataclass(frozen=True, eq=False, slots=True)
class Mount:
    """One eye camera's pose in the HMD frame.

    The columns of ``rotation`` (3, 3) are the camera's x, y and z in the HMD frame,
    ``position`` (3,) is the camera, ``eye`` (3,) the globe's centre while the headset sits
    as it should; millimetres.
    """

    rotation: Floats
    position: Floats
    eye: Floats

    def to_hmd(self, points: Floats) -> Floats:
        """Return points (..., 3) of the camera frame in the HMD frame."""
        return points @ self.rotation.T + self.position

    def to_camera(self, points: Floats) -> Floats:
        """Return points (..., 3) of the HMD frame in the camera frame."""
        return (points - self.position) @ self.rotation

    def normal_to_hmd(self, normals: Floats) -> Floats:
        """Return directions (..., 3) of the camera frame in the HMD frame."""
        return normals @ self.rotation.T

    def normal_to_camera(self, normals: Floats) -> Floats:
        """Return directions (..., 3) of the HMD frame in the camera frame."""
        return normals @ self.rotation


@cache
def mount_of(eye: int) -> Mount:
    """Return the camera of an eye: 35 mm away, 20 degrees below and 8 degrees temporal.

    Camera 1 is upright. Camera 0 is its mirror image in the headset and mounted upside down
    (spec: data 1), which makes its pictures the vertical mirror images of those of eye 1.
    """
    outward, upright = (1.0, -1.0) if eye == 0 else (-1.0, 1.0)
    inward = np.array(
        [
            -outward * math.sin(_TEMPORAL) * math.cos(_BELOW),
            math.sin(_BELOW),
            -math.cos(_TEMPORAL) * math.cos(_BELOW),
        ]
    )
    down = np.array([0.0, -1.0, 0.0]) + inward[1] * inward
    down *= upright / np.linalg.norm(down)
    rotation = np.stack([np.cross(inward, down), down, inward], axis=1)
    x, y, z = _CENTER_IN_CAMERA_MM
    center = np.array(EYES_MM[eye])
    return Mount(rotation, center - rotation @ np.array([x, upright * y, z]), center)
