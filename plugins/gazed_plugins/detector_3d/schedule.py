"""When to fit the eyeball anew: often while little is known, seldom later."""

from __future__ import annotations

import math

_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
_GROWTH = 1.15


class Schedule:
    """Pauses that grow from a tenth of a second to one; a suspicion makes them short again."""

    def __init__(self) -> None:
        self._due: float = -math.inf
        self._urgent: float = -math.inf
        self._pause: float = _SHORTEST_PAUSE

    def restart(self, now: float) -> None:
        """Let the next fit be due at once."""
        self._due = self._urgent = now

    def is_due(self, now: float, urgent: bool) -> bool:
        """Tell whether it is time; if it is, the next time is after the next pause."""
        if now < (self._urgent if urgent else self._due):
            return False
        self._pause = min(self._pause * _GROWTH, _LONGEST_PAUSE)
        self._due, self._urgent = now + self._pause, now + _SHORTEST_PAUSE
        return True
