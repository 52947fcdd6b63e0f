"""Move ellipses onto the edges that their normals found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_2d.edges import Edges
from gazed_plugins.detector_2d.method import Floats, Round

_STAY = np.diag([1.0, 1.0, 1.0, 2.0, 1.0])


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """K ellipses after a fit.

    ``shapes`` (5, K). ``moved`` (K, N): how far the outline went along each normal,
    ``residual`` (K, N): what is left to the edge there, both in pixels; ``weight`` (K, N):
    the edges' say in the end.
    """

    shapes: Floats
    moved: Floats
    residual: Floats
    weight: Floats


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
        solved = np.linalg.solve(normal[:, :, :5] + _STAY * look.stiffness, normal[:, :, 5:])
        change = solved.astype(np.float32).swapaxes(1, 2)
        moved = (change @ basis)[:, 0]
        residual = distance - moved
    return Fit(shapes + change[:, 0].T, moved, residual, _weights(edges, residual, tolerance))


def _weights(edges: Edges, residual: Floats, tolerance: float) -> Floats:
    ratio = residual / (edges.size * np.float32(tolerance))[:, None]
    ratio *= ratio
    ratio += 1
    ratio *= ratio
    weights: Floats = edges.weight / ratio
    return weights
