"""Annotations: labelled moments that clients publish."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gazed import Context, Fields, MessageError, Notification, hookimpl


class AnnotationCapture:
    """Log each annotation with its age; whoever records reads them from the bus himself.

    An annotation is a datum whose topic starts with ``annotation``; clients before 2018 send
    it as a notification of that name. It needs a label and a timestamp (spec: data 9).
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        context.subscribe("annotation", self._take)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Take ``annotation {label, timestamp}`` as a datum of that name."""
        if notification.subject == "annotation":
            self._log(notification.fields)

    def _take(self, _topic: str, fields: Fields, _raw: Sequence[bytes]) -> None:
        self._log(fields)

    def _log(self, fields: Mapping[str, Any]) -> None:
        label, timestamp = fields.get("label"), fields.get("timestamp")
        if not isinstance(label, str):
            raise MessageError("the annotation has no label")
        if isinstance(timestamp, bool) or not isinstance(timestamp, (int, float)):
            raise MessageError(f"the annotation {label!r} has no timestamp")
        age = self._context.clock.now() - timestamp
        self._context.log.info("%s annotation (%.3f seconds ago)", label, age)
