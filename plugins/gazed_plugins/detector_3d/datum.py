"""The 3D pupil datum: every field of ``pupil.<id>.3d`` (spec: data 3), also when undefined."""

from __future__ import annotations

import math
from typing import Any

from gazed import Ellipse, __version__
from gazed_plugins.detector_3d.belief import Belief
from gazed_plugins.detector_3d.optics import PUPIL_DISTANCE_MM, Floats
from gazed_plugins.detector_3d.outlines import Camera
from gazed_plugins.detector_3d.tracker import Sight

METHOD = f"gazed 3d {__version__} real-time"

_LARGEST_X_MM, _LARGEST_Y_MM = 15.0, 10.0
_NEAREST_MM, _FARTHEST_MM = 15.0, 75.0
_SMALLEST_PUPIL_MM, _LARGEST_PUPIL_MM = 1.0, 9.0
_WIDEST_PHI_DEG, _WIDEST_THETA_DEG = 90.0, 80.0
_IMPLAUSIBLE = 0.1
_AWAY = (0.0, 0.0, -1.0)

Fields = dict[str, Any]


def spherical(normal: Floats) -> tuple[float, float]:
    """Return theta and phi (radians) of a unit normal, as the wire has them (spec: data 3)."""
    x, y, z = normal.tolist()
    return math.acos(max(-1.0, min(1.0, y))), math.atan2(z, x)


def plausibility(center: Floats, sight: Sight) -> dict[str, bool]:
    """Return whether size, eyeball position and gaze direction are a human eye's.

    The limits are those of ``model_confidence`` in spec: data 3.
    """
    x, y, z = center.tolist()
    theta, phi = (math.degrees(angle) for angle in spherical(sight.normal))
    diameter = 2 * sight.radius_mm
    near = abs(x) <= _LARGEST_X_MM and abs(y) <= _LARGEST_Y_MM
    return {
        "size": _SMALLEST_PUPIL_MM <= diameter <= _LARGEST_PUPIL_MM,
        "position": near and _NEAREST_MM <= z <= _FARTHEST_MM,
        "gaze": abs(phi + 90) <= _WIDEST_PHI_DEG and abs(theta - 90) <= _WIDEST_THETA_DEG,
    }


def model_confidence(belief: Belief, plausible: dict[str, bool]) -> float:
    """Return the probability that the eyeball's centre costs gaze less than one degree.

    The error is taken as normal in two directions, with the standard deviation that the fit
    states. At most 0.1 where size, position or gaze are not a human eye's.
    """
    sure = 1.0 - math.exp(-0.5 / max(belief.error_deg, 1e-3) ** 2)
    return sure if all(plausible.values()) else min(sure, _IMPLAUSIBLE)


def seen_fields(camera: Camera, belief: Belief, sight: Sight, ellipse: Ellipse) -> Fields:
    """Return the fields beyond those of a 2D datum for a pupil that was found."""
    theta, phi = spherical(sight.normal)
    plausible = plausibility(belief.center, sight)
    return {
        **_sphere(camera, belief.center),
        "location": list(ellipse.center),
        "circle_3d": {
            "center": (belief.center + PUPIL_DISTANCE_MM * sight.normal).tolist(),
            "normal": sight.normal.tolist(),
            "radius": sight.radius_mm,
        },
        "diameter_3d": 2 * sight.radius_mm,
        "theta": theta,
        "phi": phi,
        "model_confidence": model_confidence(belief, plausible),
        "plausible": plausible,
    }


def missing_fields(camera: Camera, belief: Belief) -> Fields:
    """Return the same fields for a frame without a pupil: zeros, but for the eyeball's."""
    return {
        **_sphere(camera, belief.center),
        "location": [0.0, 0.0],
        "circle_3d": {"center": [0.0, 0.0, 0.0], "normal": list(_AWAY), "radius": 0.0},
        "diameter_3d": 0.0,
        "theta": 0.0,
        "phi": 0.0,
        "model_confidence": 0.0,
        "plausible": {"size": False, "position": False, "gaze": False},
    }


def _sphere(camera: Camera, center: Floats) -> Fields:
    x, y, z = center.tolist()
    zoom = camera.focal_length_px / z
    middle_x, middle_y = camera.middle.tolist()
    across = 2 * zoom * PUPIL_DISTANCE_MM
    return {
        "sphere": {"center": [x, y, z], "radius": PUPIL_DISTANCE_MM},
        "projected_sphere": {
            "center": [middle_x + zoom * x, middle_y + zoom * y],
            "axes": [across, across],
            "angle": 0.0,
        },
    }
