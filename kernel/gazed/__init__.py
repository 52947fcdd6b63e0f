"""The kernel of gazed, and the public names that plugins import."""

from gazed.arguments import Arg
from gazed.client import Client
from gazed.clock import Clock
from gazed.connection import Connection, running_daemons
from gazed.context import Context
from gazed.data import NO_ELLIPSE, Ellipse, Frame, Gaze, Point, Pupil, Roi
from gazed.errors import (
    ArgumentError,
    BrokenPluginError,
    ConfigurationError,
    GazedError,
    MessageError,
    NotRunningError,
    PluginError,
    UnknownPluginError,
)
from gazed.hooks import hookimpl
from gazed.listing import described_plugins
from gazed.notification import Notification
from gazed.wire import (
    Fields,
    gaze_from_wire,
    gaze_to_wire,
    pack,
    pupil_from_wire,
    pupil_to_wire,
    unpack,
)

__version__ = "0.1.0"

__all__ = [
    "NO_ELLIPSE",
    "Arg",
    "ArgumentError",
    "BrokenPluginError",
    "Client",
    "Clock",
    "ConfigurationError",
    "Connection",
    "Context",
    "Ellipse",
    "Fields",
    "Frame",
    "Gaze",
    "GazedError",
    "MessageError",
    "NotRunningError",
    "Notification",
    "PluginError",
    "Point",
    "Pupil",
    "Roi",
    "UnknownPluginError",
    "__version__",
    "described_plugins",
    "gaze_from_wire",
    "gaze_to_wire",
    "hookimpl",
    "pack",
    "pupil_from_wire",
    "pupil_to_wire",
    "running_daemons",
    "unpack",
]
