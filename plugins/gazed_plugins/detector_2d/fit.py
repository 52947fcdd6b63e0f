"""Move ellipses onto the edges that their normals found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_2d.edges import Edges
from gazed_plugins.detector_2d.method import Floats, Round

_UNITS = np.eye(5, 2)
_STAY = np.diag([1.0, 1.0, 1.0, 2.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """K ellipses after a fit.

    ``shapes`` (5, K). ``moved`` (K, N): how far the outline went along each normal,
    ``residual`` (K, N): what is left to the edge there, both in pixels; ``weight`` (K, N):
    the edges' say in the end. ``spread`` (K,): how far the centre would stray, in pixels, for
    edges one pixel off.
    """

    shapes: Floats
    moved: Floats
    residual: Floats
    weight: Floats
    spread: Floats


def fit(shapes: Floats, edges: Edges, look: Round) -> Fit:
    """Fit each of (5, K) shapes to its edges.

    Least squares, reweighted by the squared Cauchy function (1 + (e / tolerance)^2)^-2 of
    the residuals e, with tolerances that shrink from pass to pass.
    """
    basis, distance = edges.basis[:, :5], edges.basis[:, 5]
    transposed = edges.basis.swapaxes(1, 2)
    middle = distance.shape[1] // 2
    residual = distance - np.partition(distance, middle, axis=1)[:, middle, None]
    for tolerance in look.tolerances:
        weight = _weights(edges, residual, tolerance)
        normal = ((basis * weight[:, None]) @ transposed).astype(np.float64)
        matrix = normal[:, :, :5] + _STAY * look.stiffness
        solved = np.linalg.solve(matrix, normal[:, :, 5:])
        change = solved.astype(np.float32).swapaxes(1, 2)
        moved = (change @ basis)[:, 0]
        residual = distance - moved
    weight = _weights(edges, residual, tolerance)
    return Fit(shapes + change[:, 0].T, moved, residual, weight, _spread(matrix))


def _spread(matrix: Floats) -> Floats:
    """Return the roots of the traces of the centre's part of the inverses."""
    inverse = np.linalg.solve(matrix, _UNITS)
    spread: Floats = np.sqrt(np.maximum(inverse[:, 0, 0] + inverse[:, 1, 1], 0))
    return spread


def _weights(edges: Edges, residual: Floats, tolerance: float) -> Floats:
    ratio = residual / (edges.size * np.float32(tolerance))[:, None]
    ratio *= ratio
    ratio += 1
    ratio *= ratio
    weights: Floats = edges.weight / ratio
    return weights
