"""Recordings made without a bus, disks that misbehave, and pictures to record."""

from __future__ import annotations

import errno
import io
import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np

from gazed import pack
from gazed_plugins.eye_video.part import Part, intrinsics
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.folder import Folder, Owner
from gazed_plugins.recorder.info import Info

SIZE = (64, 48)
START = 100.0
UUID = "7f0c2b9e-3d5c-4f1a-9a53-0f6d6f0c1c11"


def jpeg(seed: int, size: tuple[int, int] = SIZE) -> bytes:
    """Return a camera's picture: 4:2:2 colours, as Motion JPEG has them."""
    noise = np.random.default_rng(seed).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    options = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_422]
    return cv2.imencode(".jpg", cv2.GaussianBlur(noise, (5, 5), 0), options)[1].tobytes()


JPEGS = [jpeg(seed) for seed in range(5)]


class FullDisk(Disk):
    """A disk with room for so many more bytes; a write that does not fit is half done."""

    def __init__(self, room: int = 10**9) -> None:
        self.room = room

    def create(self, path: Path) -> io.RawIOBase:
        if self.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return _FullFile(self, path)

    def replace(self, path: Path, data: bytes) -> None:
        if len(data) > self.room:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().replace(path, data)


class _FullFile(io.FileIO):
    def __init__(self, disk: FullDisk, path: Path) -> None:
        super().__init__(path, "x+")
        self._disk = disk

    def write(self, data) -> int:
        if self._disk.room <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        part = bytes(data)[: self._disk.room]
        self._disk.room -= len(part)
        return super().write(part)


class GatedDisk(Disk):
    """A disk whose writes wait while ``gate`` is closed, and ``delay`` seconds in any case."""

    def __init__(self, delay: float = 0.0) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.delay = delay

    def create(self, path: Path) -> io.RawIOBase:
        return _GatedFile(self, path)


class _GatedFile(io.FileIO):
    def __init__(self, disk: GatedDisk, path: Path) -> None:
        super().__init__(path, "x+")
        self._disk = disk

    def write(self, data) -> int:
        self._disk.gate.wait(30)
        time.sleep(self._disk.delay)
        return super().write(data)


def datum(topic: str, timestamp: float, **more: object) -> bytes:
    """Return the map of a datum as its publisher packs it."""
    return pack({"topic": topic, "timestamp": timestamp, **more})


class Scenario:
    """An unfinished recording of one eye and three streams, written step by step.

    After each step everything is on the disk; ``sizes`` keeps what each file's size was then.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True)
        disk = Disk()
        self.folder = Folder(
            directory, Info(UUID, 1000.0, START, "s"), disk, {"name": "x"}, Owner()
        )
        self.part = Part(directory, 0, SIZE, START, disk)
        self.sizes: list[dict[str, int]] = []
        self._frame = 0

    def step(self, frames: int = 4) -> None:
        """Record some frames with what is made of them, up to the disk."""
        for _ in range(frames):
            time = START + 0.005 * self._frame + 0.000123
            self.part.add(JPEGS[self._frame % len(JPEGS)], time)
            for topic in ("pupil.0.2d", "pupil.0.3d", "gaze.3d.0."):
                self.folder.add(topic, datum(topic, time, index=self._frame, values=[0.25] * 9))
            self._frame += 1
        self.folder.write()
        self.part.write()
        self.folder.flush()
        self.part.flush()
        self.folder.write_facts(0.005 * self._frame)
        self.sizes.append({path.name: path.stat().st_size for path in self.directory.iterdir()})

    def die(self) -> Path:
        """End as a killed process does: locks go, files stay."""
        self.part.abandon()
        self.folder.release()
        for writer in self.folder._writers.values():
            writer.journal._file.close()
            writer.timestamps.abandon()
        return self.directory


def whole_film(path: Path | str) -> tuple[list[bytes], list[int]]:
    """Return packets and pts of a video, as FFmpeg reads it."""
    with av.open(str(path)) as container:
        packets = [packet for packet in container.demux(video=0) if packet.size]
        return [bytes(packet) for packet in packets], [packet.pts for packet in packets]


def lens() -> bytes:
    """Return an intrinsics file."""
    return intrinsics({SIZE: 282.0})
