"""When an eye closes and opens: the moments at which the lids are half apart."""

from __future__ import annotations

from dataclasses import dataclass

_HALF = 0.5
_SURELY_CLOSED, _SURELY_OPEN = 0.4, 0.6
_WITH_A_PUPIL, _PUPIL_SECONDS = 0.65, 0.1


@dataclass(frozen=True, slots=True)
class Closed:
    """The lids passed half of their usual opening at ``timestamp``, on their way together."""

    timestamp: float


@dataclass(frozen=True, slots=True)
class Opened:
    """They passed it again on their way apart, ``duration`` seconds later."""

    timestamp: float
    duration: float


class Closure:
    """Tells from one openness after another when an eye closed or opened.

    It did when the openness has passed well beyond a half, 0.4 or 0.6; the moment is that of
    the half, interpolated between two pictures. An eye does not close while its pupil
    is seen, however low the lid hangs, because far down the lid follows the gaze; and it
    has opened when the pupil was seen for a tenth of a second.
    """

    def __init__(self) -> None:
        self.closed = False
        self._since = 0.0
        self._last: tuple[float, float] | None = None
        self._passed = 0.0
        self._pupil_since: float | None = None

    def see(self, openness: float, timestamp: float, pupil: bool) -> Closed | Opened | None:
        """Take the openness of one more picture, and whether there is a pupil in it.

        Returns what has happened, if anything.

        When time runs backwards an eye that is closed is taken to have opened, and closes
        again in the next picture if it still is closed.
        """
        if self._last is not None and timestamp < self._last[1]:
            return self.stop()
        if self._pupil_counts(pupil, timestamp):
            openness = max(openness, _WITH_A_PUPIL)
        self._note_passing(openness, timestamp)
        self._last = (openness, timestamp)
        if not self.closed and openness < _SURELY_CLOSED:
            self.closed, self._since = True, self._passed
            return Closed(self._passed)
        if self.closed and openness > _SURELY_OPEN:
            self.closed = False
            return Opened(self._passed, self._passed - self._since)
        return None

    def stop(self) -> Opened | None:
        """Begin anew; an eye that is closed is taken to have opened in the last picture."""
        was_closed, self.closed = self.closed, False
        last, self._last = self._last, None
        self._pupil_since = None
        if last is None or not was_closed:
            return None
        return Opened(last[1], max(0.0, last[1] - self._since))

    def seconds(self, timestamp: float) -> float:
        """Return for how long the eye has been closed, 0 while it is open."""
        return max(0.0, timestamp - self._since) if self.closed else 0.0

    def _pupil_counts(self, pupil: bool, timestamp: float) -> bool:
        if not pupil:
            self._pupil_since = None
            return False
        if self._pupil_since is None:
            self._pupil_since = timestamp
        return not self.closed or timestamp - self._pupil_since >= _PUPIL_SECONDS

    def _note_passing(self, openness: float, timestamp: float) -> None:
        if self._last is None:
            self._passed = timestamp
            return
        before, earlier = self._last
        if (before - _HALF) * (openness - _HALF) <= 0 and before != openness:
            share = (before - _HALF) / (before - openness)
            self._passed = earlier + share * (timestamp - earlier)
