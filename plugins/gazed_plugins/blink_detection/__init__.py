"""Blinks: from steps in the confidence, and from the lids of both eyes."""

from gazed_plugins.blink_detection.plugin import BlinkDetection
from gazed_plugins.blink_detection.steps import step_response

__all__ = ["BlinkDetection", "step_response"]
