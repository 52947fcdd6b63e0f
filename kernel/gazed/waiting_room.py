"""Requests for eye plugins that came a moment before the eye they are for."""

from __future__ import annotations

import time

from gazed.joining import Message

_SECONDS = 3.0
_MOST = 100


class WaitingRoom:
    """Keeps a request for three seconds, for every eye that is started within them.

    Clients ask for an eye and, without waiting, for a plugin in it. Another plugin starts the
    eye, so its host is spawned one trip over the bus later.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[float, str, Message, list[str]]] = []

    def add(self, name: str, message: Message) -> bool:
        """Keep the request for plugin ``name``; False when too many wait already."""
        if len(self._waiting) >= _MOST:
            return False
        self._waiting.append((time.monotonic() + _SECONDS, name, message, []))
        return True

    def for_host(self, host: str) -> list[tuple[str, Message]]:
        """Return the requests that a new host is to get: plugin and message."""
        for _, _, _, served in self._waiting:
            served.append(host)
        return [(name, message) for _, name, message, _ in self._waiting]

    def disappointed(self) -> list[str]:
        """Return the plugins for which no eye came; forget all whose time is over."""
        now = time.monotonic()
        over = [entry for entry in self._waiting if entry[0] <= now]
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        return [name for _, name, _, served in over if not served]
