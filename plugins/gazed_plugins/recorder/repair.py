"""Making a recording whole again, wherever and however its writing ended."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gazed_plugins.recorder import info as infos
from gazed_plugins.recorder.closing import (
    RepairError,
    being_written,
    claimed,
    extent_of,
    read_info,
    stamps_of,
    unmark,
    write_manifest,
)
from gazed_plugins.recorder.files import WRITING, replace_file
from gazed_plugins.recorder.film import Film, ForeignVideoError, read_film
from gazed_plugins.recorder.folder import MARK
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.manifest import Manifest, ManifestError
from gazed_plugins.recorder.mending import (
    Finding,
    timestamps_in,
    wrong_with_film,
    wrong_with_records,
)
from gazed_plugins.recorder.pldata import Extent
from gazed_plugins.recorder.records import Records, read_records

_VIDEOS = ("eye*.mp4", f"eye*.mp4{WRITING}", "world*.mp4", f"world*.mp4{WRITING}")


def unfinished(root: Path) -> list[Path]:
    """Return the folders below ``root`` whose recording was not finished, or runs."""
    walk = os.walk(root)
    return sorted(Path(folder) for folder, _, files in walk if any(map(_is_unfinished, files)))


def recordings_below(path: Path) -> list[Path]:
    """Return the recordings in ``path``, itself included: folders with data, video or mark."""
    telling = (MARK, infos.NAME, "*.pldata", *_VIDEOS)
    found = {entry.parent for pattern in telling for entry in path.rglob(pattern)}
    return sorted(found)


def mend(directory: Path, *, check: bool = False) -> list[str]:
    """Put right what is wrong with a recording; return it in words, empty when nothing was.

    With ``check`` nothing is changed. Doing it again finds nothing. Raises RepairError for a
    recording that is being written and for a folder that is none.
    """
    if not recordings_below(directory):
        raise RepairError(f"{directory} is not a recording: it has no data, no video and no info")
    with claimed(directory) as ours:
        state = _State.read(directory, ours)
        findings = list(_findings(state))
        if findings and not check:
            for finding in findings:
                if finding.fix:
                    finding.fix()
            _write_facts(state, [finding.text for finding in findings])
    if not check:
        unmark(directory)
    return [finding.text for finding in findings]


@dataclass(slots=True)
class _State:
    """What is in a folder before anything is changed."""

    directory: Path
    info: Info | None
    manifest: Manifest | None
    records: list[Records]
    films: list[Film]
    foreign: list[ForeignVideoError] = field(default_factory=list)

    @classmethod
    def read(cls, directory: Path, ours: set[Path]) -> _State:
        state = cls(
            directory,
            read_info(directory),
            _read_manifest(directory),
            [read_records(path) for path in sorted(directory.glob("*.pldata"))],
            [],
        )
        for path in sorted({path for pattern in _VIDEOS for path in directory.glob(pattern)}):
            if path.suffix == WRITING and path not in ours:
                raise being_written(directory)
            try:
                state.films.append(read_film(path))
            except ForeignVideoError as error:
                if state.manifest and (path.suffix == WRITING or path.name in state.manifest.files):
                    state.foreign.append(error)
        return state

    @property
    def start(self) -> float:
        """When the recording began, on the shared clock; the first datum, where nobody says."""
        if self.info:
            return self.info.start_time_synced_s
        times = [records.timestamps for records in self.records]
        beside = [timestamps_in(stamps_of(film.path)) for film in self.films]
        return min((min(found) for found in (*times, *beside) if found), default=0.0)

    @property
    def duration(self) -> float:
        """How long it lasted, as far as data and frames tell, but no less than was noted."""
        times = [records.timestamps for records in self.records]
        beside = [timestamps_in(stamps_of(film.path)) for film in self.films]
        last = max((max(found) for found in (*times, *beside) if found), default=self.start)
        noted = self.info.duration_s if self.info else 0.0
        return max(noted, last - self.start)


def _findings(state: _State) -> Iterator[Finding]:
    directory = state.directory
    for leftover in sorted(directory.glob("*.new")):
        yield Finding(f"{leftover.name}: was not finished and is removed", leftover.unlink)
    for records in state.records:
        yield from wrong_with_records(records)
    for film in state.films:
        yield from wrong_with_film(film, state.start)
    yield from (Finding(str(error)) for error in state.foreign)
    yield from _missing(state)
    if state.info is None:
        yield Finding(f"{infos.NAME}: is missing or damaged; rebuilt from the data")
    if not (directory / infos.USER_INFO).exists():
        content = infos.user_info_csv(infos.DEFAULT_USER_INFO)
        path = directory / infos.USER_INFO
        yield Finding(f"{path.name}: is missing", lambda: replace_file(path, content))
    if (directory / MARK).exists():
        yield Finding("the recording was not closed")
    elif state.manifest and state.manifest.state == "recording":
        yield Finding("the manifest says that the recording runs; it does not")


def _missing(state: _State) -> Iterator[Finding]:
    if state.manifest is None:
        return
    there = {path.name for path in state.directory.iterdir()}
    derived = {stamps_of(records.path).name for records in state.records}
    derived |= {stamps_of(film.path).name for film in state.films}
    for name in sorted(set(state.manifest.files) - there - derived):
        if name + WRITING not in there:
            yield Finding(f"{name}: is missing; the manifest lists it no longer")
    found = _streams(state)
    for topic, extent in state.manifest.streams.items():
        count = found[topic].count if topic in found else 0
        if count < extent.count:
            yield Finding(f"{topic}: {extent.count - count} of {extent.count} data are lost")


def _write_facts(state: _State, texts: list[str]) -> None:
    info = state.info or _rebuilt_info(state)
    info.lasting(state.duration).write(state.directory)
    manifest = state.manifest or Manifest(info.recording_uuid)
    found = _streams(state)
    for topic, extent in manifest.streams.items():
        missing = extent.count - (found[topic].count if topic in found else 0)
        if missing > 0:
            manifest.lose(topic, missing)
    manifest.streams = found
    manifest.state = "repaired"
    manifest.notes += [text for text in texts if text not in manifest.notes]
    data = {records.path.name: extent_of(records.timestamps) for records in state.records}
    write_manifest(state.directory, manifest, data)


def _is_unfinished(name: str) -> bool:
    return name == MARK or name.endswith(f".mp4{WRITING}")


def _streams(state: _State) -> dict[str, Extent]:
    return {topic: extent for records in state.records for topic, extent in records.streams.items()}


def _read_manifest(directory: Path) -> Manifest | None:
    try:
        return Manifest.read(directory)
    except ManifestError:
        return None


def _rebuilt_info(state: _State) -> Info:
    oldest = min(path.stat().st_mtime for path in state.directory.iterdir())
    return Info(
        recording_uuid=state.manifest.recording_uuid if state.manifest else str(uuid.uuid4()),
        start_time_system_s=oldest - state.duration,
        start_time_synced_s=state.start,
        recording_name=state.directory.parent.name,
        system_info=infos.system_info(),
    )
