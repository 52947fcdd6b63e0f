"""Notifications to be sent later; a newer one replaces a waiting one with the same subject."""

from __future__ import annotations

import math
import time

from gazed.errors import MessageError
from gazed.joining import Message
from gazed.notification import PREFIX
from gazed.wire import pack, topic_of, unpack

DELAYED = "delayed_notify."
_MOST_WAITING = 10_000


class Delays:
    """The waiting notifications of all processes (spec: protocol 7)."""

    def __init__(self) -> None:
        self._waiting: dict[str, tuple[float, Message]] = {}

    def add(self, frames: Message) -> None:
        """Keep a ``delayed_notify`` message; raise MessageError when it says no usable delay."""
        subject = topic_of(frames).removeprefix(DELAYED)
        fields = unpack(frames[1])
        delay = fields.pop("delay", None)
        if isinstance(delay, bool) or not isinstance(delay, (int, float)) or not delay >= 0:
            raise MessageError(f"{subject}: delay is {delay!r}, not a number of seconds")
        if not subject or math.isinf(delay):
            raise MessageError(f"delayed notification {subject!r} with delay {delay!r}")
        if len(self._waiting) >= _MOST_WAITING and subject not in self._waiting:
            raise MessageError(f"{subject}: {_MOST_WAITING} notifications are waiting already")
        fields.update(subject=subject, topic=PREFIX + subject)
        message = [(PREFIX + subject).encode(), pack(fields), *frames[2:]]
        self._waiting[subject] = (time.monotonic() + delay, message)

    def due(self) -> list[Message]:
        """Return the messages whose time has come, the earliest first."""
        now = time.monotonic()
        ripe = sorted((entry[0], subject) for subject, entry in self._waiting.items())
        return [self._waiting.pop(subject)[1] for when, subject in ripe if when <= now]

    def patience(self) -> float:
        """Return in how many seconds the next one is due, at most one second."""
        now = time.monotonic()
        return min([1.0, *(max(0.0, when - now) for when, _ in self._waiting.values())])
