"""Smoothing of gaze data: less noise for a delay that is told."""

from gazed_plugins.gaze_smoothing.plugin import GazeSmoothing

__all__ = ["GazeSmoothing"]
