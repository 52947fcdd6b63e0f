"""What a recording asks of the disk, and in which words the disk's refusals are told."""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from io import RawIOBase
from pathlib import Path

from gazed import GazedError
from gazed_plugins.recorder import files

_REASONS = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "the disk quota is used up; free some space",
    errno.EROFS: "the disk is read-only; choose another rec_root_dir",
    errno.EACCES: "this user may not write there; choose another rec_root_dir",
    errno.EPERM: "this user may not write there; choose another rec_root_dir",
    errno.ENOENT: "the folder was removed",
    errno.EIO: "the disk reports an error; check it",
    errno.ENAMETOOLONG: "the name is too long",
    errno.ENOTDIR: "a part of the path is a file, not a folder",
}


class DiskError(GazedError):
    """A recording cannot begin or go on where it should be written."""


@dataclass(frozen=True, slots=True)
class Floor:
    """Free space, in bytes: below ``warn`` is worth a warning, at ``stop`` a recording ends."""

    warn: float
    stop: float


class Disk:
    """The files of recordings; tests put a slow, a full or a vanishing disk in its place."""

    def create(self, path: Path) -> RawIOBase:
        """Create a file to write and read, unbuffered."""
        return files.create_file(path)

    def replace(self, path: Path, data: bytes) -> None:
        """Put ``data`` in the place of a file, all or nothing."""
        files.replace_file(path, data)

    def free_bytes(self, directory: Path) -> int:
        """Return how much this user may still write there."""
        return shutil.disk_usage(directory).free


def check(disk: Disk, directory: Path, floor: Floor) -> bool:
    """Tell whether space runs low; raise DiskError at the floor or when the folder is gone."""
    try:
        free = disk.free_bytes(directory)
    except FileNotFoundError:
        raise DiskError(f"{directory}: {_REASONS[errno.ENOENT]}") from None
    if free <= floor.stop:
        raise DiskError(
            f"{directory}: only {free / 1e9:.1f} GB are free, recordings end at"
            f" {floor.stop / 1e9:.1f} GB; free some space"
        )
    return free < floor.warn


def reason_of(error: OSError, directory: Path) -> str:
    """Return a sentence for what the system reported."""
    return f"{directory}: {_REASONS.get(error.errno or 0, error.strerror or str(error))}"
