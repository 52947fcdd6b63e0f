"""The kernel of gazed, and the public names that plugins import."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from gazed.arguments import Arg
from gazed.clock import Clock
from gazed.connection import Connection
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

if TYPE_CHECKING:
    from gazed.arguments import checked
    from gazed.calls import CallFailure, Calls, outcome
    from gazed.client import Client
    from gazed.listing import described_plugins
    from gazed.registry import Offer, Registry, load
    from gazed.runtime import alive, running_daemons
    from gazed_plugins.recordings import open_recording as open_recording

__version__ = "0.1.0"

# Imported when first used: hosts have no use for them, and must start fast.
_LATE = {
    "CallFailure": "gazed.calls",
    "Calls": "gazed.calls",
    "Client": "gazed.client",
    "Offer": "gazed.registry",
    "Registry": "gazed.registry",
    "alive": "gazed.runtime",
    "checked": "gazed.arguments",
    "described_plugins": "gazed.listing",
    "load": "gazed.registry",
    "outcome": "gazed.calls",
    "running_daemons": "gazed.runtime",
}

__all__ = [
    "NO_ELLIPSE",
    "Arg",
    "ArgumentError",
    "BrokenPluginError",
    "CallFailure",
    "Calls",
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
    "Offer",
    "PluginError",
    "Point",
    "Pupil",
    "Registry",
    "Roi",
    "UnknownPluginError",
    "__version__",
    "alive",
    "checked",
    "described_plugins",
    "gaze_from_wire",
    "gaze_to_wire",
    "hookimpl",
    "load",
    "outcome",
    "pack",
    "pupil_from_wire",
    "pupil_to_wire",
    "running_daemons",
    "unpack",
]


def __getattr__(name: str) -> Any:
    if name in _LATE:
        return getattr(import_module(_LATE[name]), name)
    # What packages lend to scripts and notebooks, so that the kernel imports none of them.
    if not name.startswith("_"):
        for entry in import_module("importlib.metadata").entry_points(group="gazed.api", name=name):
            return entry.load()
    raise AttributeError(f"module 'gazed' has no attribute {name!r}")
