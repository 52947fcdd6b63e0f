"""What clients ask of a calibration, and the spellings they do it in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gazed import Notification
from gazed_plugins.hmd_calibration.run import Mode

Verb = Literal["should_start", "add_ref_data", "should_stop"]

_VERBS: tuple[Verb, ...] = ("should_start", "add_ref_data", "should_stop")
_MODES: dict[str, Mode] = {
    "calibration": "calibration",
    "validation": "validation",
    "accuracy_test": "validation",
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its fields are read when its turn comes."""

    mode: Mode
    verb: Verb
    notification: Notification


def command_of(notification: Notification) -> Command | None:
    """Return the command in a notification, None for others.

    More may come behind a dot, as in version 1 (``calibration.should_start.foo``).
    """
    first, _, rest = notification.subject.partition(".")
    verb = next((verb for verb in _VERBS if rest == verb or rest.startswith(f"{verb}.")), None)
    mode = _MODES.get(first)
    return Command(mode, verb, notification) if mode and verb else None
