"""A recording as one object: its facts, its data, its eye videos, and what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from os import PathLike
from pathlib import Path

import numpy as np

from gazed import GazedError
from gazed_plugins.recordings.data import Data, StoredTimes
from gazed_plugins.recordings.eye_video import EyeVideo, VideoFile
from gazed_plugins.recordings.index import read_index
from gazed_plugins.recordings.info import FILE_NAME, Info, read_info
from gazed_plugins.recordings.intrinsics import read_intrinsics
from gazed_plugins.recordings.manifest import FILE_NAME as MANIFEST
from gazed_plugins.recordings.manifest import Manifest, read_manifest
from gazed_plugins.recordings.problems import Problems

_UNFINISHED = ".writing"
_VIDEO = re.compile(r"(eye[01])(?:_(\d+))?\.(?:mp4|mkv|avi|mjpeg|h264)(?:\.writing)?")
_DATED = (".pldata", ".mp4", ".mkv", ".avi", ".mjpeg", ".h264", f".mp4{_UNFINISHED}")


class RecordingError(GazedError):
    """A path is no recording; the text says what it is."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def open_recording(path: str | PathLike[str]) -> Recording:
    """Return the recording in a folder, ours or one of Pupil 2.x and 3.x; nothing is read yet.

    Damaged recordings open as well: what is intact can be read, ``problems`` says what is not.
    Raises RecordingError when the path is no folder that can be read, or holds nothing of one.
    """
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise RecordingError(folder, "there is no such folder; give the one with the files in it")
    try:
        found = is_recording(folder)
    except OSError as error:
        raise RecordingError(folder, f"cannot be read: {error.strerror}") from None
    if not found:
        raise RecordingError(
            folder, f"is no recording: it holds neither {FILE_NAME} nor data nor eye videos"
        )
    return Recording(folder)


def is_recording(folder: Path) -> bool:
    """Tell whether a folder holds anything of a recording."""
    names = [entry.name for entry in folder.iterdir()]
    return any(
        name == FILE_NAME or name.endswith(".pldata") or _VIDEO.fullmatch(name) for name in names
    )


@dataclass(frozen=True, eq=False)
class Recording:
    """A folder with a recording, read when asked and never changed."""

    path: Path
    _problems: Problems = field(default_factory=Problems, repr=False)
    _loaded: dict[str, Data] = field(default_factory=dict, repr=False)

    @cached_property
    def info(self) -> Info:
        """What the recording says of itself."""
        return read_info(self.path, self._problems)

    @cached_property
    def manifest(self) -> Manifest | None:
        """What the recorder counted; None for recordings of other programs."""
        return read_manifest(self.path, self._problems)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The kinds of data that are there: ``pupil``, ``gaze``, ``notify``, and others."""
        return tuple(sorted(file.stem for file in self.path.glob("*.pldata") if file.is_file()))

    def data(self, key: str, topic: str | None = None) -> Data:
        """Return the data of a key, in full or those whose topic begins with ``topic``.

        A key that is not in ``keys`` gives no data.
        """
        if key not in self._loaded:
            self._loaded[key] = self._load(key)
        data = self._loaded[key]
        return data if topic is None else data.with_topic(topic)

    @property
    def pupil(self) -> Data:
        """Pupil data of both eyes; ``data("pupil", "pupil.0.3d")`` narrows them."""
        return self.data("pupil")

    @property
    def gaze(self) -> Data:
        """Gaze data."""
        return self.data("gaze")

    @property
    def blinks(self) -> Data:
        """Onsets and offsets of blinks."""
        return self.data("blinks")

    @property
    def fixations(self) -> Data:
        """Fixations."""
        return self.data("fixations")

    @property
    def annotations(self) -> Data:
        """Annotations."""
        return self.data("annotation")

    @property
    def notifications(self) -> Data:
        """Notifications that asked to be recorded; calibrations come first."""
        return self.data("notify")

    @cached_property
    def eyes(self) -> tuple[EyeVideo, ...]:
        """The eye videos that are there, eye 0 (the right one) first."""
        videos = [self._eye(eye) for eye in (0, 1)]
        return tuple(video for video in videos if video.parts)

    @property
    def problems(self) -> list[str]:
        """What is missing, damaged or contradictory, one sentence each; empty when all is well.

        Asking reads every file's structure. Payloads and pictures are looked into by whoever
        unpacks them, and what is wrong there is added then.
        """
        _ = self.info
        self._look_into_manifest()
        for key in self.keys:
            self.data(key).stored_times.get()
        for video in self.eyes:
            _ = video.timestamps
        self._look_for_leftovers()
        return self._problems.sentences()

    def _load(self, key: str) -> Data:
        path = self.path / f"{key}.pldata"
        problems = self._problems if path.is_file() else Problems()
        index = read_index(path, problems)
        return Data(key, index, np.arange(len(index)), problems, StoredTimes(index, problems))

    def _eye(self, eye: int) -> EyeVideo:
        files: dict[int, Path] = {}
        for path in sorted(self.path.glob(f"eye{eye}*"), reverse=True):
            if match := _VIDEO.fullmatch(path.name):  # the name without .writing comes last
                files[int(match[2] or 0)] = path
        parts = tuple(VideoFile(files[number], self._problems) for number in sorted(files))
        intrinsics = self.path / f"eye{eye}.intrinsics"
        return EyeVideo(eye, parts, read_intrinsics(intrinsics, self._problems) if parts else ())

    def _look_into_manifest(self) -> None:
        """Report what the recorder says is there and is not."""
        if self.manifest is None:
            return
        if self.manifest.state == "recording":
            self._problems.add(
                f"{MANIFEST}: the recording was not closed; unless it is running, `gazed repair`"
                " closes it"
            )
        for name in self.manifest.files:
            if not (self.path / name).exists():
                self._problems.add(f"{name}: is missing; {MANIFEST} names it")

    def _look_for_leftovers(self) -> None:
        """Report files of which the other half is not there."""
        for path in sorted(self.path.glob(f"*{_UNFINISHED}")):
            self._problems.add(
                f"{path.name}: is not closed; unless it is being recorded, `gazed repair` closes it"
            )
        for path in sorted(self.path.glob("*_timestamps.npy")):
            name = path.name.removesuffix("_timestamps.npy")
            if not any((self.path / f"{name}{suffix}").exists() for suffix in _DATED):
                self._problems.add(f"{path.name}: what it dates, {name}, is missing")
