"""Time as it was when the recording was made."""

from __future__ import annotations

from gazed import Clock


class ReplayClock(Clock):
    """A clock that shows the time of the datum in hand, and never goes back."""

    def __init__(self) -> None:
        self._now = 0.0
        self._began = False

    def now(self) -> float:
        """Return the newest timestamp so far, in seconds on the recording's clock."""
        return self._now

    def set(self, now: float) -> None:
        """Move on to ``now``; stay where it is earlier than a moment already shown."""
        self._now = max(self._now, now) if self._began else now
        self._began = True

    def from_monotonic(self, monotonic: float) -> float:  # noqa: ARG002 - as every clock has it
        """Return the time of the datum in hand: the machine's own time does not count here."""
        return self._now

    def close(self) -> None:
        """Release nothing: there is no file."""
