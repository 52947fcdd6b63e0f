"""Files that are written while the power may fail: they grow, or are replaced as a whole."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import RawIOBase
from pathlib import Path
from typing import Protocol

WRITING = ".writing"


class Closable(Protocol):
    """Something with ``close``."""

    def close(self) -> None:
        """Close it."""


Opener = Callable[[Path], RawIOBase]


def create_file(path: Path) -> RawIOBase:
    """Create a file to write and read, unbuffered; raise FileExistsError when it is there."""
    return path.open("x+b", buffering=0)


class Journal:
    """A file to which data are only ever added.

    ``add`` keeps them in memory; after ``write`` they outlive this process, after ``flush``
    the machine's power. What cannot be written is taken back, so that the file ends with the
    last whole piece, and the OSError goes to the caller. ``length`` is in bytes, without what
    waits.
    """

    def __init__(self, path: Path, open_file: Opener = create_file) -> None:
        self.path = path
        self.length = 0
        self._file = open_file(path)
        self._waiting = bytearray()

    def add(self, data: bytes) -> None:
        """Keep data for the next ``write``."""
        self._waiting += data

    def write(self) -> None:
        """Hand what waits to the system."""
        data, self._waiting = bytes(self._waiting), bytearray()
        try:
            write_all(self._file, data)
        except OSError:
            self._file.truncate(self.length)
            self._file.seek(self.length)
            raise
        self.length += len(data)

    def flush(self) -> None:
        """Wait until the system has brought what was written to the disk."""
        to_disk(self._file)

    def close(self) -> None:
        """Close the file; what waits is not written."""
        self._file.close()


@contextmanager
def removed_on_error(file: Closable, path: Path) -> Iterator[None]:
    """Close and remove a new file when what follows its creation fails."""
    try:
        yield
    except OSError:
        file.close()
        with suppress(OSError):
            path.unlink()
        raise


def write_all(file: RawIOBase, data: bytes) -> None:
    """Write all of ``data``; raise OSError when that cannot be done."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) or 0 :]


def to_disk(file: RawIOBase) -> None:
    """Wait until the system has brought a file's data to the disk."""
    os.fsync(file.fileno())


def replace_file(path: Path, data: bytes) -> None:
    """Put ``data`` in the place of a file; a crash leaves the old or the new one, never half."""
    beside = path.with_name(path.name + ".new")
    with beside.open("wb", buffering=0) as file:
        write_all(file, data)
        to_disk(file)
    beside.replace(path)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 checksum of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sync_directory(path: Path) -> None:
    """Wait until the names in a directory are on the disk, where the system can do that."""
    if os.name != "posix":
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
