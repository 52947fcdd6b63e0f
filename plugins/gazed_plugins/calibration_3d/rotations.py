"""Rotation vectors, and how what they turn changes with them."""

from __future__ import annotations

import numpy as np

from gazed_plugins.calibration_3d.vectors import Floats, cross_matrix, rotation_of


def rotation_vector(rotation: Floats) -> Floats:
    """Return the rotation vector (3,) of a rotation matrix (3, 3), by way of its quaternion."""
    # Four times the quaternion's products: the row of its largest part is the most exact.
    skew = rotation - rotation.T
    away = np.array([skew[2, 1], skew[0, 2], skew[1, 0]])
    trace = float(np.trace(rotation))
    products = np.empty((4, 4))
    products[0, 0], products[0, 1:], products[1:, 0] = 1.0 + trace, away, away
    products[1:, 1:] = rotation + rotation.T + (1.0 - trace) * np.eye(3)
    w, *axis = products[int(np.argmax(np.diag(products)))]
    length = float(np.linalg.norm(axis))
    if length < 1e-12:
        return np.zeros(3)
    angle = 2.0 * np.arctan2(length, abs(w)) * (1.0 if w >= 0 else -1.0)
    vector: Floats = angle / length * np.array(axis)
    return vector


def turning(vectors: Floats, rotation: Floats) -> Floats:
    """Return the derivative (n, 3, 3) of ``exp(r) vectors`` by the rotation vector r (3,).

    The formula is that of Gallego and Yezzi (2015).
    """
    turn, size = rotation_of(rotation), float(rotation @ rotation)
    across = np.eye(3)
    if size > 1e-16:
        turned = (turn.T - np.eye(3)) @ cross_matrix(rotation)
        across = (np.outer(rotation, rotation) + turned) / size
    # Linear in the vectors: enough to know it for the three unit vectors.
    units: Floats = -turn @ cross_matrix(np.eye(3)) @ across
    return (vectors @ units.reshape(3, 9)).reshape(-1, 3, 3)
