"""A recording in place of a headset: its data on the bus, as if they were made now."""

from gazed_plugins.recording_source.plugin import RecordingSource

__all__ = ["RecordingSource"]
