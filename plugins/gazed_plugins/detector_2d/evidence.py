"""What speaks for and against ellipses being the pupil, as a few numbers each."""

import numpy as np

from gazed_plugins.detector_2d.edges import MIDDLE, SPAN, Edges, first_places
from gazed_plugins.detector_2d.fit import Fit
from gazed_plugins.detector_2d.shapes import Floats, half_axes

NAMES = ("residual", "contrast", "roundness", "size", "closure", "gap", "glare")
"""The columns of ``evidence``; all have been clipped to the range seen in training.

- residual: distance of the edges from the outline, in radii
- contrast: levels between inside and outside, natural logarithm
- roundness: short by long axis
- size: long axis by the picture's edge length, natural logarithm
- closure: share of the outline with full contrast
- gap, glare: outside levels at the darkest and brightest eighth of the outline, in contrasts
"""

_LOW = np.array([0.0, 0.0, 0.25, -4.5, 0.3, -1.0, 0.8], np.float32)
_HIGH = np.array([0.12, 5.0, 1.0, -1.2, 1.0, 1.0, 4.0], np.float32)


def evidence(edges: Edges, fitted: Fit, picture_edge: float) -> Floats:
    """Return the evidence for each fitted shape, (K, 7); ``picture_edge`` in the fit's pixels."""
    inside, outside = _rims(edges, fitted)
    count = inside.shape[1]
    steps = outside - inside
    inside.sort(axis=1)
    outside.sort(axis=1)
    pupil = inside[:, count // 2]
    contrast = np.maximum(outside[:, count // 2] - pupil, 1)
    weight = fitted.weight
    square = (weight * fitted.residual * fitted.residual).sum(1) / (weight.sum(1) + 1e-3)
    long, short = half_axes(fitted.shapes)
    columns = np.empty((len(pupil), len(NAMES)), np.float32)
    columns[:, 0] = np.sqrt(square) / edges.size
    columns[:, 1] = np.log(contrast)
    columns[:, 2] = short / np.maximum(long, 1e-3)
    columns[:, 3] = np.log(np.maximum(long, 0.1) / picture_edge)
    steps /= contrast[:, None]
    columns[:, 4] = np.minimum(np.maximum(steps, 0), 1).sum(1) / count
    columns[:, 5] = (outside[:, count // 8] - pupil) / contrast
    columns[:, 6] = (outside[:, count * 7 // 8] - pupil) / contrast
    return np.minimum(np.maximum(columns, _LOW), _HIGH)


def _rims(edges: Edges, fitted: Fit) -> tuple[Floats, Floats]:
    """Return the gray levels just inside and just outside the fitted outlines, (K, N)."""
    shapes, normals, samples = edges.levels.shape
    place = np.rint(fitted.moved / edges.step[:, None]).astype(np.intp)
    place += samples // 2 - MIDDLE
    place = np.minimum(np.maximum(place, 0), samples - SPAN - 1)
    place += first_places(shapes, normals, samples)
    flat = edges.levels.ravel()
    return flat[place], flat[place + SPAN]
