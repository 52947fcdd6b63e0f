"""One video file of one eye, with its timestamps and the camera's intrinsics."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import msgpack
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.files import WRITING, removed_on_error
from gazed_plugins.recorder.timestamps import TimestampsWriter
from gazed_plugins.recorder.video import TIME_BASE, VideoWriter

# 4:2:2, as cameras send it: what Pupil Player expects of Motion JPEG.
_JPEG = [
    cv2.IMWRITE_JPEG_QUALITY,
    95,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422,
]
_UNKNOWN_FOCAL_LENGTH = 1000.0

Size = tuple[int, int]


class Part:
    """``eye<id>.mp4`` or the next free ``eye<id>_001.mp4``, one size of picture throughout.

    ``origin`` is the start of the recording in seconds; pts count from there, or from the
    first frame where the clock was set back before it.
    """

    def __init__(self, directory: Path, eye: int, size: Size, origin: float, disk: Disk) -> None:
        name = _free_name(directory, f"eye{eye}")
        self.size = size
        self.last = -float("inf")
        self._origin = origin
        stamps = directory / f"{name}_timestamps.npy"
        self._timestamps = TimestampsWriter(stamps, disk.create)
        with removed_on_error(self._timestamps, stamps):
            self._video = VideoWriter(directory / f"{name}.mp4", *size, disk.create)

    @property
    def frames(self) -> int:
        """How many frames are in the file."""
        return self._video.frames

    def add(self, jpeg: bytes, timestamp: float) -> None:
        """Keep a frame for the next ``write``; ``timestamp`` not before the last one."""
        if self.last == -float("inf"):
            self._origin = min(self._origin, timestamp)
        self.last = timestamp
        self._timestamps.add(timestamp)
        self._video.add(jpeg, int((timestamp - self._origin) * TIME_BASE))

    def write(self) -> None:
        """Write the frames, their exact times first: they are nowhere else."""
        self._timestamps.write()
        self._video.write()

    def flush(self) -> None:
        """Wait until what was written is on the disk."""
        self._timestamps.flush()
        self._video.flush()

    def close(self) -> None:
        """Finish both files."""
        with ExitStack() as stack:
            stack.callback(self._video.abandon)
            stack.callback(self._timestamps.close)
            self._timestamps.write()
            self._video.close()
        if not self.frames:
            self._timestamps.path.unlink()

    def abandon(self) -> None:
        """Close both files as they are; what is in them is whole, but not finished."""
        self._video.abandon()
        self._timestamps.abandon()


def encoded(gray: NDArray[np.uint8]) -> bytes:
    """Return a picture as JPEG, for sources that have none: gray levels with empty colours."""
    picture = cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR)
    return cv2.imencode(".jpg", picture, _JPEG)[1].tobytes()


def intrinsics(focal_lengths_px: dict[Size, float | None]) -> bytes:
    """Return an ``.intrinsics`` file for the sizes of pictures that were recorded (spec 6)."""
    cameras: dict[str, Any] = {"version": 1}
    for (width, height), focal_length in focal_lengths_px.items():
        focal = _UNKNOWN_FOCAL_LENGTH if focal_length is None else focal_length
        cameras[f"({width}, {height})"] = {
            "camera_matrix": [
                [focal, 0.0, width / 2],
                [0.0, focal, height / 2],
                [0.0, 0.0, 1.0],
            ],
            "dist_coefs": [[0.0, 0.0, 0.0, 0.0, 0.0]],
            "resolution": [width, height],
            "cam_type": "dummy" if focal_length is None else "radial",
        }
    packed: bytes = msgpack.packb(cameras)
    return packed


def _free_name(directory: Path, base: str) -> str:
    for number in itertools.count():
        name = f"{base}_{number:03d}" if number else base
        used = (f"{name}.mp4", f"{name}.mp4{WRITING}", f"{name}_timestamps.npy")
        if not any((directory / entry).exists() for entry in used):
            return name
    raise AssertionError("there is always a next number")
