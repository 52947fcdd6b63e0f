"""Find the pupil in one picture after another: follow it, and search where it is lost."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from gazed import NO_ELLIPSE, Ellipse
from gazed_plugins.detector_2d.confidence import confidence
from gazed_plugins.detector_2d.edges import Floats, Gray, Rays, find_edges
from gazed_plugins.detector_2d.evidence import darkest, evidence
from gazed_plugins.detector_2d.fit import fit
from gazed_plugins.detector_2d.search import dark_discs
from gazed_plugins.detector_2d.shapes import Shapes, half_axes, radii, scaled, to_ellipse
from gazed_plugins.detector_2d.views import View, around, whole

SURE = 0.6


@dataclass(frozen=True, slots=True)
class Round:
    rays: Rays
    tolerances: tuple[float, ...]
    stiffness: float


ROUGH = Round(Rays(24, 0.09, 7), (0.5, 0.3, 0.2, 0.12), 0.5)
WIDE = Round(Rays(48, 0.08, 6), (0.25, 0.12, 0.08), 0.05)
FINE = Round(Rays(48, 0.05, 5), (0.12, 0.06, 0.05), 0.05)
