"""Answers who asks for a recording."""

from __future__ import annotations

from gazed import Context, Notification, hookimpl

REASON = "this version of gazed cannot record; the client's request changed nothing"


class Recorder:
    """Refuses each ``recording.should_start`` with ``recording.failed`` and the reason.

    A client must never believe that it records when it does not.
    """

    order = 0.9

    def __init__(self, context: Context) -> None:
        self._context = context

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Refuse ``recording.should_start``."""
        if notification.subject == "recording.should_start":
            self._context.log.error("recording.should_start: %s", REASON)
            name = notification.get("session_name", "")
            self._context.notify("recording.failed", reason=REASON, session_name=name)
