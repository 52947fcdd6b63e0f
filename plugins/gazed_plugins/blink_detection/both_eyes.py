"""Closures of both eyes put together: a blink closes both, a wink closes one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["blink", "wink"]

TOGETHER = 0.1
"""Seconds between the closings of two eyes that blink together, at most."""

_PATIENCE = 0.2
_PRESENT = 0.5


@dataclass(frozen=True, slots=True)
class Change:
    """A blink or a wink that started, or ended after ``duration`` seconds.

    ``eyes`` are those that closed. A blink of one eye is one while the other is not watched.
    """

    kind: Kind
    eyes: tuple[int, ...]
    timestamp: float
    duration: float | None = None


@dataclass(slots=True)
class _Episode:
    # Eyes that closed; ``open`` are those that have opened again. No kind: not yet known.
    timestamp: float
    eyes: set[int]
    kind: Kind | None = None
    open: set[int] = field(default_factory=set)
    ended: float = 0.0
    duration: float = 0.0

    @property
    def over(self) -> bool:
        return self.open == self.eyes


class BothEyes:
    """Tells blinks from winks by what each eye's lids do.

    Where the other eye is watched too and gives pictures, it may close up to 0.1 s later; one
    eye that was closed alone for less than that is neither a blink nor a wink. An eye that
    closes during a wink of the other one ends the wink and starts a blink.
    """

    def __init__(self) -> None:
        self._watched: set[int] = set()
        self._pictured: dict[int, float] = {}
        self._episode: _Episode | None = None

    def watch(self, eye: int, watched: bool) -> list[Change]:
        """Note whether closings of an eye are told; one that is not watched counts as open."""
        if watched:
            self._watched.add(eye)
            return []
        self._watched.discard(eye)
        last, episode = self._pictured.get(eye), self._episode
        if last is None or episode is None:
            return []
        return self.opened(eye, last, max(0.0, last - episode.timestamp))

    def pictured(self, eye: int, timestamp: float) -> list[Change]:
        """Note that there is a picture of an eye; return what is certain by now."""
        backwards = timestamp < self._pictured.get(eye, timestamp)
        self._pictured[eye] = timestamp
        episode = self._episode
        if episode is None or episode.kind is not None:
            return []
        if backwards:
            self._episode = None
            return []
        (closed,) = episode.eyes
        if not self._other_is_there(closed, timestamp):
            return self._begin("blink", episode)
        waited = self._pictured[1 - closed] - episode.timestamp
        return self._alone(episode) if waited > _PATIENCE else []

    def closed(self, eye: int, timestamp: float) -> list[Change]:
        """Take the closing of an eye; return what starts or ends by it."""
        self._watched.add(eye)
        episode = self._episode
        if episode is None:
            return self._first(eye, timestamp)
        if eye in episode.eyes:
            episode.open.discard(eye)
            return []
        return self._second(episode, eye, timestamp)

    def opened(self, eye: int, timestamp: float, duration: float) -> list[Change]:
        """Take the opening of an eye that was closed for ``duration``; return what ends by it."""
        episode = self._episode
        if episode is None or eye not in episode.eyes - episode.open:
            return []
        episode.open.add(eye)
        episode.ended = timestamp
        episode.duration = max(episode.duration, duration)
        return self._end(episode) if episode.over and episode.kind else []

    def _first(self, eye: int, timestamp: float) -> list[Change]:
        self._episode = episode = _Episode(timestamp, {eye})
        return [] if self._other_is_there(eye, timestamp) else self._begin("blink", episode)

    def _second(self, episode: _Episode, eye: int, timestamp: float) -> list[Change]:
        if episode.kind == "blink":
            episode.eyes.add(eye)
            return []
        if episode.kind is None and abs(timestamp - episode.timestamp) <= TOGETHER:
            episode.eyes.add(eye)
            episode.timestamp = min(episode.timestamp, timestamp)
            return self._begin("blink", episode)
        changes = self._alone(episode) if episode.kind is None else []
        if self._episode is None:
            return changes + self._first(eye, timestamp)
        episode.ended = timestamp
        episode.duration = max(0.0, timestamp - episode.timestamp)
        changes += self._end(episode)
        self._episode = both = _Episode(timestamp, {0, 1})
        return changes + self._begin("blink", both)

    def _alone(self, episode: _Episode) -> list[Change]:
        if episode.over and episode.duration < TOGETHER:
            self._episode = None
            return []
        return self._begin("wink", episode)

    def _begin(self, kind: Kind, episode: _Episode) -> list[Change]:
        episode.kind = kind
        started = Change(kind, tuple(sorted(episode.eyes)), episode.timestamp)
        return [started, *self._end(episode)] if episode.over else [started]

    def _end(self, episode: _Episode) -> list[Change]:
        self._episode = None
        eyes = tuple(sorted(episode.eyes))
        return [Change(episode.kind or "blink", eyes, episode.ended, episode.duration)]

    def _other_is_there(self, eye: int, timestamp: float) -> bool:
        other = 1 - eye
        if other not in self._watched or other not in self._pictured:
            return False
        return abs(timestamp - self._pictured[other]) < _PRESENT
