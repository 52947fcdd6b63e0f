"""The rotation that turns one set of vectors into another."""

from __future__ import annotations

import numpy as np

from gazed_plugins.calibration_3d.vectors import Floats


def rigid_alignment(source: Floats, target: Floats) -> Floats:
    """Return R (3, 3) that aligns ``source`` (n, 3) to ``target`` after centring both.

    That is the start of the original's fits (spec: calibration 7.3).
    """
    return _nearest_rotation((target - target.mean(axis=0)).T @ (source - source.mean(axis=0)))


def rotation_between(source: Floats, target: Floats, weights: Floats | None = None) -> Floats:
    """Return R (3, 3) with the least weighted sum of squares of ``R source - target`` (n, 3).

    This is Wahba's problem, solved with a singular value decomposition (Markley 1988).
    """
    weighted = target if weights is None else target * weights[:, None]
    return _nearest_rotation(weighted.T @ source)


def rotations_of_pairs(sources: Floats, targets: Floats) -> Floats:
    """Return rotations (n, 3, 3) that turn pairs of directions (n, 2, 3) into others.

    Each turns the middle of the first pair into that of the second, and plane into plane.
    """
    rotations: Floats = np.swapaxes(_frames(targets), 1, 2) @ _frames(sources)
    return rotations


def _frames(pairs: Floats) -> Floats:
    # Three orthogonal unit rows for each pair of vectors.
    middle = pairs[:, 0] + pairs[:, 1]
    across = np.cross(pairs[:, 0], pairs[:, 1])
    frames = np.stack([middle, across, np.cross(middle, across)], axis=1)
    scaled: Floats = frames / np.maximum(np.linalg.norm(frames, axis=2, keepdims=True), 1e-12)
    return scaled


def _nearest_rotation(matrix: Floats) -> Floats:
    left, _, right = np.linalg.svd(matrix)
    turn = np.sign(np.linalg.det(left @ right)) or 1.0
    rotation: Floats = left @ np.diag([1.0, 1.0, turn]) @ right
    return rotation
