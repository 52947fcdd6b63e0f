"""Every hook a plugin may implement, in the order a datum travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from gazed.data import Frame, Gaze, Pupil
    from gazed.notification import Notification

HOOK_API_VERSION = 1

hookspec = pluggy.HookspecMarker("gazed")
hookimpl = pluggy.HookimplMarker("gazed")


@hookspec
def on_notification(notification: Notification) -> None:
    """React to one control message from anybody, this host included."""


@hookspec
def tick() -> float | None:
    """Do one bounded piece of work; return in how many seconds to be called again.

    None means that the next message is soon enough.
    """


@hookspec(firstresult=True)
def read_frame() -> Frame | None:
    """Return this eye's next frame, waiting at most some 20 ms; None when there is none yet."""


@hookspec
def on_frame(frame: Frame) -> None:
    """Look at one frame before the pupil is detected in it."""


@hookspec
def detect_pupil(frame: Frame, found: list[Pupil]) -> Pupil | None:
    """Find the pupil in one frame; ``found`` holds what earlier detectors saw in it."""


@hookspec
def on_pupil(pupil: Pupil) -> None:
    """Look at one pupil datum."""


@hookspec(firstresult=True)
def map_gaze(pupil: Pupil) -> list[Gaze] | None:
    """Turn one pupil datum into gaze data."""


@hookspec
def refine_gaze(gaze: Gaze) -> Gaze | None:
    """Correct one gaze datum before it is published; None leaves it as it is.

    Each plugin gets what the one before it returned.
    """


@hookspec
def on_gaze(gaze: Gaze) -> None:
    """Look at one gaze datum."""
