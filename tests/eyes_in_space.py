"""What a camera would see of a wearer's pupils: exact ellipses, with the noise asked for."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gazed import Ellipse
from gazed_plugins.detector_3d.outlines import Camera, shape_of
from gazed_plugins.simulated_headset.geometry import (
    STANDARD_EYE,
    EyeModel,
    basis_of,
    circle,
    fit_ellipse,
    refracted,
)
from gazed_plugins.simulated_headset.geometry import Camera as DrawingCamera
from gazed_plugins.simulated_headset.wearer import EyeState, Wearer

SIZE = 192
DRAWING = DrawingCamera.of_size(SIZE)
CAMERA = Camera(DRAWING.focal_length_px, SIZE, SIZE)
OPEN = 0.6


@dataclass(frozen=True)
class Moment:
    """One picture's pupil: its outline (5,) as seen, and the truth in the camera frame."""

    timestamp: float
    shape: np.ndarray
    center: np.ndarray
    normal: np.ndarray
    diameter_mm: float


def moments(
    seed: int = 0,
    seconds: float = 8.0,
    rate: float = 100.0,
    noise_px: float = 0.1,
    eye: EyeModel = STANDARD_EYE,
    off_axis_mm: float = 0.0,
    slip: tuple[float, tuple[float, float, float]] | None = None,
) -> Iterator[Moment]:
    """Yield what one eye of a freely viewing wearer looks like while it is open.

    ``slip`` is when and by how many millimetres the headset moves; ``off_axis_mm`` puts the
    pupil beside the optical axis.
    """
    dice = np.random.default_rng(seed)
    wearer = Wearer(seed)
    if slip:
        wearer.slip(slip[1], slip[0])
    for index in range(round(seconds * rate)):
        state = wearer.state(0, index / rate)
        if state.opening > OPEN:
            yield _moment(state, index / rate, eye, off_axis_mm, dice.normal(0, noise_px, 5))


def ellipse_seen(
    center: np.ndarray,
    normal: np.ndarray,
    diameter_mm: float,
    eye: EyeModel = STANDARD_EYE,
    off_axis_mm: float = 0.0,
) -> Ellipse:
    """Return the ellipse in which the camera sees a pupil through the cornea."""
    middle = center + eye.pupil_distance * normal + off_axis_mm * basis_of(normal)[0]
    edge = circle(middle, normal, diameter_mm / 2, 64)
    exits = refracted(edge, center + eye.cornea_distance * normal, eye)
    return fit_ellipse(DRAWING.project(exits))


def degrees_between(one: np.ndarray, other: np.ndarray) -> float:
    """Return the angle between two unit vectors."""
    return math.degrees(math.acos(min(1.0, float(one @ other))))


def _moment(
    state: EyeState, timestamp: float, eye: EyeModel, off_axis_mm: float, noise: np.ndarray
) -> Moment:
    center, normal = np.array(state.center), np.array(state.normal)
    seen = ellipse_seen(center, normal, state.pupil_diameter_mm, eye, off_axis_mm)
    # The same noise for both axes' ends and for the centre: half of it for the half axes.
    shape = shape_of(seen) + noise * (1.0, 1.0, 0.5, 0.5, 0.5)
    return Moment(timestamp, shape, center, normal, state.pupil_diameter_mm)
