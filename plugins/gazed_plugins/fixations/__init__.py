"""Fixations while they happen, from gaze that stays within a few degrees."""

from gazed_plugins.fixations.plugin import FixationDetector

__all__ = ["FixationDetector"]
