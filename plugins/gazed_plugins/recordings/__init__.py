"""Recordings on disk, ours and Pupil's: read, checked, drawn and exported."""

from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.eye_video import EyeVideo
from gazed_plugins.recordings.info import Info
from gazed_plugins.recordings.intrinsics import Intrinsics
from gazed_plugins.recordings.recording import Recording, RecordingError, open_recording

__all__ = [
    "Data",
    "EyeVideo",
    "Info",
    "Intrinsics",
    "Recording",
    "RecordingError",
    "open_recording",
]
