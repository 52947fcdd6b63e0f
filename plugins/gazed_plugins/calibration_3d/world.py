"""The original's fits for a world camera, which sees directions only (spec: calibration 7)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix

from gazed_plugins.calibration_3d.alignment import rigid_alignment
from gazed_plugins.calibration_3d.bundle import block_entries, narrowing, solve
from gazed_plugins.calibration_3d.parity import require_success
from gazed_plugins.calibration_3d.rotations import rotation_vector, turning
from gazed_plugins.calibration_3d.vectors import Floats, rotation_of, unit

FIRST_DISTANCE_MM = 500.0

_POSE_SCALE, _TARGET_SCALE = 1 / 20, 25.0


def fit_both_eyes(
    rays: Floats, normals: Sequence[Floats], positions: Sequence[Floats]
) -> tuple[tuple[Floats, Floats], Floats]:
    """Return the rotations (3, 3) of eyes 0 and 1 and the targets (n, 3) in mm.

    ``rays`` (n, 3) are unit vectors to the targets in the world camera's frame, ``normals`` (n, 3)
    those of each eye in its own; ``positions`` (3,) of the eyes are fixed. Targets begin 500 mm
    away; all of them and both rotations are free. Raises FitError when the fit goes astray.
    """
    problem = _Both(rays, normals, positions)
    turns = [rotation_vector(rigid_alignment(one, rays)) for one in normals]
    start = np.concatenate([*turns, (FIRST_DISTANCE_MM * rays).ravel()])
    scale = np.concatenate([np.full(6, _POSE_SCALE), np.full(rays.size, _TARGET_SCALE)])
    result = solve(problem.errors, problem.jacobian, start, scale)
    require_success(result.cost)
    right, left = rotation_of(result.x[:3]), rotation_of(result.x[3:6])
    return (right, left), result.x[6:].reshape(-1, 3)


def fit_one_eye(rays: Floats, normals: Floats, position: Floats) -> tuple[Floats, Floats]:
    """Return one eye's rotation (3, 3) and position (3,) in mm in the world camera's frame.

    The targets are fixed 500 mm away from the eye along its ``normals`` (n, 3); the world
    camera's pose in the eye's frame is free, and begins where ``position`` says the eye is.
    """
    turn = rigid_alignment(rays, normals)
    problem = _One(rays, FIRST_DISTANCE_MM * normals)
    start = np.concatenate([rotation_vector(turn), -turn @ position])
    result = solve(problem.errors, problem.jacobian, start)
    require_success(result.cost)
    rotation = rotation_of(result.x[:3])
    return rotation.T, -rotation.T @ result.x[3:]


class _Both:
    """Residuals of the world camera and both eyes."""

    def __init__(
        self, rays: Floats, normals: Sequence[Floats], positions: Sequence[Floats]
    ) -> None:
        self._rays = rays
        self._positions = [np.zeros(3), *positions]
        self._normals = normals
        self._rows = np.arange(3 * len(rays)).reshape(-1, 3)

    def errors(self, values: Floats) -> Floats:
        targets = values[6:].reshape(-1, 3)
        seen = [self._rays, *self._seen(values)]
        return np.concatenate(
            [(n - unit(targets - e)).ravel() for n, e in zip(seen, self._positions, strict=True)]
        )

    def jacobian(self, values: Floats) -> csr_matrix:
        targets = values[6:].reshape(-1, 3)
        count = len(targets)
        parts = []
        for camera, position in enumerate(self._positions):
            rows = self._rows + 3 * count * camera
            parts.append(block_entries(-narrowing(targets - position), rows, self._rows + 6))
        turns = values[:6].reshape(2, 3)
        for eye, (seen, turn) in enumerate(zip(self._normals, turns, strict=True)):
            rows = self._rows + 3 * count * (eye + 1)
            columns = np.broadcast_to(3 * eye + np.arange(3), (count, 3))
            parts.append(block_entries(turning(seen, turn), rows, columns))
        entries, rows, columns = (np.concatenate(one) for one in zip(*parts, strict=True))
        return coo_matrix((entries, (rows, columns)), (9 * count, 6 + 3 * count)).tocsr()

    def _seen(self, values: Floats) -> list[Floats]:
        turns = values[:6].reshape(2, 3)
        return [n @ rotation_of(r).T for n, r in zip(self._normals, turns, strict=True)]


class _One:
    """Residuals of the world camera alone, in the eye's frame; the targets are fixed."""

    def __init__(self, rays: Floats, targets: Floats) -> None:
        self._rays = rays
        self._targets = targets

    def errors(self, values: Floats) -> Floats:
        wanted = unit(self._targets - values[3:])
        away: Floats = self._rays @ rotation_of(values[:3]).T - wanted
        return away.ravel()

    def jacobian(self, values: Floats) -> Floats:
        turns = turning(self._rays, values[:3])
        moving = narrowing(self._targets - values[3:])
        jacobian: Floats = np.concatenate([turns, moving], axis=2).reshape(-1, 6)
        return jacobian
