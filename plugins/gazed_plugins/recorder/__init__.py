"""Recordings in the format of Pupil Player, that survive whatever happens to their writer."""

from gazed_plugins.recorder.plugin import Recorder

__all__ = ["Recorder"]
