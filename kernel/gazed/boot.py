"""Starting what the configuration asks for, in order, through the bus like any client."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from gazed.config import Entry


class Boot:
    """Sends the configuration's requests; waits for the outcome of each that is required."""

    def __init__(self, entries: Sequence[Entry], notify: Callable[..., None]) -> None:
        self._entries = deque(entries)
        self._notify = notify
        self._awaited: Entry | None = None

    def go_on(self) -> None:
        """Send requests up to and including the next required one."""
        while self._entries:
            entry = self._entries.popleft()
            host = {"host": entry.host} if entry.host else {}
            self._notify("start_plugin", name=entry.name, args=entry.args, **host)
            if entry.required:
                self._awaited = entry
                return
        self._notify("service_process.started")

    def awaits(self, name: str) -> bool:
        """Tell whether the outcome of a plugin's start is waited for; from now on it is not."""
        if self._awaited is None or self._awaited.name != name:
            return False
        self._awaited = None
        return True

    def cancel(self) -> None:
        """Send no more."""
        self._entries.clear()
        self._awaited = None
