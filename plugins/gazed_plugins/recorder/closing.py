"""Closing a recording: nobody writes it, all its files are listed, the mark goes."""

from __future__ import annotations

import json
import math
import os
import uuid
from array import array
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gazed import GazedError
from gazed_plugins.recorder import info as infos
from gazed_plugins.recorder import manifest as manifests
from gazed_plugins.recorder.files import WRITING, sync_directory
from gazed_plugins.recorder.film import ForeignVideoError, read_film
from gazed_plugins.recorder.folder import MARK
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.locks import hold
from gazed_plugins.recorder.manifest import Manifest
from gazed_plugins.recorder.mending import timestamps_in, wrong_with_film
from gazed_plugins.recorder.pldata import Extent

_TIMES = ("start_time_system_s", "start_time_synced_s", "duration_s")


class RepairError(GazedError):
    """A folder is not a recording, or somebody writes it at this moment."""


def seal(directory: Path, manifest: Manifest, data: dict[str, Extent]) -> None:
    """Finish a recording that ended as it should: checksums, and the mark goes.

    ``data`` are the extents of its ``.pldata`` files by name. Videos whose writers did not
    live to finish them are finished here. Raises RepairError when one is still written.
    """
    with claimed(directory) as unfinished:
        info = read_info(directory)
        start = info.start_time_synced_s if info else 0.0
        for path in sorted(unfinished - {directory / MARK}):
            manifest.notes += _finished(path, start)
        manifest.state = "closed"
        write_manifest(directory, manifest, data)
    unmark(directory)


def _finished(path: Path, start: float) -> list[str]:
    """Finish a video whose writer did not; return what was wrong with it."""
    try:
        findings = list(wrong_with_film(read_film(path), start))
    except ForeignVideoError as error:
        return [str(error)]
    for finding in findings:
        if finding.fix:
            finding.fix()
    return [finding.text for finding in findings]


def write_manifest(directory: Path, manifest: Manifest, data: dict[str, Extent]) -> None:
    """Write a manifest that lists all files of a recording with their checksums.

    ``data`` are the extents of the ``.pldata`` files by name.
    """
    manifest.files = {}
    for path in sorted(directory.iterdir()):
        if path.is_file() and path.name not in (MARK, manifests.NAME):
            manifest.files[path.name] = manifests.facts_of(path, _extent(path, data))
    manifest.write(directory)
    sync_directory(directory)


def unmark(directory: Path) -> None:
    """Take the mark of an unfinished recording away."""
    (directory / MARK).unlink(missing_ok=True)
    sync_directory(directory)


@contextmanager
def claimed(directory: Path) -> Iterator[set[Path]]:
    """Hold the locks of what is unfinished in a recording; yield those files.

    Raises RepairError when somebody is writing one of them.
    """
    with ExitStack() as stack:
        marked = (directory / MARK, *directory.glob(f"*.mp4{WRITING}"))
        yield {path for path in marked if _claim(directory, path, stack)}


def being_written(directory: Path) -> RepairError:
    """Return the error that says so."""
    return RepairError(
        f"{directory} is being written; stop the recording first: gazed send recording.should_stop"
    )


def _claim(directory: Path, path: Path, stack: ExitStack) -> bool:
    try:
        file = stack.enter_context(path.open("r+b", buffering=0))
    except FileNotFoundError:  # there is none, or its writer has finished it just now
        return False
    if not hold(file):
        raise being_written(directory)
    if os.name != "posix":
        file.close()  # an open file could not be renamed
    return True


def read_info(directory: Path) -> Info | None:
    """Return what ``info.player.json`` says; None when it is missing or damaged."""
    try:
        fields = json.loads((directory / infos.NAME).read_bytes())
        times = [float(fields[name]) for name in _TIMES]
        known = {name: fields[name] for name in Info.__slots__ if name in fields}
        info = Info(**{**known, "recording_uuid": str(uuid.UUID(fields["recording_uuid"]))})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return info if all(map(math.isfinite, times)) else None


def _extent(path: Path, data: dict[str, Extent]) -> Extent:
    if path.suffix == ".pldata":
        return data.get(path.name, Extent())
    stamps = path if path.name.endswith("_timestamps.npy") else stamps_of(path)
    counted = path.suffix in (".mp4", ".npy")
    return extent_of(timestamps_in(stamps) or array("d")) if counted else Extent()


def extent_of(times: array[float]) -> Extent:
    """Return how many timestamps there are, the first and the last."""
    return Extent(len(times), times[0], times[-1]) if times else Extent()


def stamps_of(path: Path) -> Path:
    """Return the timestamps file of a data file or a video."""
    stem = path.name.removesuffix(WRITING).rpartition(".")[0]
    return path.with_name(f"{stem}_timestamps.npy")
