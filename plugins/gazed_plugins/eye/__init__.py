"""The eye pipeline: from a source's frames to pupil data on the bus."""

from gazed_plugins.eye.pipeline import Eye

__all__ = ["Eye"]
