"""What speaks for and against ellipses being the pupil, as a few numbers each."""

from __future__ import annotations

import numpy as np

from gazed_plugins.detector_2d.edges import MIDDLE, SPAN, Edges, first_places, levels_at
from gazed_plugins.detector_2d.fit import Fit
from gazed_plugins.detector_2d.method import Floats, ring

NAMES = (
    "residual",
    "contrast",
    "roundness",
    "size",
    "closure",
    "gap",
    "glare",
    "support",
    "weakest",
    "unevenness",
    "core",
    "darker",
    "sharpness",
    "pixels",
    "spread",
)
"""The columns of ``evidence``.

- residual: distance of the edges from the outline, in radii
- contrast: levels between inside and outside, natural logarithm
- roundness: short by long axis
- size: long axis by the picture's edge length, natural logarithm
- closure: share of the outline with full contrast
- gap, glare: outside levels at the darkest and brightest eighth of the outline, in contrasts
- support, weakest: the edges' mean weight, all round and in the worst eighth of the outline
- unevenness: from the darkest to the brightest eighth just inside, in contrasts
- core: mean level of the inner parts over the level just inside, in contrasts
- darker: how far the darkest inner spot is below the level just inside, in contrasts
- sharpness: how much of the contrast comes within one step of the samples
- pixels: radius in pixels of the view, natural logarithm
- spread: how far such edges, there, let the centre stray, by the picture's edge length, natural
  logarithm
"""

_SPOTS = 12
_FAR = np.array([0.65, 0.35] * (_SPOTS // 2), np.float32)


def evidence(view: Floats, edges: Edges, fitted: Fit, frame_edge: float) -> Floats:
    """Return the evidence for each fitted shape, (K, 15).

    ``frame_edge`` is the edge length of the camera's picture in the pixels of ``view``.
    """
    inside, outside, sharp = _rims(edges, fitted)
    count = inside.shape[1]
    rise = outside - inside
    inside.sort(axis=1)
    outside.sort(axis=1)
    eighth, half = count // 8, count // 2
    last = count * 7 // 8
    pupil = inside[:, half]
    contrast = np.maximum(outside[:, half] - pupil, 1)
    say = fitted.weight.sum(1)
    square = (fitted.weight * fitted.residual * fitted.residual).sum(1) / (say + 1e-3)
    p, q, r = fitted.shapes[2:]
    middle, spread = (p + r) * 0.5, np.hypot((p - r) * 0.5, q)
    residual = np.sqrt(square) / edges.size
    stray = fitted.spread * (residual * edges.size + np.float32(0.05)) / np.float32(frame_edge)
    core, darkest = _inner(view, fitted.shapes, count)
    columns = (
        residual,
        np.log(contrast),
        (middle - spread) / np.maximum(middle + spread, 1e-3),
        np.log(np.maximum(middle + spread, 0.1) / np.float32(frame_edge)),
        np.minimum(np.maximum(rise / contrast[:, None], 0), 1).sum(1) / count,
        (outside[:, eighth] - pupil) / contrast,
        (outside[:, last] - pupil) / contrast,
        say / count,
        np.minimum(_octants(fitted.weight).min(1), 1) * 8 / count,
        (inside[:, last] - inside[:, eighth]) / contrast,
        (core - pupil) / contrast,
        (pupil - darkest) / contrast,
        sharp / count / contrast,
        np.log(np.maximum(edges.size, 1)),
        np.log(np.maximum(stray, 1e-6)),
    )
    return np.stack(columns, 1).astype(np.float32)


def _rims(edges: Edges, fitted: Fit) -> tuple[Floats, Floats, Floats]:
    """Return the levels just inside and outside the outlines, (K, N), and the rise between."""
    samples = edges.levels.shape[2]
    steps = np.minimum(np.maximum(fitted.moved / edges.step[:, None], -64), 64)
    place = np.rint(steps).astype(np.intp) + (samples // 2 - MIDDLE)
    place = np.minimum(np.maximum(place, 0), samples - SPAN - 1)
    place += first_places(*edges.levels.shape)
    flat = edges.levels.ravel()
    sharp = flat[place + 2] - flat[place + 1]
    return flat[place], flat[place + SPAN], sharp.sum(1)


def _octants(weight: Floats) -> Floats:
    sums: Floats = weight.reshape(len(weight), 8, -1).sum(2)
    return sums


def _inner(view: Floats, shapes: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the mean and the lowest of twelve levels well inside each shape, (K,)."""
    cos, sin = ring(count)[:, :: count // _SPOTS] * _FAR
    x, y, p, q, r = shapes[:, :, None]
    levels = levels_at(view, x + p * cos + q * sin, y + q * cos + r * sin)
    return levels.mean(1), np.minimum(levels.min(1), 255)
