"""``<name>.mp4``: a camera's JPEGs, unchanged, in a film that opens wherever its writing ended."""

from __future__ import annotations

from array import array
from io import RawIOBase
from pathlib import Path

from gazed_plugins.recorder import boxes
from gazed_plugins.recorder.files import (
    WRITING,
    Opener,
    create_file,
    removed_on_error,
    sync_directory,
    to_disk,
    write_all,
)
from gazed_plugins.recorder.locks import hold

TIME_BASE = boxes.TIME_BASE


class VideoWriter:
    """Writes Motion JPEG into MP4, without decoding anything.

    While it is written the file is called ``<name>.mp4.writing`` and is locked. ``write``
    hands the waiting frames to the system as one fragment with an index of its own; all
    fragments written so far are a whole film. ``close`` adds the index of an ordinary file,
    hides the fragments' by changing 16 bytes, and takes the suffix away. ``frames`` are in
    the file, ``lost`` could not be written.
    """

    def __init__(
        self, path: Path, width: int, height: int, open_file: Opener = create_file
    ) -> None:
        self.path = path
        self.frames = 0
        self.lost = 0
        self._size = (width, height)
        self._pts = array("q")
        self._lengths = array("I")
        self._chunks: list[tuple[int, int]] = []
        self._waiting: list[bytes] = []
        self._waiting_pts: list[int] = []
        self._last = -1
        self._file = open_file(self.writing)
        hold(self._file)
        self._end = 0
        with removed_on_error(self._file, self.writing):
            self._append(boxes.beginning(width, height))

    @property
    def writing(self) -> Path:
        """The file's name until ``close``."""
        return self.path.with_name(self.path.name + WRITING)

    def add(self, jpeg: bytes, pts: int) -> None:
        """Keep a frame for ``write``; ``pts`` in 1/65535 s, made to rise if it does not."""
        self._last = max(pts, self._last + 1)
        self._waiting.append(jpeg)
        self._waiting_pts.append(self._last)

    def write(self) -> None:
        """Write the waiting frames as one fragment; what cannot be is taken back (OSError)."""
        jpegs, self._waiting = self._waiting, []
        pts, self._waiting_pts = self._waiting_pts, []
        if not jpegs:
            return
        head = boxes.fragment_head(len(self._chunks) + 1, pts, jpegs)
        offset = self._end + len(head)
        try:
            self._append(head, b"".join(jpegs))
        except OSError:
            self.lost += len(jpegs)
            raise
        self._chunks.append((offset, len(jpegs)))
        self._pts.extend(pts)
        self._lengths.extend(map(len, jpegs))
        self.frames += len(jpegs)

    def flush(self) -> None:
        """Wait until the system has brought what was written to the disk."""
        to_disk(self._file)

    def close(self) -> None:
        """Write what waits and finish the file; without a frame it is removed."""
        try:
            self.write()
            if self.frames:
                finish(self._file, self._end, self._index())
        finally:
            self._file.close()
        if self.frames:
            self.writing.replace(self.path)
        else:
            self.writing.unlink()
        sync_directory(self.path.parent)

    def abandon(self) -> None:
        """Close the file as it is, suffix included."""
        self._file.close()

    def _index(self) -> bytes:
        return boxes.index(self._size, self._pts, self._lengths, self._chunks)

    def _append(self, *pieces: bytes) -> None:
        try:
            for piece in pieces:
                write_all(self._file, piece)
        except OSError:
            self._file.truncate(self._end)
            self._file.seek(self._end)
            raise
        self._end += sum(map(len, pieces))


def finish(file: RawIOBase, end: int, index: bytes) -> None:
    """Make fragments that end at ``end`` an ordinary film: the index first, then the 16 bytes."""
    start = len(boxes.file_type())
    file.truncate(end)
    file.seek(end)
    write_all(file, index)
    to_disk(file)
    file.seek(start)
    write_all(file, boxes.slot(end - start))
    to_disk(file)
