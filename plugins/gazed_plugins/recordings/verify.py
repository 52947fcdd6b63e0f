"""Whether a recording is whole: every record, every time, every frame, every checksum."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazed_plugins.recordings.data import Data
from gazed_plugins.recordings.eye_video import EyeVideo
from gazed_plugins.recordings.info import FILE_NAME as INFO
from gazed_plugins.recordings.manifest import FILE_NAME as MANIFEST
from gazed_plugins.recordings.manifest import Manifest
from gazed_plugins.recordings.problems import counted
from gazed_plugins.recordings.recording import Recording

# Clients choose the times of these themselves, so that they may go back.
_ANY_ORDER = ("annotation", "notify")
_PUPIL_TOPIC = re.compile(r"pupil\.[01](?:\.[^.]+)?")
_OURS = re.compile(
    r".*\.(?:pldata|mp4|mkv|avi|mjpeg|h264|intrinsics|writing)|.*_timestamps\.npy|.*_lookup\.npy"
    r"|info\..*|user_info\.csv|surface_definitions.*|gazed\..*|processing\.json|world\.fake|offline_data|exports"
)
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verdict:
    """``problems`` say that something is missing, damaged or contradictory; ``notes`` do not."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]


def verified(recording: Recording, pictures: bool = False) -> Verdict:
    """Look into every file of a recording; with ``pictures`` decode every picture as well."""
    found = [*_info_problems(recording)]
    for key in recording.keys:
        found += _data_problems(recording.data(key))
    for video in recording.eyes:
        found += _video_problems(video, pictures)
    if recording.manifest:
        found += _manifest_problems(recording, recording.manifest)
    problems = dict.fromkeys((*recording.problems, *found))
    return Verdict(tuple(problems), tuple(_notes(recording)))


def _info_problems(recording: Recording) -> Iterator[str]:
    """Yield what Pupil Player would not open (spec: recording 3)."""
    try:
        fields = json.loads((recording.path / INFO).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return
    for key in ("start_time_system_s", "start_time_synced_s", "duration_s"):
        if isinstance(fields, dict) and type(fields.get(key)) is int:
            yield f"{INFO}: {key} has no decimal part, which Pupil Player asks for"
    try:
        uuid.UUID(recording.info.uuid)
    except ValueError:
        yield f"{INFO}: recording_uuid is {recording.info.uuid!r}, not a UUID"


def _data_problems(data: Data) -> Iterator[str]:
    name = data.index.path.name
    times = data.timestamps
    said = np.array([_time(fields) for _, fields in data.each()], np.float64)
    if wrong := int(np.sum(~np.equal(said, times) & np.isfinite(said))):
        yield f"{name}: {counted(wrong, 'timestamp')} of its .npy are not those of the records"
    if missing := int(np.sum(~np.isfinite(said))):
        yield f"{name}: {counted(missing, 'record')} without a timestamp that can be read"
    for topic in data.topics:
        if data.key == "pupil" and not _PUPIL_TOPIC.fullmatch(topic):
            yield f"{name}: the topic {topic!r} is none that Pupil Player opens"
        part = data.with_topics([topic]).timestamps
        if data.key not in _ANY_ORDER and (back := int(np.sum(np.diff(part) < 0))):
            yield f"{name}: the times of {topic} go back {counted(back, 'time')}"


def _time(fields: object) -> float:
    value = fields.get("timestamp") if isinstance(fields, dict) else None
    return float(value) if isinstance(value, int | float) else np.nan


def _video_problems(video: EyeVideo, pictures: bool) -> Iterator[str]:
    if back := int(np.sum(np.diff(video.timestamps) < 0)):
        yield f"eye{video.eye}: the times of the frames go back {counted(back, 'time')}"
    for part in video.parts:
        if len(np.unique(part.pts)) != len(part.pts):
            yield f"{part.path.name}: several frames have the same time in the file"
    if pictures:
        decoded = sum(1 for _ in video.frames())
        if decoded != len(video):
            lost = counted(len(video) - decoded, "picture")
            yield f"eye{video.eye}: {lost} of {len(video)} cannot be decoded"


def _manifest_problems(recording: Recording, manifest: Manifest) -> Iterator[str]:
    if recording.info.uuid and manifest.recording_uuid != recording.info.uuid:
        yield f"{MANIFEST}: belongs to another recording, {manifest.recording_uuid}"
    counts = _counts(recording)
    for name, facts in manifest.files.items():
        path = recording.path / name
        if not path.is_file():
            continue
        if facts.get("sha256") and facts["sha256"] != _sha256(path):
            yield f"{name}: its checksum is not the one in {MANIFEST}; it was changed"
        yield from _differences(name, "bytes", path.stat().st_size, facts.get("bytes"))
        yield from _differences(name, "records", counts.get(name), facts.get("records"))
    topics = _topic_counts(recording)
    for topic, facts in manifest.streams.items():
        yield from _differences(topic, "data", topics.get(topic, 0), facts.get("count"))


def _differences(name: str, what: str, found: int | None, promised: object) -> Iterator[str]:
    if found is not None and isinstance(promised, int) and found != promised:
        yield f"{name}: {MANIFEST} promises {promised} {what}, there are {found}"


def _counts(recording: Recording) -> dict[str, int]:
    """Return how many records or frames each file has."""
    counts = {f"{key}.pldata": len(recording.data(key)) for key in recording.keys}
    for video in recording.eyes:
        counts |= {part.path.name: len(part.pts) for part in video.parts}
    return counts


def _topic_counts(recording: Recording) -> dict[str, int]:
    found: dict[str, int] = {}
    for key in recording.keys:
        index = recording.data(key).index
        counts = np.bincount(index.numbers, minlength=len(index.topics)).tolist()
        for topic, count in zip(index.topics, counts, strict=True):
            found[topic] = found.get(topic, 0) + count
    return found


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _notes(recording: Recording) -> Iterator[str]:
    foreign = sorted(e.name for e in recording.path.iterdir() if not _OURS.fullmatch(e.name))
    if foreign:
        shown = ", ".join(foreign[:_SHOWN]) + (", …" if len(foreign) > _SHOWN else "")
        yield f"{counted(len(foreign), 'file')} of something else: {shown}"
    for video in recording.eyes:
        if not video.intrinsics:
            yield f"eye{video.eye}.intrinsics: is missing; the focal length is unknown"
    manifest = recording.manifest
    if manifest is None:
        yield f"there is no {MANIFEST}: checksums and losses are unknown"
        return
    if manifest.state == "repaired":
        yield "the recording was repaired"
    for stream, count in manifest.lost.items():
        yield f"{stream}: {count} lost while recording"
    for gap in manifest.gaps:
        yield f"{gap.get('stream')}: nothing from {_moment(gap, 'from')} to {_moment(gap, 'to')}"
    yield from manifest.notes


def _moment(gap: Mapping[str, Any], key: str) -> str:
    value = gap.get(key)
    return f"{value:.3f} s" if isinstance(value, int | float) else "the end"
