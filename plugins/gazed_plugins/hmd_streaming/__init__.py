"""Pictures of an eye that a client publishes on the bus, in place of a camera's."""

from gazed_plugins.hmd_streaming.source import HMDStreamingSource

__all__ = ["HMDStreamingSource"]
