"""Show the pictures of a folder in place of an eye camera."""

import time
from itertools import count, cycle
from pathlib import Path

import cv2

from gazed import Context, Frame, PluginError, hookimpl


class FolderSource:
    """Gives the pictures of a folder, by name, over and over."""

    role = "source"

    def __init__(self, context: Context, folder: str, rate: float = 30.0) -> None:
        self._pictures = [cv2.imread(str(path), 0) for path in sorted(Path(folder).iterdir())]
        if not self._pictures or any(picture is None for picture in self._pictures):
            raise PluginError(f"{folder} must hold pictures and nothing else")
        self._clock, self._eye = context.clock, context.eye
        self._next, self._numbers = cycle(self._pictures), count()
        self._period, self._due = 1.0 / rate, time.monotonic()

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the next picture when it is due."""
        wait = self._due - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, 0.02))  # a source waits, but never long
            return None
        self._due += self._period
        now = self._clock.now()
        return Frame(self._eye, next(self._numbers), now, now, next(self._next))
