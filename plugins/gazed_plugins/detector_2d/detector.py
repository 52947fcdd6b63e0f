"""Find the pupil in one picture after another: follow it, and search when it is lost."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import NO_ELLIPSE, Ellipse
from gazed_plugins.detector_2d.confidence import confidence
from gazed_plugins.detector_2d.edges import Rays, find_edges
from gazed_plugins.detector_2d.evidence import evidence
from gazed_plugins.detector_2d.fit import fit
from gazed_plugins.detector_2d.search import dark_discs
from gazed_plugins.detector_2d.shapes import Shapes, half_axes, moved, radii, scaled, to_ellipse
