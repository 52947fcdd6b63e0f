"""Writes a result: a recording of its own that says what it was made from."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgpack

from gazed import Fields, Notification, pack
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.host import NOTIFY
from gazed_plugins.processing.job import FACTS, Job, recorded_fingerprint
from gazed_plugins.processing.stream import write_json
from gazed_plugins.recorder.files import sync_directory
from gazed_plugins.recorder.info import SOFTWARE, USER_INFO, Info
from gazed_plugins.recorder.manifest import Manifest, facts_of
from gazed_plugins.recorder.pldata import PldataWriter, event_key
from gazed_plugins.recordings import Data, Recording

_FROM_THE_EYES = frozenset(("pupil", "gaze", "blinks", "fixations", "eyelid", "surfaces"))
_COPIED = (USER_INFO, "eye0.intrinsics", "eye1.intrinsics", "world.intrinsics")
_NOTIFY = "notify"
_SYNC_EVERY = 20_000


class Result:
    """A folder that fills with data; ``finish`` adds the facts.

    What comes from the eyes is computed anew and never copied from the source; the rest
    (annotations, what others published) is. A notification that was sent while processing
    stands in for the recorded ones of that subject.
    """

    def __init__(self, folder: Path, source: Recording) -> None:
        self._folder = folder
        self._source = source
        self._writers: dict[str, PldataWriter] = {}
        self._open: list[PldataWriter] = []
        self._notifications: list[tuple[float, str, bytes]] = []
        self._unsynced = 0

    def keep(self, time: float, topic: str, payload: bytes) -> None:
        """Take a message that was sent at ``time``, as a recorder does.

        Of notifications those with ``record`` are kept; of data those with a timestamp, but
        no pictures.
        """
        if topic.startswith(NOTIFY):
            self._keep_notification(time, topic, payload)
        elif not topic.startswith("frame"):
            # It was packed here: nothing has to be checked, and most of the time was for that.
            timestamp = msgpack.unpackb(payload, strict_map_key=False).get("timestamp")
            if isinstance(timestamp, (int, float)):
                self._write(topic, payload, float(timestamp))

    def finish(self, job: Job, facts: Mapping[str, Any], span: tuple[float, float]) -> None:
        """Copy what is not computed, and write what the result is and was made from.

        ``span`` is the time of the first and the last picture.
        """
        self._copy()
        self._write_notifications()
        self.close()
        for name in _COPIED:
            if (self._source.path / name).is_file():
                shutil.copyfile(self._source.path / name, self._folder / name)
        _write_info(job, self._source, self._folder, span)
        write_json(self._folder / FACTS, self._facts(job, facts))
        self._manifest(job).write(self._folder)
        sync_directory(self._folder)

    def close(self) -> None:
        """Close the files of data."""
        while self._open:
            self._open.pop().close()

    def _keep_notification(self, time: float, topic: str, payload: bytes) -> None:
        fields = Notification([topic.encode(), payload]).fields
        if fields.get("record") is not True:
            return
        timestamp = fields.get("timestamp")
        if not isinstance(timestamp, float):
            timestamp = time
            payload = pack({**fields, "timestamp": time})
        self._notifications.append((timestamp, topic, payload))

    def _write(self, topic: str, payload: bytes, timestamp: float) -> None:
        key = event_key(topic)
        if key not in self._writers:
            self._writers[key] = PldataWriter(self._folder, key)
            self._open.append(self._writers[key])
        self._writers[key].add(topic, payload, timestamp)
        self._unsynced += 1
        if self._unsynced >= _SYNC_EVERY:
            self._unsynced = 0
            for writer in self._writers.values():
                writer.sync()

    def _copy(self) -> None:
        """Copy the data that do not come from the eyes' pictures, as they are."""
        for key in self._source.keys:
            if key in self._writers or key in _FROM_THE_EYES or key == _NOTIFY:
                continue
            data = self._source.data(key)
            for time, topic, payload in _recorded(data):
                self._write(topic, payload, time)

    def _write_notifications(self) -> None:
        replaced = {topic for _, topic, _ in self._notifications}
        recorded = _recorded(self._source.data(_NOTIFY))
        kept = [record for record in recorded if record[1] not in replaced]
        for time, topic, payload in sorted(kept + self._notifications, key=lambda entry: entry[0]):
            self._write(topic, payload, time)

    def _facts(self, job: Job, facts: Mapping[str, Any]) -> Fields:
        return {
            "source": {"name": self._source.path.name, "uuid": self._source.info.uuid},
            "fingerprint": job.fingerprint,
            "versions": job.versions,
            "plan": job.plan.to_json(),
            "counts": {key: writer.extent.count for key, writer in self._writers.items()},
            **facts,
        }

    def _manifest(self, job: Job) -> Manifest:
        manifest = Manifest(job.uuid, state="closed")
        for key, writer in sorted(self._writers.items()):
            manifest.streams.update(writer.streams)
            for name in (f"{key}.pldata", f"{key}_timestamps.npy"):
                manifest.files[name] = facts_of(self._folder / name, writer.extent)
        return manifest


def publish(folder: Path, output: Path) -> None:
    """Put a finished folder in its place at once; an older result there goes.

    Raises ProcessingError when something else is there.
    """
    old = output.with_name(f".{output.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if output.exists():
        if recorded_fingerprint(output) is None:
            raise ProcessingError(f"{output} is there and is no result; give another --name")
        output.replace(old)
    folder.replace(output)
    sync_directory(output.parent)
    shutil.rmtree(old, ignore_errors=True)


def _recorded(data: Data) -> Iterator[tuple[float, str, bytes]]:
    for (topic, payload), time in zip(data.payloads(), data.timestamps.tolist(), strict=True):
        if math.isfinite(time):
            yield time, topic, payload


def _write_info(job: Job, source: Recording, folder: Path, span: tuple[float, float]) -> None:
    info = source.info
    start = _known(info.start_time_synced, span[0])
    lasted = _known(info.duration, span[1] - start)
    Info(
        recording_uuid=job.uuid,
        start_time_system_s=_known(info.start_time_system, 0.0),
        start_time_synced_s=start,
        recording_name=f"{info.name} processed".strip(),
        system_info=info.system,
        recording_software_name=SOFTWARE,
    ).lasting(lasted).write(folder)


def _known(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
