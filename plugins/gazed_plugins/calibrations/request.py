"""What clients ask of the kept calibrations, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from gazed import MessageError, Notification

Verb = Literal["save", "list", "show", "load", "delete"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; ``version`` None is the newest, ``echo`` goes back with the answer."""

    verb: str
    name: str = ""
    version: int | None = None
    note: str = ""
    echo: Any = None

    @classmethod
    def read(cls, verb: str, notification: Notification) -> Request | None:
        """Return the request in a notification, None when its verb is not known.

        Raises MessageError, naming the field, for what is missing or of a wrong type.
        """
        if verb not in get_args(Verb):
            return None
        version = notification.get("version")
        note = notification.get("note", "")
        if isinstance(version, bool) or not isinstance(version, (int, type(None))):
            raise MessageError(f"'version' is {version!r}, not a whole number")
        if not isinstance(note, str):
            raise MessageError(f"'note' is {note!r}, not text")
        name = "" if verb == "list" else notification.text("name")
        return cls(verb, name, version, note, notification.get("request"))
