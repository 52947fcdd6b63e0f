"""``<name>_timestamps.npy``, written while the recording runs and readable at any time."""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

from gazed_plugins.recorder.files import (
    Opener,
    create_file,
    removed_on_error,
    to_disk,
    write_all,
)

HEADER_BYTES = 128
_MAGIC = b"\x93NUMPY\x01\x00"


class TimestampsWriter:
    """A one-dimensional float64 array that grows in its file (NumPy format 1.0).

    The header has room for any length and is rewritten after the values it counts, so a
    reader finds whole values only, whenever the writer ends. ``count`` is what is in the file.
    """

    def __init__(self, path: Path, open_file: Opener = create_file) -> None:
        self.path = path
        self.count = 0
        self._waiting = array("d")
        self._file = open_file(path)
        with removed_on_error(self._file, path):
            write_all(self._file, header(0))

    @property
    def bytes(self) -> int:
        """The size of the file."""
        return HEADER_BYTES + 8 * self.count

    def add(self, timestamp: float) -> None:
        """Keep a timestamp, in seconds, for the next ``write``."""
        self._waiting.append(timestamp)

    def write(self) -> None:
        """Write what waits; what cannot be written is taken back (OSError)."""
        if not self._waiting:
            return
        values, self._waiting = self._waiting, array("d")
        end = self.bytes
        try:
            write_all(self._file, struct.pack(f"<{len(values)}d", *values))
            self._write_header(self.count + len(values))
        except OSError:
            self._file.truncate(end)
            self._file.seek(end)
            raise
        self.count += len(values)

    def flush(self) -> None:
        """Wait until the system has brought what was written to the disk."""
        to_disk(self._file)

    def sync(self) -> None:
        """Bring what waits to the disk."""
        self.write()
        self.flush()

    def close(self) -> None:
        """Close the file; what waits is not written."""
        try:
            to_disk(self._file)
        finally:
            self._file.close()

    def abandon(self) -> None:
        """Close the file without waiting for the disk."""
        self._file.close()

    def _write_header(self, count: int) -> None:
        self._file.seek(0)
        write_all(self._file, header(count))
        self._file.seek(0, 2)


def header(count: int) -> bytes:
    """Return the first 128 bytes of a file of ``count`` float64 values."""
    text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({count},), }}"
    length = HEADER_BYTES - len(_MAGIC) - 2
    return _MAGIC + struct.pack("<H", length) + text.ljust(length - 1).encode() + b"\n"
