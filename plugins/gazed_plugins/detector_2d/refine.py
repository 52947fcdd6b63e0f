"""Draw ellipses onto the edges around them and gather what speaks for each."""

from __future__ import annotations

from dataclasses import dataclass

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


ROUGH = (Round(Rays(count=24, step=0.1, half=6), (0.5, 0.25, 0.12), 0.5),)
NEAR = (Round(Rays(count=48, step=0.05, half=5), (0.12, 0.06, 0.05), 0.05),)
WIDE = (Round(Rays(count=48, step=0.08, half=6), (0.25, 0.12, 0.08), 0.05), *NEAR)


def refine(
    gray: Gray, shapes: Shapes, rounds: tuple[Round, ...], frame_edge: float
) -> tuple[Shapes, Floats]:
    """Return the shapes after some rounds, and the evidence for each (columns: evidence.NAMES).

    ``frame_edge`` is the edge length of the camera's picture in the pixels of ``gray``: the
    square root of width times height.
    """
    for look in rounds:
        edges = find_edges(gray, shapes, look.rays)
        fitted = fit(shapes, edges, look.tolerances, look.stiffness)
        shapes = fitted.shapes
    return shapes, evidence(edges, fitted, frame_edge)
