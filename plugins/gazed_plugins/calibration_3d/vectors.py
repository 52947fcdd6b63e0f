"""Vectors and rotations in space."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.intp]

NOT_SUFFICIENT = "Not sufficient data available."


class FitError(Exception):
    """No calibration can be had from these data; the text is the reason that clients read."""


def unit(vectors: Floats) -> Floats:
    """Return vectors (..., 3) at length 1; those without a length stay as they are."""
    lengths = np.sqrt((vectors * vectors).sum(axis=-1, keepdims=True))
    scaled: Floats = vectors / np.where(lengths > 0, lengths, 1.0)
    return scaled


def cross_matrix(vectors: Floats) -> Floats:
    """Return matrices (..., 3, 3) that multiply as ``vectors`` (..., 3) do in a cross product."""
    x, y, z = np.moveaxis(vectors, -1, 0)
    zero = np.zeros_like(x)
    rows = [zero, -z, y, z, zero, -x, -y, x, zero]
    return np.stack(rows, axis=-1).reshape(*vectors.shape, 3)


def rotation_of(vector: Floats) -> Floats:
    """Return the rotation matrix (3, 3) of a rotation vector (3,), by Rodrigues' formula."""
    angle = float(np.linalg.norm(vector))
    if angle < 1e-12:
        return np.eye(3) + cross_matrix(vector)
    across = cross_matrix(vector / angle)
    turned: Floats = np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across
    return turned


def degrees_between(one: Floats, other: Floats) -> Floats:
    """Return the angles (...) between unit vectors (..., 3), exact for small ones too."""
    away = one - other
    chord = np.sqrt((away * away).sum(axis=-1)) / 2
    angles: Floats = np.degrees(2 * np.arcsin(np.minimum(chord, 1.0)))
    return angles
