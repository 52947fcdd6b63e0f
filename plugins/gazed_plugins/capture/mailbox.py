"""From the camera's thread to the host's loop: the newest picture, or every one, bounded."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

from gazed_plugins.capture.machine import Counters

_LIVE, _EVERY = 1, 64

Item = TypeVar("Item")


class Mailbox(Generic[Item]):
    """Holds what one thread puts until one other thread takes it.

    Live, a newer item replaces one that waits; with ``every`` set, up to 64 wait in order.
    What has to go for a newer one is counted as dropped.
    """

    def __init__(self, counters: Counters) -> None:
        self.every = False
        self._counters = counters
        self._items: deque[Item] = deque()
        # A bare lock as a bell: a condition costs several times as much a picture.
        self._bell = threading.Lock()
        self._bell.acquire()

    def put(self, item: Item) -> None:
        """Hand over an item; never waits."""
        items = self._items
        items.append(item)
        while len(items) > (_EVERY if self.every else _LIVE):
            if _dropped(items):
                self._counters.dropped += 1
        self.ring()

    def ring(self) -> None:
        """Wake the taker."""
        if self._bell.locked():
            self._bell.release()

    def take(self, timeout: float) -> Item | None:
        """Return the oldest item that waits, or None when none comes within ``timeout`` seconds."""
        self._bell.acquire(blocking=False)  # it may have rung for an item taken already
        if not self._items and timeout > 0:
            self._bell.acquire(timeout=timeout)
        try:
            return self._items.popleft()
        except IndexError:
            return None


def _dropped(items: deque[Item]) -> bool:
    try:
        items.popleft()
    except IndexError:  # the taker was faster
        return False
    return True
