"""A control message as plugins see it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gazed.errors import MessageError
from gazed.wire import Fields, topic_of, unpack

if TYPE_CHECKING:
    import zmq

PREFIX = "notify."


class Notification:
    """One notification: its subject at once, its fields when somebody asks for them.

    Every host sees every notification, calibrations of several megabytes among them, so
    the payload is unpacked once a host and only where a plugin reads it. Reading raises
    MessageError when the payload is malformed; hosts log that and drop the message.
    """

    def __init__(self, frames: Sequence[bytes | zmq.Frame]) -> None:
        self.topic = topic_of(frames)
        self.subject = self.topic.removeprefix(PREFIX)
        self._frames = frames
        if not self.subject:
            raise MessageError("the notification has no subject")

    @cached_property
    def frames(self) -> list[bytes]:
        """The message as it came: topic, payload, raw frames."""
        return [frame if isinstance(frame, bytes) else frame.bytes for frame in self._frames]

    @cached_property
    def fields(self) -> Fields:
        """All fields, text as str."""
        return unpack(self.frames[1])

    def __getitem__(self, key: str) -> Any:
        """Return a field; raise MessageError when it is missing."""
        try:
            return self.fields[key]
        except KeyError:
            raise MessageError(f"{self.subject}: {key!r} is missing") from None

    def text(self, key: str) -> str:
        """Return a field that must be text; raise MessageError when it is missing or is not."""
        value = self[key]
        if not isinstance(value, str):
            raise MessageError(f"{self.subject}: {key} is a {type(value).__name__}, not text")
        return value

    def get(self, key: str, default: Any = None) -> Any:
        """Return a field, or ``default``."""
        return self.fields.get(key, default)

    def __repr__(self) -> str:
        return f"<Notification {self.subject}>"
