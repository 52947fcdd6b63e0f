"""Which way the eyes go: free glances, and saccades to the targets shown."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from gazed_plugins.simulated_headset.direction import Direction
from gazed_plugins.simulated_headset.schedule import glance, next_glance, smooth

_REMEMBERED = 16


class GazePath:
    """Where the eyes are directed at any time, in seconds.

    That depends on the seed and on the last 16 targets shown, never on earlier questions.
    """

    def __init__(self, seed: int, reaction_time: float) -> None:
        self._seed = seed
        self._reaction_time = reaction_time
        self._holds: deque[_Hold] = deque(maxlen=_REMEMBERED)

    def at(self, time: float) -> Direction:
        """Return the direction at ``time``."""
        return self._saccade(time).at(time)

    def moving(self, time: float) -> bool:
        """Tell whether a saccade is under way."""
        return time < self._saccade(time).end

    def show(self, target: Direction | None, time: float) -> None:
        """Show a target at ``time``; None goes back to free viewing.

        The eyes set out after the reaction time, or when the saccade under way then is over.
        A target that was not yet reacted to is replaced; the same one again changes nothing.
        """
        if target is not None and self._aims_at(target):
            return
        moment = time + self._reaction_time
        while self._holds and self._holds[-1].saccade.start > moment:
            self._holds.pop()
        start = max(moment, self._saccade(moment).end)
        if target is not None:
            self._holds.append(_Hold(_Saccade(start, self.at(start), target)))
        elif self._holds and self._holds[-1].until > start:
            self._holds[-1].until = next_glance(self._seed, start)

    def _aims_at(self, target: Direction) -> bool:
        last = self._holds[-1] if self._holds else None
        return last is not None and last.until == math.inf and last.saccade.target == target

    def _saccade(self, time: float) -> _Saccade:
        # The last one that began.
        hold = next((one for one in reversed(self._holds) if one.saccade.start <= time), None)
        if hold is not None and time < hold.until:
            return hold.saccade
        start, target = glance(self._seed, time)
        if hold is not None and hold.until == start:
            return _Saccade(start, hold.saccade.target, target)
        _, origin = glance(self._seed, math.nextafter(start, -math.inf))
        return _Saccade(start, origin, target)


@dataclass(frozen=True, slots=True)
class _Saccade:
    start: float
    origin: Direction
    target: Direction

    @property
    def end(self) -> float:
        # The main sequence: 2.2 ms per degree and 21 ms (Carpenter 1988).
        return self.start + 0.021 + 0.0022 * self.origin.angle_to(self.target)

    def at(self, time: float) -> Direction:
        share = (time - self.start) / (self.end - self.start)
        return self.origin.toward(self.target, smooth(share))


@dataclass(slots=True)
class _Hold:
    saccade: _Saccade
    until: float = math.inf
