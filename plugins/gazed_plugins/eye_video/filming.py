"""The threads that write one eye's video of one recording."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gazed_plugins.eye_video.part import Part, Size, encoded, intrinsics
from gazed_plugins.recorder.disk import Disk, reason_of
from gazed_plugins.recorder.flusher import Flusher

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SYNC_SECONDS = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What of a frame goes into the video: the camera's JPEG, or gray where there is none."""

    timestamp: float
    size: Size
    jpeg: bytes | None
    gray: NDArray[np.uint8] | None
    focal_length_px: float | None

    @property
    def bytes(self) -> int:
        """How much memory it holds, about."""
        return len(self.jpeg) if self.jpeg is not None else self.size[0] * self.size[1]


@dataclass(frozen=True, slots=True)
class Scene:
    """Where a recording is, which eye is filmed, and when on the shared clock it began."""

    directory: Path
    eye: int
    start: float


class Filming:
    """Writes what it is given from construction to ``end``, in threads of its own.

    ``take`` never waits: past ``buffer_bytes`` frames are left out and counted in ``lost``,
    and so is what the disk refuses; ``failure`` then says why. A picture of another size, or
    from before the last one, begins another file. ``closed`` is set when all is written.
    """

    def __init__(self, scene: Scene, disk: Disk, buffer_bytes: float) -> None:
        self.scene = scene
        self.lost = 0
        self.failure = ""
        self.notes: list[str] = []
        self.closed = threading.Event()
        self._disk = disk
        self._buffer_bytes = buffer_bytes
        self._queue: deque[Shot] = deque()
        self._bytes_in = self._bytes_out = 0
        self._part: Part | None = None
        self._flushed: Part | None = None
        self._flush_lock = threading.Lock()
        self._in_part = 0
        self._focal_lengths: dict[Size, float | None] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="Eye_Video writer", daemon=True)
        self._thread.start()

    def take(self, shot: Shot) -> None:
        """Queue a frame; never waits."""
        if self.failure or self._bytes_in - self._bytes_out > self._buffer_bytes:
            self.lost += 1
            return
        self._bytes_in += shot.bytes
        self._queue.append(shot)

    def end(self) -> None:
        """Let the thread write what is queued and close the file; does not wait."""
        self._ended.set()

    def _run(self) -> None:
        try:
            self._film()
            self._finish()
        except OSError as error:
            self.failure = reason_of(error, self.scene.directory)
            self._give_up()
        finally:
            self.closed.set()

    def _film(self) -> None:
        flusher = Flusher(self._flush, _SYNC_SECONDS, "Eye_Video flusher")
        try:
            while not self._ended.wait(_SYNC_SECONDS):
                self._work()
                flusher.check()
            self._work()
        finally:
            flusher.end()

    def _flush(self) -> None:
        with self._flush_lock:  # a part is not closed while it is flushed
            if self._flushed:
                self._flushed.flush()

    def _work(self) -> None:
        taken = 0
        for _ in range(len(self._queue)):
            shot = self._queue[0]
            self._fitting(shot).add(_jpeg_of(shot), shot.timestamp)
            self._in_part += 1
            self._focal_lengths[shot.size] = shot.focal_length_px
            taken += shot.bytes
            self._queue.popleft()
        if self._part:
            self._part.write()
        self._bytes_out += taken

    def _fitting(self, shot: Shot) -> Part:
        part = self._part
        if part and (shot.size != part.size or shot.timestamp < part.last):
            reason = "time ran back" if shot.size == part.size else "the pictures' size changed"
            self.notes.append(f"eye{self.scene.eye}: {reason}; the video goes on in another file")
            self._close_part()
        if self._part is None:
            scene = self.scene
            self._part = Part(scene.directory, scene.eye, shot.size, scene.start, self._disk)
            self._flushed = self._part
        return self._part

    def _close_part(self) -> None:
        with self._flush_lock:
            self._flushed = None
        if self._part:
            self._part.close()
        self._part, self._in_part = None, 0

    def _finish(self) -> None:
        self._close_part()
        if self._focal_lengths:
            path = self.scene.directory / f"eye{self.scene.eye}.intrinsics"
            self._disk.replace(path, intrinsics(self._focal_lengths))

    def _give_up(self) -> None:
        # What is on the disk is whole; the recorder finishes it.
        written = self._part.frames if self._part else 0
        self.lost += self._in_part - written + len(self._queue)
        self._queue.clear()
        if self._part:
            self._part.abandon()
        self.notes.append(f"eye{self.scene.eye}: {self.failure}")
        self._ended.wait()


def _jpeg_of(shot: Shot) -> bytes:
    if shot.jpeg is not None:
        return shot.jpeg
    assert shot.gray is not None  # noqa: S101 - a shot has one of the two
    return encoded(shot.gray)
