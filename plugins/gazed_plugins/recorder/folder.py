"""The files of one recording while it is written."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from io import RawIOBase
from pathlib import Path

from gazed import MessageError
from gazed_plugins.recorder import disk as disks
from gazed_plugins.recorder import info as infos
from gazed_plugins.recorder import manifest as manifests
from gazed_plugins.recorder.data import file_key, storable
from gazed_plugins.recorder.disk import Disk, DiskError
from gazed_plugins.recorder.files import removed_on_error, sync_directory, to_disk, write_all
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.locks import hold
from gazed_plugins.recorder.manifest import FileFacts, Manifest
from gazed_plugins.recorder.pldata import Extent, PldataWriter

MARK = "gazed.writing"
# Room that the mark gives back at the end, so that the last facts fit on a disk that is full.
_BALLAST_BYTES = 256 * 1024
_MOST_KEYS = 64


@dataclass(frozen=True, slots=True)
class Owner:
    """For whom a recording is written: a daemon, by its process id, 0 when unknown.

    ``session_name`` and ``record_eye`` are those it was started with; ``ending`` says that its
    end had been asked for.
    """

    daemon: int = 0
    session_name: str = ""
    record_eye: bool = True
    ending: bool = False


class Folder:
    """A recording's folder, whole at any moment but for the last second.

    The file ``gazed.writing`` marks it as unfinished and is locked by who writes it. ``add``
    puts data into the file of their event key; ``write`` hands them to the system, ``flush``
    waits for the disk. What is no datum, or one of too many event keys, is counted in the
    manifest as lost.
    """

    def __init__(
        self,
        directory: Path,
        info: Info,
        disk: Disk,
        user_info: dict[str, str],
        owner: Owner,
    ) -> None:
        self.directory = directory
        self.manifest = Manifest(info.recording_uuid)
        self._info = info
        self._disk = disk
        self._owner = owner
        self._writers: dict[str, PldataWriter] = {}
        self._mark = disk.create(directory / MARK)
        with removed_on_error(self._mark, directory / MARK):
            _claim(self._mark, owner)
            disk.replace(directory / infos.USER_INFO, infos.user_info_csv(user_info))
            self.write_facts(0.0)
            sync_directory(directory)

    def add(self, topic: str, payload: bytes) -> None:
        """Keep a datum for the next ``write``."""
        writer = self._writer(topic)
        if writer is None:
            self.manifest.lose(topic)
            return
        try:
            stored, timestamp = storable(topic, payload)
        except MessageError:
            self.manifest.lose(topic)
            return
        writer.add(topic, stored, timestamp)

    def write(self) -> None:
        """Hand all data to the system; they outlive this process then."""
        for writer in self._writers.values():
            writer.write()

    def flush(self) -> None:
        """Wait until what was written is on the disk; for a thread of its own."""
        for writer in list(self._writers.values()):
            writer.flush()

    def note_ending(self) -> None:
        """Write down that the end was asked for: if the writer dies now, nobody is to go on."""
        if not self._owner.ending:
            before = _owner_bytes(self._owner)
            self._owner = replace(self._owner, ending=True)
            self._mark.seek(0)
            write_all(self._mark, _owner_bytes(self._owner).ljust(len(before)))

    def check(self) -> None:
        """Raise DiskError when somebody has removed the folder's files."""
        if os.name == "posix" and os.fstat(self._mark.fileno()).st_nlink == 0:
            raise DiskError(f"{self.directory}: the folder was removed")

    def write_facts(self, duration: float) -> None:
        """Write ``info.player.json`` and the manifest as they are now."""
        self._info = self._info.lasting(duration)
        self._disk.replace(self.directory / infos.NAME, self._info.to_json())
        self._disk.replace(self.directory / manifests.NAME, self._manifest_now().to_json())

    def close(self, duration: float) -> str:
        """Close all files but the mark; return why not all could be written, empty if they could.

        The videos may still be written; ``release`` gives the folder to who looks after them.
        """
        problems = [self._closed(writer) for writer in self._writers.values()]
        for writer in self._writers.values():
            for topic, count in writer.lost.items():
                self.manifest.lose(topic, count)
        try:
            self._mark.truncate(0)
            self.write_facts(duration)
        except OSError as error:
            problems.append(disks.reason_of(error, self.directory))
        return next(filter(None, problems), "")

    def extents(self) -> dict[str, Extent]:
        """Return how much is in each ``.pldata`` file, by its name."""
        return {writer.journal.path.name: writer.extent for writer in self._writers.values()}

    def release(self) -> None:
        """Give up the lock; the mark stays until the recording is sealed."""
        self._mark.close()

    def _manifest_now(self) -> Manifest:
        # Copies: the thread that writes goes on meanwhile.
        writers, manifest = list(self._writers.values()), self.manifest
        manifest.files = {path.name: facts for writer in writers for path, facts in _facts(writer)}
        manifest.streams = {
            topic: extent for writer in writers for topic, extent in list(writer.streams.items())
        }
        return replace(manifest, lost=dict(manifest.lost), notes=list(manifest.notes))

    def _closed(self, writer: PldataWriter) -> str:
        try:
            writer.close()
        except OSError as error:
            return disks.reason_of(error, self.directory)
        return ""

    def _writer(self, topic: str) -> PldataWriter | None:
        key = file_key(topic)
        if key is None:
            return None
        if key not in self._writers and len(self._writers) < _MOST_KEYS:
            self._writers[key] = PldataWriter(self.directory, key, self._disk.create)
        return self._writers.get(key)


def owner_of(directory: Path) -> Owner:
    """Return for whom an unfinished recording was written."""
    try:
        fields = json.loads((directory / MARK).read_bytes())
        return Owner(**{name: kind(fields[name]) for name, kind in _OWNER_FIELDS.items()})
    except (OSError, ValueError, KeyError, TypeError):
        return Owner()


_OWNER_FIELDS = {"daemon": int, "session_name": str, "record_eye": bool, "ending": bool}


def _owner_bytes(owner: Owner) -> bytes:
    return json.dumps({"pid": os.getpid(), **asdict(owner)}).encode()


def _claim(mark: RawIOBase, owner: Owner) -> None:
    hold(mark)
    write_all(mark, _owner_bytes(owner).ljust(_BALLAST_BYTES))
    to_disk(mark)


def _facts(writer: PldataWriter) -> list[tuple[Path, FileFacts]]:
    extent = writer.extent
    times = (extent.first, extent.last)
    timestamps = writer.timestamps
    return [
        (writer.journal.path, FileFacts(writer.journal.length, extent.count, None, *times)),
        (timestamps.path, FileFacts(timestamps.bytes, timestamps.count, None, *times)),
    ]
