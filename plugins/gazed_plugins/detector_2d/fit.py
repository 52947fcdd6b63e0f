"""Move ellipses onto the edges that their normals found."""

from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_2d.edges import Edges
from gazed_plugins.detector_2d.shapes import Floats, Shapes

_STAY = np.diag(np.array([1, 1, 1, 2, 1], np.float32))


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """K ellipses after a fit.

    ``moved`` (K, N): how far the outline went along each normal, ``residual`` (K, N): what
    is left to the edge there, both in pixels; ``weight`` (K, N): the edges' say in the end.
    """

    shapes: Shapes
    moved: Floats
    residual: Floats
    weight: Floats


def fit(shapes: Shapes, edges: Edges, tolerances: tuple[float, ...], stiffness: float) -> Fit:
    """Fit each shape to its edges, by reweighted least squares with shrinking tolerances.

    Tolerances are in fractions of the radius; an edge that far off keeps a quarter of its
    weight. ``stiffness`` keeps shapes with too few edges from flying away.
    """
    basis, distance = edges.basis[:, :5], edges.basis[:, 5]
    transposed = edges.basis.swapaxes(1, 2)
    middle = distance.shape[1] // 2
    residual = distance - np.partition(distance, middle, axis=1)[:, middle, None]
    stay = _STAY * np.float32(stiffness)
    for tolerance in tolerances:
        weight = _weights(edges, residual, tolerance)
        normal = (basis * weight[:, None]) @ transposed
        change = np.linalg.solve(normal[:, :, :5] + stay, normal[:, :, 5:]).swapaxes(1, 2)
        moved = (change @ basis)[:, 0]
        residual = distance - moved
    return Fit(shapes + change[:, 0].T, moved, residual, _weights(edges, residual, tolerance))


def _weights(edges: Edges, residual: Floats, tolerance: float) -> Floats:
    """Return the edges' weights times a Cauchy function, squared, of their residuals."""
    ratio = residual / (edges.size * np.float32(tolerance))[:, None]
    ratio *= ratio
    ratio += 1
    ratio *= ratio
    return edges.weight / ratio
