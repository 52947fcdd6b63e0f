"""One running recording: a queue that never waits, a thread that writes, one that flushes."""

from __future__ import annotations

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gazed import GazedError
from gazed_plugins.recorder import disk as disks
from gazed_plugins.recorder.disk import Disk, Floor
from gazed_plugins.recorder.flusher import Flusher
from gazed_plugins.recorder.folder import Folder, Owner
from gazed_plugins.recorder.folders import new_recording
from gazed_plugins.recorder.info import Info

_SYNC_SECONDS = 0.3
_CHECK_SECONDS = 1.0
_UNEXPECTED = "the thread that writes ended unexpectedly; please report what stderr says"
_OVERHEAD_BYTES = 200  # what Python adds to a waiting datum

Datum = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a session is told: where, as what, and its limits (``buffer_bytes`` of waiting data).

    ``before`` are data to begin with: the last calibration. ``notes`` are for the manifest.
    """

    session: Path
    info: Info
    floor: Floor
    buffer_bytes: float
    user_info: dict[str, str]
    owner: Owner
    before: Sequence[Datum] = ()
    notes: Sequence[str] = ()


@dataclass(slots=True)
class Spill:
    """Data of one stream that are lost: how many, and from when to when, on the shared clock."""

    since: float
    until: float
    count: int = 0
    noted: int = 0


class Session:
    """Records what it is given into a folder of its own, from construction to ``end``.

    ``take`` only queues; a disk that stalls holds up the thread that writes and nobody else.
    Past the limit data are left out and counted in ``spilled``. Set ``ending`` when ``end`` is
    to follow soon. ``ready`` is set when the folder is there, ``closed`` when all is written;
    ``failure`` says why it ended by itself.
    """

    def __init__(self, plan: Plan, disk: Disk, now: Callable[[], float]) -> None:
        self.plan = plan
        self.info = plan.info
        self.folder: Folder | None = None
        self.failure = ""
        self.low = self.ending = False
        self.spilled: dict[str, Spill] = {}
        self.ready, self.closed = threading.Event(), threading.Event()
        self._disk = disk
        self._now = now
        self._queue: deque[Datum] = deque()
        self._bytes_in = self._bytes_out = 0
        self._began = time.monotonic()
        self._check_at = self._began
        self._offset = now() - self._began
        self._ended = threading.Event()
        for topic, payload in plan.before:
            self.take(topic, payload)
        self._thread = threading.Thread(target=self._run, name="Recorder writer", daemon=True)
        self._thread.start()

    @property
    def directory(self) -> Path:
        """The recording's folder; only when ``ready``."""
        assert self.folder  # noqa: S101 - what ready means
        return self.folder.directory

    def take(self, topic: str, payload: bytes) -> None:
        """Queue a datum; never waits."""
        size = len(payload) + len(topic) + _OVERHEAD_BYTES
        if self._bytes_in - self._bytes_out + size > self.plan.buffer_bytes:
            self.lose(topic)
            return
        self._bytes_in += size
        self._queue.append((topic, payload))

    def lose(self, stream: str, count: int = 1) -> None:
        """Count data that were published and cannot be recorded."""
        now = self._now()
        spill = self.spilled.setdefault(stream, Spill(now, now))
        spill.count += count
        spill.until = now

    def end(self) -> None:
        """Let the thread write what is queued and close the files; does not wait."""
        self._ended.set()

    def _run(self) -> None:
        self.failure = _UNEXPECTED
        try:
            self._begin()
            self._record()
            self.failure = ""
        except OSError as error:
            self.failure = disks.reason_of(error, self._place())
        except GazedError as error:
            self.failure = str(error)
        finally:
            self._close()
            self.closed.set()

    def _record(self) -> None:
        flusher = Flusher(self._flush, _SYNC_SECONDS, "Recorder flusher")
        try:
            while not self._ended.wait(_SYNC_SECONDS):
                self._write()
                flusher.check()
            self._write()
        finally:
            flusher.end()

    def _begin(self) -> None:
        plan = self.plan
        disks.check(self._disk, _existing(plan.session), plan.floor)
        directory = new_recording(plan.session)
        try:
            self.folder = Folder(directory, self.info, self._disk, plan.user_info, plan.owner)
        except OSError:
            shutil.rmtree(directory, ignore_errors=True)
            raise
        self.folder.manifest.notes += plan.notes
        self.ready.set()

    def _write(self) -> None:
        folder = self.folder
        assert folder  # noqa: S101 - _begin has made it
        taken = 0
        for _ in range(len(self._queue)):
            topic, payload = self._queue[0]
            folder.add(topic, payload)
            self._queue.popleft()
            taken += len(payload) + len(topic) + _OVERHEAD_BYTES
        folder.write()
        if self.ending:
            folder.note_ending()
        self._bytes_out += taken
        self._note_clock()
        self._tell_spilled()

    def _flush(self) -> None:
        folder = self.folder
        assert folder  # noqa: S101 - _begin has made it
        folder.flush()
        if time.monotonic() >= self._check_at:
            self._check_at = time.monotonic() + _CHECK_SECONDS
            self.low = disks.check(self._disk, folder.directory, self.plan.floor)
            folder.check()
            folder.write_facts(time.monotonic() - self._began)

    def _note_clock(self) -> None:
        offset = self._now() - time.monotonic()
        if abs(offset - self._offset) > 0.001 and self.folder:
            step = offset - self._offset
            self.folder.manifest.notes.append(f"the clock was set {step:+.6f} s while recording")
            self._offset = offset

    def _tell_spilled(self) -> None:
        manifest = self.folder.manifest if self.folder else None
        if manifest is None:
            return
        spilled = dict(self.spilled)
        manifest.gaps = [
            {"stream": topic, "from": spill.since, "to": spill.until}
            for topic, spill in spilled.items()
        ]
        for topic, spill in spilled.items():
            count = spill.count
            manifest.lose(topic, count - spill.noted)
            spill.noted = count

    def _close(self) -> None:
        if self.folder is None:
            return
        self._tell_spilled()
        for topic, _ in self._queue:
            self.folder.manifest.lose(topic)
        self._queue.clear()
        if self.failure:
            self.folder.manifest.notes.append(self.failure)
        problem = self.folder.close(time.monotonic() - self._began)
        self.failure = self.failure or problem

    def _place(self) -> Path:
        return self.folder.directory if self.folder else self.plan.session


def _existing(path: Path) -> Path:
    return next(folder for folder in (path, *path.parents) if folder.exists())
