"""One recording to process: what comes in, what goes out, and how to tell whether it is done."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.plan import Plan
from gazed_plugins.processing.versions import versions_of
from gazed_plugins.recorder.files import sha256_of
from gazed_plugins.recordings import EyeVideo, Recording, open_recording
from gazed_plugins.recordings.problems import Problems
from gazed_plugins.recordings.stamps import read_stamps

RESULT = "result"
"""The last stage of a job; the others are called as the eyes: ``eye0`` and ``eye1``."""

FACTS = "processing.json"
_FORMAT = 1
_SHOWN = 8
_INPUTS = ("eye0*", "eye1*", "*.pldata", "info.player.json")
_READ_IN_FULL = ("info.player.json", "notify.pldata")
_CACHE = "_lookup.npy"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A recording, the folder of its result, and the plan.

    ``fingerprint`` stands for everything that the result depends on. ``frames`` is how many
    pictures each eye has, by stage.
    """

    recording: Path
    output: Path
    plan: Plan
    fingerprint: str
    versions: dict[str, str]
    frames: dict[str, int]

    @property
    def workshop(self) -> Path:
        """Where the result is made: beside its place, so that it can be moved there at once."""
        return self.output.with_name(f".{self.output.name}.{self.fingerprint[:_SHOWN]}.partial")

    @property
    def uuid(self) -> str:
        """The result's own identity: the same for the same input."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.fingerprint))

    @property
    def eyes(self) -> list[str]:
        """The stages of the eyes that have pictures."""
        return sorted(name for name, count in self.frames.items() if count)

    @property
    def finished(self) -> bool:
        """Whether the result is there already."""
        return recorded_fingerprint(self.output) == self.fingerprint

    def has(self, stage: str) -> bool:
        """Tell whether a stage was done by an earlier run."""
        return (self.workshop / f"{stage}.json").is_file()

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain maps, for another process or machine."""
        return {
            "recording": str(self.recording),
            "output": str(self.output),
            "plan": self.plan.to_json(),
            "fingerprint": self.fingerprint,
            "versions": self.versions,
            "frames": self.frames,
        }

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Job:
        """Return the job in what ``to_json`` gave."""
        return cls(
            recording=Path(fields["recording"]),
            output=Path(fields["output"]),
            plan=Plan.from_json(fields["plan"]),
            fingerprint=fields["fingerprint"],
            versions=fields["versions"],
            frames=fields["frames"],
        )


def job_for(path: Path, output: Path, plan: Plan) -> Job:
    """Return what is to be done with a recording.

    Raises GazedError when it cannot be opened or has no eye video.
    """
    recording = open_recording(path)
    frames = {f"eye{video.eye}": _count(video) for video in recording.eyes}
    if not any(frames.values()):
        raise ProcessingError(
            f"{path}: has no eye video that could be processed; where recording broke off,"
            " `gazed repair` brings the videos in order"
        )
    versions = versions_of(plan)
    return Job(
        recording=path.resolve(),
        output=output.resolve(),
        plan=plan,
        fingerprint=_fingerprint(recording, plan, versions),
        versions=versions,
        frames=frames,
    )


def recorded_fingerprint(output: Path) -> str | None:
    """Return the fingerprint of the result in a folder; None when there is no result."""
    try:
        fields = json.loads((output / FACTS).read_text(encoding="utf-8"))
        return str(fields["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _count(video: EyeVideo) -> int:
    """Return how many frames a video should have, without reading it."""
    stamps = [part.path.with_name(f"{part.path.stem}_timestamps.npy") for part in video.parts]
    found = [read_stamps(path, Problems()) for path in stamps]
    return sum(len(times) for times in found if times is not None)


def _fingerprint(recording: Recording, plan: Plan, versions: dict[str, str]) -> str:
    facts = {
        "format": _FORMAT,
        "source": recording.info.uuid,
        "files": _sizes(recording.path),
        "words": [_checksum(recording.path / name) for name in _READ_IN_FULL],
        "plan": plan.to_json(),
        "versions": versions,
    }
    text = json.dumps(facts, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _sizes(folder: Path) -> dict[str, int]:
    files = {path for pattern in _INPUTS for path in folder.glob(pattern)}
    return {
        path.name: path.stat().st_size for path in sorted(files) if not path.name.endswith(_CACHE)
    }


def _checksum(path: Path) -> str:
    return sha256_of(path) if path.is_file() else ""
