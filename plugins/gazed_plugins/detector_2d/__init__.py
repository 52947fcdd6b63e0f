"""The 2D pupil detector: the pupil's ellipse in a picture, and how sure that is."""

from gazed_plugins.detector_2d.detector import PupilDetector
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.detector_2d.plugin import Detector2D

__all__ = ["Detector2D", "PupilDetector", "why_slow"]
