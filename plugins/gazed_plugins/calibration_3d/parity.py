"""The original's HMD fit, number for number (spec: calibration 4, 5 and 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.alignment import rigid_alignment
from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.mapping import pose_matrix
from gazed_plugins.calibration_3d.rotations import rotation_vector, turning
from gazed_plugins.calibration_3d.timeline import service_frame
from gazed_plugins.calibration_3d.vectors import (
    NOT_SUFFICIENT,
    FitError,
    Flags,
    Floats,
    Indices,
    rotation_of,
    unit,
)

MATCH_SECONDS = 1 / 15
UPSTREAM_DISTANCE_MM = 500.0
UPSTREAM_SCALES = (0.7, 3.025, 5.35, 7.675, 10.0)

_COST_LIMIT = 1000.0
_GAIN, _MOST_STEPS = 1e-8, 100


@dataclass(frozen=True, slots=True, eq=False)
class HMDFit:
    """Rotations (3, 3) of eyes 0 and 1, the scale of the targets' depths, and the cost."""

    rotations: tuple[Floats, Floats]
    scale: float
    cost: float


def nearest_in_time(times: Floats, when: Floats) -> Indices:
    """Return for each of ``when`` the index of the nearest of ``times``, the later of two.

    ``times`` is sorted and not empty.
    """
    later = np.minimum(np.searchsorted(times, when), len(times) - 1)
    earlier = np.maximum(later - 1, 0)
    closer = when - times[earlier] < times[later] - when
    return np.where(closer, earlier, later)


def match_both_eyes(
    right: Floats, left: Floats, references: Floats
) -> tuple[Indices, Indices, Flags]:
    """Return the data of eyes 0 and 1 nearest to each reference time, and which match.

    Those do of which the three times are less than 1/15 s apart. No eye may be empty.
    """
    first, second = nearest_in_time(right, references), nearest_in_time(left, references)
    times = np.stack([right[first], left[second], references])
    return first, second, np.ptp(times, axis=0) < MATCH_SECONDS


def fit_scaled(
    normals: Sequence[Floats], targets: Floats, positions: Sequence[Floats], scale: float
) -> HMDFit:
    """Fit both eyes' rotations to targets (n, 3) whose depths are multiplied by ``scale``.

    ``normals`` are (n, 3) an eye, in its camera's frame; ``positions`` (3,) are the eyes'.
    Targets and positions are fixed. Gauss-Newton steps with the original's start and end take
    the same way as its trust region solver, whose bounds are never reached.
    """
    scaled = targets * np.array([1.0, 1.0, scale])
    wanted = [unit(scaled - position) for position in positions]
    turns = np.array([rotation_vector(rigid_alignment(one, scaled)) for one in normals])
    cost = _cost(normals, wanted, turns)
    for _ in range(_MOST_STEPS):
        before = cost
        turns = turns + [_step(*eye) for eye in zip(normals, wanted, turns, strict=True)]
        cost = _cost(normals, wanted, turns)
        if before - cost < _GAIN * before:
            break
    return HMDFit((rotation_of(turns[0]), rotation_of(turns[1])), scale, cost)


def fit_grid(
    normals: Sequence[Floats],
    targets: Floats,
    positions: Sequence[Floats],
    scales: Sequence[float] = UPSTREAM_SCALES,
) -> HMDFit:
    """Try the scales as the original does: the best of all but the last, which replaces the last.

    Raises FitError when not even the result's cost is below 1000.
    """
    tried, best = list(scales), _COST_LIMIT
    for index in range(len(tried)):
        fit = fit_scaled(normals, targets, positions, tried[index])
        if fit.cost <= best:
            best, tried[-1] = fit.cost, fit.scale
    require_success(fit.cost)
    return fit


def parity_matrices(
    data: Sequence[EyeData], references: Floats, positions: Sequence[Floats]
) -> tuple[tuple[Floats, Floats], float]:
    """Return the original's matrices (4, 4) of eyes 0 and 1, and the scale it settled on.

    ``references`` (m, 4) are timestamps and positions as the client sent them. Raises FitError
    with the original's reasons.
    """
    if not (len(data[0]) and len(data[1])):
        raise FitError(NOT_SUFFICIENT)
    right, left, near = match_both_eyes(data[0].times, data[1].times, references[:, 0])
    if not near.any():
        raise FitError(NOT_SUFFICIENT)
    matched = (right[near], left[near])
    normals = [one.normals[places] for one, places in zip(data, matched, strict=True)]
    fit = fit_grid(normals, service_frame(references[near, 1:]), positions)
    first, second = (
        pose_matrix(rotation, position, one.centers[places[-1]])
        for rotation, position, one, places in zip(
            fit.rotations, positions, data, matched, strict=True
        )
    )
    return (first, second), fit.scale


def require_success(cost: float) -> None:
    """Raise FitError with the original's words unless the cost is below 1000."""
    if not cost < _COST_LIMIT:
        raise FitError("Model fit did not converge.")


def _cost(normals: Sequence[Floats], wanted: Sequence[Floats], turns: Floats) -> float:
    eyes = zip(normals, wanted, turns, strict=True)
    return sum(float(((n @ rotation_of(r).T - v) ** 2).sum()) / 2 for n, v, r in eyes)


def _step(normals: Floats, wanted: Floats, turn: Floats) -> Floats:
    errors = (normals @ rotation_of(turn).T - wanted).ravel()
    jacobian = turning(normals, turn).reshape(-1, 3)
    # Least squares even here: an eye that never moved leaves a direction open.
    step = np.linalg.lstsq(jacobian.T @ jacobian, -jacobian.T @ errors, rcond=None)[0]
    return np.asarray(step, np.float64)
