"""Starting a gaze mapper, and hearing what became of it."""

from __future__ import annotations

import time

from gazed import Context, Fields, Notification

_PATIENCE_SECONDS = 5.0


class MapperStart:
    """Asks for a mapper with these arguments; ``verdict`` says what the news mean for it."""

    def __init__(self, context: Context, name: str, args: Fields) -> None:
        self.name = name
        self.args = args
        self._deadline = time.monotonic() + _PATIENCE_SECONDS
        context.notify("start_plugin", name=name, args=args)

    @property
    def patience(self) -> float:
        """Seconds left to wait for news."""
        return self._deadline - time.monotonic()

    @property
    def late(self) -> str:
        """What to say when there was no news."""
        return f"{self.name} did not start within {_PATIENCE_SECONDS:g} s."

    def verdict(self, news: Notification) -> str | None:
        """Return an empty text when the mapper runs, why not, or None when this is other news."""
        if news.subject not in ("plugin.started", "plugin.failed"):
            return None
        if news.get("name") != self.name:
            return None
        if news.subject == "plugin.failed":
            return f"{self.name} could not be started: {news.get('reason')}"
        return "" if news.get("args") == self.args else None
