"""The module ``uvc`` of pupil-labs-uvc 1.0.8, with cameras that a test scripts; see ``world``."""

import logging

logger = logging.getLogger(__name__)

from .uvc_bindings import (  # noqa: E402
    Capture,
    Device_List,
    InitError,
    OpenError,
    StreamError,
    device_list,
    get_time_monotonic,
    is_accessible,
)

__version__ = "1.0.8"

__all__ = [
    "Capture",
    "Device_List",
    "InitError",
    "OpenError",
    "StreamError",
    "__version__",
    "device_list",
    "get_time_monotonic",
    "is_accessible",
]
