"""Requests to start or stop a plugin, and which host each belongs to.

Kernel and hosts use the same functions, so that each host acts on the broadcast itself,
in line, and the kernel knows which hosts will.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gazed.errors import RequestError
from gazed.notification import Notification
from gazed.registry import Offer

_START_EYE = ("start_eye_plugin", "start_eye_capture")
_STOP_EYE = ("stop_eye_plugin",)
_HOST_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")


@dataclass(frozen=True, slots=True)
class PluginRequest:
    """``start_plugin`` or ``stop_plugin`` as a client sent it.

    ``keep`` asks to leave a plugin alone that already runs, or one with the same role.
    """

    starts: bool
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    host: str | None = None
    keep: bool = False

    def hosts(self, offer: Offer) -> tuple[str, ...]:
        """Return the hosts this request is for."""
        return (self.host,) if self.host else offer.hosts


def plugin_request(notification: Notification) -> PluginRequest | None:
    """Return the request in a notification, None when it is about something else.

    Raises MessageError when it is such a request and malformed, a RequestError where the name
    of the plugin at least can be read.
    """
    subject = notification.subject
    if subject in ("start_plugin", "stop_plugin"):
        return _request(notification, subject == "start_plugin", notification.get("host"))
    if subject.startswith(_START_EYE + _STOP_EYE):
        return _request(notification, subject.startswith(_START_EYE), notification["target"])
    return None


def _request(notification: Notification, starts: bool, host: Any) -> PluginRequest:
    name = notification.text("name")
    args = notification.get("args")
    if args is not None and not isinstance(args, dict):
        raise RequestError(name, f"{notification.subject}: args is {args!r}, not a map")
    if host is not None and not (isinstance(host, str) and _HOST_NAME.fullmatch(host)):
        raise RequestError(name, f"{notification.subject}: {host!r} cannot name a host")
    keep = notification.get("if_running") == "keep"
    return PluginRequest(starts, name, args or {}, host, keep)
