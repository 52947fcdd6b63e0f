"""Eye videos: the camera's own pictures, written in the process that reads the camera."""

from gazed_plugins.eye_video.plugin import EyeVideo

__all__ = ["EyeVideo"]
