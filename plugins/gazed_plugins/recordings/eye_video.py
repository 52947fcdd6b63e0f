"""The video of one eye, frame by frame with its recorded times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from gazed import Frame
from gazed_plugins.capture.decode import gray as gray_of_jpeg
from gazed_plugins.recordings.intrinsics import Intrinsics
from gazed_plugins.recordings.problems import Problems, counted
from gazed_plugins.recordings.stamps import Times, read_stamps
from gazed_plugins.video import Gray, gray_of

_JPEG = "mjpeg"
_DAMAGED = "some pictures are damaged and were left out"


@dataclass(frozen=True, eq=False)
class EyeVideo:
    """All recorded pictures of one eye; ``intrinsics`` has an entry for each known resolution."""

    eye: int
    parts: tuple[VideoFile, ...]
    intrinsics: tuple[Intrinsics, ...]

    def __len__(self) -> int:
        return len(self.timestamps)

    @cached_property
    def timestamps(self) -> Times:
        """Seconds on the recording's clock, one for each frame, shape (len,)."""
        return np.concatenate([part.timestamps for part in self.parts])

    def frames(self, start: int = 0) -> Iterator[Frame]:
        """Yield the frames from number ``start`` on, decoding one at a time.

        ``index`` counts through all parts. A picture that is damaged is left out, so that
        ``index`` may jump; every other frame keeps the timestamp it was recorded with.
        """
        before = 0
        for part in self.parts:
            count = len(part.timestamps)
            if before + count > start:
                for picture in part.pictures(max(0, start - before)):
                    yield self._frame(part, picture, before)
            before += count

    def _frame(self, part: VideoFile, picture: _Picture, before: int) -> Frame:
        timestamp = float(part.timestamps[picture.place])
        return Frame(
            eye=self.eye,
            index=before + picture.place,
            timestamp=timestamp,
            received=timestamp,
            gray=picture.gray,
            jpeg=picture.jpeg,
            focal_length_px=self._focal_length(picture.gray),
        )

    def _focal_length(self, gray: Gray) -> float | None:
        for entry in self.intrinsics:
            if (entry.height, entry.width) == gray.shape and entry.cam_type != "dummy":
                return entry.focal_length_px
        return None


@dataclass(frozen=True, slots=True, eq=False)
class _Picture:
    place: int
    gray: Gray
    jpeg: bytes | None


@dataclass(frozen=True, eq=False)
class VideoFile:
    """One file of a video, and the file of timestamps beside it."""

    path: Path
    problems: Problems = field(repr=False)

    @cached_property
    def pts(self) -> NDArray[np.int64]:
        """The packets' times in the container's own unit, sorted; found without decoding."""
        found = [packet.pts for packet, _ in self.packets() if packet.pts is not None]
        return np.sort(np.array(found, np.int64))

    @cached_property
    def timestamps(self) -> Times:
        """Seconds; the i-th belongs to the frame with the i-th of the sorted ``pts``."""
        beside = self.path.with_name(f"{self.path.name.partition('.')[0]}_timestamps.npy")
        stored = read_stamps(beside, self.problems)
        times = np.empty(0) if stored is None else stored
        if len(times) != len(self.pts):
            self.problems.add(
                f"{self.path.name}: has {counted(len(self.pts), 'frame')} and"
                f" {counted(len(times), 'timestamp')}; what has no counterpart was left out"
            )
        return times[: len(self.pts)]

    def pictures(self, start: int) -> Iterator[_Picture]:
        """Yield the pictures that have a timestamp and can be decoded, from ``start`` on."""
        places = _Places(self.pts)
        for packet, is_jpeg in self.packets():
            for pts, source in _undecoded(packet) if is_jpeg else self._decoded(packet):
                place = places.of(pts)
                if start <= place < len(self.timestamps):
                    yield from self._picture(place, source)

    def _picture(self, place: int, source: Any) -> Iterator[_Picture]:
        jpeg = bytes(source) if isinstance(source, av.Packet) else None
        gray = gray_of(source) if jpeg is None else gray_of_jpeg(jpeg)
        if gray is None:
            self.problems.add(f"{self.path.name}: {_DAMAGED}")
            return
        yield _Picture(place, gray, jpeg)

    def _decoded(self, packet: Any) -> Iterator[tuple[int, Any]]:
        try:
            for frame in packet.decode():
                if frame.pts is not None:
                    yield frame.pts, frame
        except av.FFmpegError:
            self.problems.add(f"{self.path.name}: {_DAMAGED}")

    def packets(self) -> Iterator[tuple[Any, bool]]:
        """Yield each packet and whether it is a JPEG; the last one is empty, to flush decoders.

        Ends where the file is damaged.
        """
        try:
            with av.open(str(self.path)) as container:
                stream = _decodable(container)
                is_jpeg = stream.codec_context.name == _JPEG
                for packet in container.demux(stream):
                    yield packet, is_jpeg
        except (av.FFmpegError, LookupError, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            self.problems.add(f"{self.path.name}: cannot be read to its end: {reason}")


def _undecoded(packet: Any) -> Iterator[tuple[int, Any]]:
    if packet.pts is not None:
        yield packet.pts, packet


class _Places:
    """Which of the sorted times each frame has; equal ones are taken one after the other."""

    def __init__(self, pts: NDArray[np.int64]) -> None:
        self._pts = pts
        self._last: tuple[int, int] | None = None

    def of(self, pts: int) -> int:
        """Return the place of the next frame."""
        place = int(np.searchsorted(self._pts, pts))
        if self._last and self._last[0] == pts:
            place = self._last[1] + 1
        self._last = pts, place
        return place


def _decodable(container: Any) -> Any:
    """Return the video stream; raise LookupError when there is none of a known kind."""
    for stream in container.streams.video:
        # A damaged header may name a codec that does not exist.
        if stream.codec_context is not None:
            stream.codec_context.thread_count = 1
            return stream
    raise LookupError("it holds no video of a known kind")
