"""Eye videos and pictures from files, as gray frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import GazedError

PICTURES = frozenset(
    (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".pgm", ".webp", ".jp2", ".exr")
)
_TO_GRAY = {
    "bgra": cv2.COLOR_BGRA2GRAY,
    "rgba": cv2.COLOR_RGBA2GRAY,
    "bgr24": cv2.COLOR_BGR2GRAY,
    "rgb24": cv2.COLOR_RGB2GRAY,
}
_LUMA_FIRST = ("yuv", "gray", "nv12", "nv21")

Gray = NDArray[np.uint8]


class UnreadableVideoError(GazedError):
    """A file is not there, or is nothing that can be decoded."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One decoded frame: (height, width) gray levels, and its time in the file in seconds.

    ``timestamp`` is the recorded one where a ``<name>_timestamps.npy`` lies beside the video,
    else the container's; None for single pictures.
    """

    index: int
    gray: Gray
    timestamp: float | None


def is_picture(path: Path) -> bool:
    """Tell whether a file is a single picture by its name."""
    return path.suffix.lower() in PICTURES


def read_pictures(path: Path) -> Iterator[Picture]:
    """Yield the frames of a video, or the one of a picture file, in decoding order.

    Raises UnreadableVideoError when nothing can be read. A video that breaks off in the
    middle ends there.
    """
    if not path.is_file():
        raise UnreadableVideoError(path, "there is no such file; check the path")
    if is_picture(path):
        yield Picture(0, _read_picture(path), None)
        return
    recorded = _recorded_timestamps(path)
    count = 0
    for picture in _read_video(path):
        known = recorded is not None and picture.index < len(recorded)
        time = float(recorded[picture.index]) if known else picture.timestamp  # type: ignore[index]
        yield Picture(picture.index, picture.gray, time)
        count += 1
    if not count:
        raise UnreadableVideoError(path, "holds no picture that can be decoded; is it a video?")


def frame_rate_of(path: Path) -> float | None:
    """Return how many frames a second a video says it has; None when it does not say."""
    try:
        with av.open(str(path)) as container:
            rate = container.streams.video[0].average_rate
    except (av.FFmpegError, IndexError, ValueError):
        return None
    return float(rate) if rate else None


def gray_of(frame: av.VideoFrame) -> Gray:
    """Return a decoded frame's brightness, (height, width)."""
    name = frame.format.name
    if name.startswith(_LUMA_FIRST) and "10" not in name and "16" not in name:
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
        return np.ascontiguousarray(rows[: frame.height, : frame.width])
    if name in _TO_GRAY:
        return np.ascontiguousarray(cv2.cvtColor(frame.to_ndarray(), _TO_GRAY[name]))
    return np.ascontiguousarray(frame.to_ndarray(format="gray"))


def _read_picture(path: Path) -> Gray:
    try:
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        gray = None
    if gray is None:
        raise UnreadableVideoError(path, "cannot be decoded; is it a picture?")
    return np.ascontiguousarray(gray, dtype=np.uint8)


def _recorded_timestamps(path: Path) -> NDArray[np.float64] | None:
    beside = path.with_name(f"{path.stem}_timestamps.npy")
    if not beside.is_file():
        return None
    try:
        times: NDArray[np.float64] = np.load(beside, allow_pickle=False).astype(float).ravel()
    except (OSError, ValueError) as error:
        raise UnreadableVideoError(beside, f"is not an array of timestamps: {error}") from None
    return times


def _read_video(path: Path) -> Iterator[Picture]:
    index = -1
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for index, frame in enumerate(container.decode(stream)):
                yield Picture(index, gray_of(frame), frame.time)
    except IndexError:
        raise UnreadableVideoError(path, "holds no video stream") from None
    except av.FFmpegError:
        # What PyAV cannot open OpenCV sometimes can; a video that only ends badly has been
        # read as far as it goes.
        if index < 0:
            yield from _read_by_opencv(path)


def _read_by_opencv(path: Path) -> Iterator[Picture]:
    capture = cv2.VideoCapture(str(path))
    try:
        index = 0
        while (read := capture.read())[0]:
            gray = cv2.cvtColor(read[1], cv2.COLOR_BGR2GRAY)
            yield Picture(index, np.ascontiguousarray(gray, dtype=np.uint8), None)
            index += 1
    finally:
        capture.release()
