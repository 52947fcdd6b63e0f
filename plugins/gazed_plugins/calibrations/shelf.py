"""The folder that calibrations are kept in: save, list, find, delete."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from gazed import Fields
from gazed_plugins.calibrations.record import CalibrationFileError, Record

# A word character first: nothing that hides a file, leaves the folder or looks like an option.
_NAME = re.compile(r"\w(?:[\w .-]{0,62}[\w-])?")
_FILE = re.compile(r"(?P<name>.+)\.(?P<version>[1-9][0-9]{0,8})\.json")


class Kept(NamedTuple):
    """One file by its name: which calibration and version it should hold."""

    name: str
    version: int
    path: Path


class Damaged(NamedTuple):
    """A file that cannot be read, and why."""

    file: str
    reason: str

    def to_wire(self) -> Fields:
        """Return the map that clients read."""
        return self._asdict()


class Shelf:
    """Calibrations in one folder, a file ``NAME.VERSION.json`` for each version of each.

    All methods wait for the disk. They raise CalibrationFileError for names that are none,
    for calibrations that are not there and for files that are damaged, OSError where the disk
    fails.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, record: Record) -> Record:
        """Write a calibration as the next version of its name; return it with its number.

        The file is complete or not there at all.
        """
        check_name(record.name)
        newest = max((kept.version for kept in self._kept(record.name)), default=0)
        record = replace(record, version=newest + 1)
        path = self._folder / f"{record.name}.{record.version}.json"
        part = path.with_name(f".{path.name}.part")
        with part.open("w", encoding="utf-8") as file:
            file.write(record.to_text())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        return record

    def all(self) -> tuple[list[Record], list[Damaged]]:
        """Return all calibrations by name and version, and the files that are damaged."""
        records, damaged = [], []
        for kept in sorted(self._kept()):
            try:
                records.append(_read(kept))
            except CalibrationFileError as error:
                damaged.append(Damaged(kept.path.name, str(error)))
        return records, damaged

    def find(self, name: str, version: int | None = None) -> Record:
        """Return a calibration, its newest version unless told otherwise."""
        kept = self._found(name, version)[-1]
        try:
            return _read(kept)
        except CalibrationFileError as error:
            raise CalibrationFileError(f"{kept.path.name} is damaged: {error}") from None

    def delete(self, name: str, version: int | None = None) -> list[int]:
        """Remove all versions of a calibration, or one; return which."""
        gone = self._found(name, version)
        for kept in gone:
            kept.path.unlink()
        return [kept.version for kept in gone]

    def _found(self, name: str, version: int | None) -> list[Kept]:
        check_name(name)
        versions = sorted(self._kept(name))
        if not versions:
            known = ", ".join(sorted({kept.name for kept in self._kept()})) or "none"
            raise CalibrationFileError(f"there is no calibration {name!r}; there are: {known}")
        if version is None:
            return versions
        wanted = [kept for kept in versions if kept.version == version]
        if not wanted:
            known = ", ".join(str(kept.version) for kept in versions)
            raise CalibrationFileError(f"{name!r} has no version {version}; there are: {known}")
        return wanted

    def _kept(self, name: str | None = None) -> Iterator[Kept]:
        for path in self._folder.iterdir():
            match = _FILE.fullmatch(path.name)
            if match and _NAME.fullmatch(match["name"]) and name in (None, match["name"]):
                yield Kept(match["name"], int(match["version"]), path)


def check_name(name: str) -> None:
    """Raise CalibrationFileError for a name that cannot be a file's."""
    if not _NAME.fullmatch(name):
        raise CalibrationFileError(
            f"{name!r} cannot name a calibration: use up to 64 letters, digits, spaces and - _ ."
        )


def _read(kept: Kept) -> Record:
    try:
        record = Record.from_text(kept.path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise CalibrationFileError(str(error)) from None
    # The file's name says which calibration it is: people rename and copy files.
    return replace(record, name=kept.name, version=kept.version)
