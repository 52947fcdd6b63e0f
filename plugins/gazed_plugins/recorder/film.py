"""What is left of a video that VideoWriter wrote, wherever its writing ended."""

from __future__ import annotations

import mmap
import struct
import zlib
from array import array
from dataclasses import dataclass, field
from pathlib import Path

from gazed import GazedError
from gazed_plugins.recorder import boxes
from gazed_plugins.recorder.video import finish

# Where the parts of a fragment's head are; it ends with the checksum.
_TIME = 8 + 16 + 8 + 16 + 12
_COUNT = _TIME + 8 + 12
_ENTRIES = _COUNT + 8
_LEAST = _ENTRIES + 12
_SLOT = 16
_BEGINNING_BYTES = len(boxes.beginning(0, 0))


class ForeignVideoError(GazedError):
    """A video was not written by VideoWriter, or not even its beginning is there."""


@dataclass(slots=True)
class Film:
    """The intact frames of a video: pts in 1/65535 s and length in bytes of each.

    ``chunks`` are offset and number of frames of each intact fragment, ``end`` is where the
    last one ends, ``torn`` how many bytes behind or between them are of no use, ``complete``
    whether the file ends with an index and is finished.
    """

    path: Path
    size: tuple[int, int]
    pts: array[int] = field(default_factory=lambda: array("q"))
    lengths: array[int] = field(default_factory=lambda: array("I"))
    chunks: list[tuple[int, int]] = field(default_factory=list)
    end: int = 0
    torn: int = 0
    complete: bool = False

    def finish(self) -> None:
        """Make the intact frames an ordinary film; the torn end is cut off."""
        index = boxes.index(self.size, self.pts, self.lengths, self.chunks)
        with self.path.open("r+b", buffering=0) as file:
            finish(file, self.end, index)


def read_film(path: Path) -> Film:
    """Return what is intact in a video; raise ForeignVideoError when it is not one of ours."""
    size = path.stat().st_size
    start = len(boxes.file_type())
    with path.open("rb") as file:
        head = file.read(start)
        if boxes.file_type().startswith(head) and size < _BEGINNING_BYTES:
            return Film(path, (0, 0))  # its writer had only begun
        if head != boxes.file_type():
            raise ForeignVideoError(f"{path}: is not a video that gazed wrote, or lacks its start")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            film = Film(path, _picture_size(path, data, start + _SLOT))
            _read_fragments(film, data, start + _SLOT)
            film.complete = film.torn == 0 and _is_finished(data, start, film.end)
    return film


def _picture_size(path: Path, data: mmap.mmap, at: int) -> tuple[int, int]:
    length, kind = struct.unpack_from(">I4s", data, at)
    sample = data.find(b"mp4v", at, at + length)
    if kind != b"moov" or at + length > len(data) or sample < 0:
        raise ForeignVideoError(f"{path}: the beginning of the video is damaged")
    width, height = struct.unpack_from(">HH", data, sample + 28)
    return width, height


def _read_fragments(film: Film, data: mmap.mmap, beginning: int) -> None:
    at = film.end = beginning + int(struct.unpack_from(">I", data, beginning)[0])
    while True:
        found = _fragment_at(data, at)
        if found is None:
            following = _next_fragment(data, at)
            if following < 0:
                break
            film.torn += following - at
            at = following
            continue
        pts, lengths, offset, at = found
        film.pts.extend(pts)
        film.lengths.extend(lengths)
        film.chunks.append((offset, len(pts)))
        film.end = at
    if not _is_index(data, film.end):
        film.torn += len(data) - film.end


def _next_fragment(data: mmap.mmap, at: int) -> int:
    while (kind := data.find(b"moof", at + 5)) >= 0:
        at = kind - 4
        if _fragment_at(data, at) is not None:
            return at
    return -1


def _fragment_at(data: mmap.mmap, at: int) -> tuple[list[int], list[int], int, int] | None:
    """Return pts, lengths, offset of the pictures and the end of an intact fragment."""
    if at + _LEAST + 8 > len(data) or data[at + 4 : at + 8] != b"moof":
        return None
    (length,) = struct.unpack_from(">I", data, at)
    (count,) = struct.unpack_from(">I", data, at + _COUNT)
    offset = at + length + 8
    if length != _LEAST + 8 * count or not count or offset > len(data):
        return None
    entries = struct.unpack_from(f">{2 * count}I", data, at + _ENTRIES)
    (crc,) = struct.unpack_from(">I", data, at + length - 4)
    durations, lengths = entries[::2], list(entries[1::2])
    total, kind = struct.unpack_from(">I4s", data, offset - 8)
    end = offset + sum(lengths)
    if kind != b"mdat" or total != 8 + sum(lengths) or end > len(data):
        return None
    if zlib.crc32(memoryview(data)[offset:end]) != crc:
        return None
    pts = [int(struct.unpack_from(">Q", data, at + _TIME)[0])]
    for duration in durations[:-1]:
        pts.append(pts[-1] + duration)
    return pts, lengths, offset, end


def _is_index(data: mmap.mmap, at: int) -> bool:
    if at + 8 > len(data):
        return False
    length, kind = struct.unpack_from(">I4s", data, at)
    return bool(kind == b"moov" and at + length == len(data))


def _is_finished(data: mmap.mmap, start: int, end: int) -> bool:
    slot = boxes.slot(end - start)
    return _is_index(data, end) and data[start : start + _SLOT] == slot
