"""Draw ellipses onto the edges around them and say how likely each is the pupil."""

from __future__ import annotations

from dataclasses import dataclass

from gazed_plugins.detector_2d.confidence import confidence
from gazed_plugins.detector_2d.edges import Gray, Rays, find_edges
from gazed_plugins.detector_2d.evidence import evidence
from gazed_plugins.detector_2d.fit import fit
from gazed_plugins.detector_2d.shapes import Floats, Shapes


@dataclass(frozen=True, slots=True)
class Round:
    """One look along the normals and one fit; ``tolerances`` and ``stiffness`` as in ``fit``."""

    rays: Rays
    tolerances: tuple[float, ...]
    stiffness: float


ROUGH = Round(Rays(count=24, step=0.1, half=6), (0.5, 0.25, 0.12), 0.5)
WIDE = Round(Rays(count=48, step=0.08, half=6), (0.25, 0.12, 0.08), 0.05)
FINE = Round(Rays(count=48, step=0.05, half=5), (0.12, 0.06, 0.05), 0.05)


def refine(gray: Gray, shapes: Shapes, look: Round, frame_edge: float) -> tuple[Shapes, Floats]:
    """Return the shapes after one round, and the confidence in each.

    ``frame_edge`` is the edge length of the camera's picture in the pixels of ``gray``: the
    square root of width times height.
    """
    edges = find_edges(gray, shapes, look.rays)
    fitted = fit(shapes, edges, look.tolerances, look.stiffness)
    return fitted.shapes, confidence(evidence(edges, fitted, frame_edge))
