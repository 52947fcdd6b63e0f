"""What both versions of the kernel share: how they search, look and refine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.shapes import Shape

Gray = NDArray[np.uint8]
Floats = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class Round:
    """One look along the normals of an ellipse and one fit to the edges seen.

    ``count`` normals, a multiple of 12, each with samples from -half to +half steps; ``step``
    is in fractions of the radius. ``tolerances`` of the fit's three passes are in fractions of
    the radius: an edge that far off keeps a quarter of its weight. ``stiffness`` keeps ellipses
    with too few edges from flying away. Only ``seeing`` normals from number ``first`` on have
    a say; they go round from +x towards +y.
    """

    count: int
    step: float
    half: int
    tolerances: tuple[float, float, float]
    stiffness: float
    first: int = 0
    seeing: int = 96


@dataclass(frozen=True, slots=True)
class Band:
    """Radii that vote into one map, how often that is blurred, how many peaks count.

    ``fine``: in the finer of the two pictures that are searched. Radii are its pixels.
    """

    radii: tuple[float, ...]
    blurs: int
    peaks: int
    fine: bool = False


Rounds = tuple[Round, ...]

ROUGH = Round(24, 0.1, 6, (0.5, 0.25, 0.12), 0.5)
NEAR: Rounds = (Round(48, 0.05, 5, (0.12, 0.06, 0.05), 0.05),)
WIDE: Rounds = (Round(48, 0.08, 6, (0.25, 0.12, 0.08), 0.05), *NEAR)


def _without_a_third(first: int) -> Rounds:
    return (
        Round(48, 0.08, 6, (0.25, 0.12, 0.08), 0.1, first, 32),
        Round(48, 0.05, 6, (0.12, 0.06, 0.05), 0.1, first, 32),
        *NEAR,
    )


PARTIAL: tuple[Rounds, ...] = tuple(_without_a_third(first) for first in (20, 44, 32, 8))
"""Refinements that first leave out what is below, above, left, right: a lid, a reflection."""

FINE_EDGE, COARSE_EDGE = 120, 60
"""About how large, as the root of their area, the two pictures are that are searched."""

BANDS = (
    Band((2.6, 3.4, 4.4, 5.8), 2, 4, fine=True),
    Band((3.2, 4.6), 1, 3),
    Band((6.6, 9.5), 2, 3),
    Band((13.6, 19.0), 4, 2),
)
STEEP, MOST_VOTERS = 1.2, 900
HALVES = (1, 2, 4, 7, 11)
LADDER: Floats = (1.3 * 1.2 ** np.arange(18)).astype(np.float32)


class Kernel(Protocol):
    """The hot part, in C or in numpy: both give the same."""

    def look_at(self, gray: Gray, frame_edge: float, bright: bool) -> None:
        """Take a picture, (height, width), whose rows lie side by side.

        ``frame_edge`` is the root of the area of the camera's picture: that sets the scale
        also when only a part of it is given. ``bright``: the pupil is brighter than the iris.
        """

    def closely(self, shape: Shape, rounds: Rounds, radius: float) -> tuple[Shape, float] | None:
        """Return a refined shape and its confidence; None when it is off the picture.

        The surroundings are shrunk by a whole number so that the pupil's radius becomes at
        least ``radius``, and less than twice that, unless it is smaller anyway.
        """

    def last_evidence(self) -> list[float]:
        """Return what the last close look found for and against its shape."""

    def everywhere(self) -> tuple[list[Shape], list[float]]:
        """Return rough shapes and how much a closer look at each promises, as logits."""

    def rough_evidence(self) -> list[list[float]]:
        """Return the evidence for each shape that ``everywhere`` returned last."""


@cache
def ring(count: int) -> Floats:
    """Return the cosines and the sines of ``count`` directions, (2, count)."""
    angle = np.arange(count) * (2 * np.pi / count)
    return np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


def shrinks(frame_edge: float) -> tuple[int, int]:
    """Return by how much the picture is shrunk to be searched, and by how much again."""
    first = max(1, round(frame_edge / FINE_EDGE))
    return first, max(1, round(frame_edge / first / COARSE_EDGE))
