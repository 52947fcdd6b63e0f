"""The 3D pupil detector: a model of the eyeball, gaze direction, and pupil size in mm."""

from gazed_plugins.detector_3d.plugin import Detector3D
from gazed_plugins.detector_3d.solver import why_slow

__all__ = ["Detector3D", "why_slow"]
