"""The kernel in numpy: the reference for the compiled one, and the fall-back without it."""

from __future__ import annotations

import numpy as np

from gazed_plugins.detector_2d.confidence import Models, models, probability
from gazed_plugins.detector_2d.edges import find_edges
from gazed_plugins.detector_2d.evidence import NAMES, evidence
from gazed_plugins.detector_2d.fit import fit
from gazed_plugins.detector_2d.method import ROUGH, Floats, Gray, Rounds, shrinks
from gazed_plugins.detector_2d.search import dark_discs
from gazed_plugins.detector_2d.shapes import Shape, moved
from gazed_plugins.detector_2d.views import around, shrunk, smoothed


class NumericKernel:
    """The slow version of ``method.Kernel``."""

    def __init__(self, known: Models | None = None) -> None:
        self._near_model, self._rough_model = known or models()
        self._gray: Gray = np.zeros((0, 0), np.uint8)
        self._frame_edge, self._bright = 0.0, False
        self._known: Floats = np.zeros((1, len(NAMES)))
        self._rough: Floats = np.zeros((0, len(NAMES)))

    def look_at(self, gray: Gray, frame_edge: float, bright: bool) -> None:
        """Take a picture."""
        self._gray, self._frame_edge, self._bright = gray, frame_edge, bright

    def closely(self, shape: Shape, rounds: Rounds, radius: float) -> tuple[Shape, float] | None:
        """Return a refined shape and its confidence; None when it is off the picture."""
        view = around(self._gray, shape, radius, self._bright)
        if view is None:
            return None
        inner = np.array(moved(shape, view.left, view.top, 1 / view.shrink), np.float32)[:, None]
        edge = self._frame_edge / view.shrink
        refined, self._known = refine(view.levels, inner, rounds, edge)
        result = _outward(refined[:, 0].tolist(), view.shrink, view.left, view.top)
        return result, probability(float(self._near_model.logit(self._known)[0]))

    def last_evidence(self) -> list[float]:
        """Return what the last close look found for and against its shape."""
        row: list[float] = self._known[0].tolist()
        return row

    def everywhere(self) -> tuple[list[Shape], list[float]]:
        """Return rough shapes and how much a closer look at each promises, as logits."""
        by, again = shrinks(self._frame_edge)
        fine = shrunk(self._gray.astype(np.float32), by)
        if min(fine.shape) < 8 * again:
            return [], []
        fine = smoothed(255 - fine if self._bright else fine)
        coarse = dark_discs(shrunk(fine, again), fine=False) * np.float32(again)
        coarse[:2] += np.float32(0.5 * again - 0.5)
        discs = np.concatenate([dark_discs(fine, fine=True), coarse], axis=1)
        if not discs.size:
            return [], []
        shapes, known = refine(fine, discs, (ROUGH,), self._frame_edge / by)
        self._rough = known
        promises: list[float] = self._rough_model.logit(known).tolist()
        return [_outward(shape, by) for shape in shapes.T.tolist()], promises

    def rough_evidence(self) -> list[list[float]]:
        """Return the evidence for each shape that ``everywhere`` returned last."""
        rows: list[list[float]] = self._rough.tolist()
        return rows


def refine(
    view: Floats, shapes: Floats, rounds: Rounds, frame_edge: float
) -> tuple[Floats, Floats]:
    """Return (5, K) shapes after some rounds, and the evidence for each, (K, F)."""
    for look in rounds:
        edges = find_edges(view, shapes, look)
        fitted = fit(shapes, edges, look)
        shapes = fitted.shapes
    return shapes, evidence(view, edges, fitted, frame_edge)


def _outward(shape: list[float], by: int, left: int = 0, top: int = 0) -> Shape:
    x, y, p, q, r = shape
    return (x + 0.5) * by - 0.5 + left, (y + 0.5) * by - 0.5 + top, p * by, q * by, r * by
