"""One-point drift correction of gaze, and how fast the calibration drifts."""

from gazed_plugins.drift_correction.plugin import DriftCorrection

__all__ = ["DriftCorrection"]
