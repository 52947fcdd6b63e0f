"""A video file in place of a camera, read by OpenCV."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.capture.cameras import CameraInfo, ControlInfo, Mode, Picture, RefusedError
from gazed_plugins.capture.faults import CameraFault
from gazed_plugins.capture.opencv_capture import mode_of, opened, picture_from

_MOST_BEHIND = 1.0


class Ended(CameraFault):
    """A video file has been shown to its end."""

    code = "ended"
    sentence = "{camera} has ended"
    remedy = "start the source again, with loop = true to begin again at the end"
    by_hand = True


class FileCamera:
    """A video file that plays as if a camera saw it now; see OpenCamera.

    At its end it begins again with ``loop``; else ``at_end`` is called and Ended raised.
    """

    notes: tuple[str, ...] = ()

    def __init__(self, info: CameraInfo, loop: bool, at_end: Callable[[], None]) -> None:
        self.info = info
        self._capture = opened(info)
        self.mode = mode_of(self._capture)
        self.modes: tuple[Mode, ...] = (self.mode,)
        self._loop = loop
        self._at_end = at_end
        self._sequence = 0
        self._due = time.monotonic()

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture when it is due, None when that is after ``timeout`` seconds."""
        wait = self._due - time.monotonic()
        time.sleep(min(max(wait, 0.0), timeout))
        if wait > timeout:
            return None
        self._due = max(self._due, time.monotonic() - _MOST_BEHIND) + 1.0 / self.mode.rate
        self._sequence += 1
        return picture_from(self._next(), time.monotonic(), self._sequence)

    def set_mode(self, mode: Mode) -> None:
        """Raise RefusedError."""
        raise RefusedError(f"{self.info} is a file and has no {mode}", [self.mode.to_wire()])

    def controls(self) -> Sequence[ControlInfo]:
        """Return nothing."""
        return ()

    def set_control(self, name: str, value: Any) -> ControlInfo:
        """Raise RefusedError."""
        raise RefusedError(f"{self.info} is a file: {name} cannot be {value!r}, it has no controls")

    def close(self) -> None:
        """Close the file."""
        self._capture.release()

    def _next(self) -> NDArray[np.uint8]:
        there, picture = self._capture.read()
        if not there and self._loop and self._sequence > 1:
            self._capture.release()
            self._capture = opened(self.info)
            there, picture = self._capture.read()
        if not there:
            self._at_end()
            raise Ended(str(self.info))
        return np.asarray(picture, np.uint8)
