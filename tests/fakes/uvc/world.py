"""The cameras that the fake ``uvc`` finds, and all that can happen to them.

A test in the same process calls ``use(World([...]))`` and changes the cameras as it likes. A
test of a real daemon saves a world into a folder and names that in ``FAKE_UVC``; the fake
reads it again whenever it has changed. Pictures are made here, or are the JPEG files of
``pictures`` in order.
"""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

EYE_MODES = [
    [192, 192, 30],
    [192, 192, 120],
    [192, 192, 200],
    [400, 400, 60],
    [400, 400, 120],
]
NOMINAL_EXPOSURE = 20
FOREVER = threading.Event()

# What a camera's trouble may be:
#   when opened: busy, no_rights (which hides its names too), no_rights_by_driver, no_device,
#     no_unit, block_open
#   when started: no_bandwidth, no_bandwidth_by_code, wrong_mode
#   when read: stall, truncated, no_end, wrong_size, bad_header, io_error, block, hold (the
#     interpreter)
TROUBLES_WHEN_OPENED = ("busy", "no_rights", "no_rights_by_driver", "no_device", "block_open")


@dataclass
class FakeCamera:
    """One scripted camera.

    ``address`` changes when it is plugged in anew, and its controls fall back then.
    ``latency`` is from exposure to arrival. The camera's own time is
    ``clock_offset + clock_rate * true time``, or ``clock_garbage`` (zero, nan, backwards,
    jumping). ``sticky`` names controls that never change, ``lacks`` those it has not.
    ``light`` is how bright the scene is, ``stripes`` mixes up the picture's lines.
    """

    name: str = "Pupil Cam2 ID0"
    serial: str = "0001"
    bus: int = 1
    address: int = 5
    manufacturer: str = "Pupil Cam"
    plugged: bool = True
    trouble: str = ""
    latency: float = 0.008
    clock_offset: float = 0.0
    clock_rate: float = 1.0
    clock_garbage: str = ""
    light: float = 1.0
    stripes: bool = False
    sticky: list[str] = field(default_factory=list)
    lacks: list[str] = field(default_factory=list)
    modes: list[list[int]] = field(default_factory=lambda: [list(mode) for mode in EYE_MODES])
    pictures: str = ""
    opened_by: Any = None
    values: dict[str, int] = field(default_factory=dict)

    @property
    def uid(self) -> str:
        return f"{self.bus}:{self.address}"

    def unplug(self) -> None:
        self.plugged = False

    def plug(self) -> None:
        self.address += 1
        self.plugged = True
        self.opened_by = None
        self.values.clear()

    def jpeg(self, index: int, width: int, height: int) -> bytes:
        exposure = self.values.get("Absolute Exposure Time", NOMINAL_EXPOSURE)
        light = exposure / NOMINAL_EXPOSURE * self.light
        index %= _count(self.pictures)
        return _jpeg(self.pictures, index, width, height, light, self.stripes)


class World:
    """All cameras, and the time they live in."""

    def __init__(self, cameras: list[FakeCamera]) -> None:
        self.cameras = cameras
        self.opened = 0

    def now(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def refresh(self) -> None:
        """Learn what has changed; nothing to do when the test changes the cameras itself."""

    def save(self, folder: Path) -> None:
        """Write this world where a fake in another process finds it."""
        keep = [entry.name for entry in fields(FakeCamera) if entry.name != "opened_by"]
        state = [{key: asdict(camera)[key] for key in keep} for camera in self.cameras]
        new = folder / "cameras.new"
        new.write_text(json.dumps(state))
        new.replace(folder / "cameras.json")


class FileWorld(World):
    """The world that a test in another process has saved."""

    def __init__(self, folder: Path) -> None:
        super().__init__([])
        self._path = folder / "cameras.json"
        self._stamp = -1

    def refresh(self) -> None:
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._stamp = stamp
            self._read()

    def _read(self) -> None:
        for index, state in enumerate(json.loads(self._path.read_text())):
            if index == len(self.cameras):
                self.cameras.append(FakeCamera())
            camera = self.cameras[index]
            values = {} if state["address"] != camera.address else camera.values
            for key, value in {**state, "values": values}.items():
                setattr(camera, key, value)


_world: World | None = None


def use(world: World | None) -> None:
    """Make this the world; None forgets it."""
    global _world  # noqa: PLW0603
    _world = world


def current() -> World:
    """Return the world, up to date."""
    if _world is None:
        use(FileWorld(Path(os.environ["FAKE_UVC"])))
    assert _world is not None
    _world.refresh()
    return _world


@lru_cache
def _files(folder: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(folder).glob("*.jpg"))]


def _count(folder: str) -> int:
    return len(_files(folder)) if folder else 16


@lru_cache(maxsize=4096)
def _jpeg(folder: str, index: int, width: int, height: int, light: float, stripes: bool) -> bytes:
    if folder and light == 1.0 and not stripes:
        return _files(folder)[index]
    picture = _decoded(folder, index) if folder else _drawn(index, width, height)
    lit = np.clip(picture.astype(np.float32) * light, 0, 255).astype(np.uint8)
    if stripes:
        lit[::2] = 255 - lit[::2] // 4
    return cv2.imencode(".jpg", lit, [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def _decoded(folder: str, index: int) -> np.ndarray:
    data = np.frombuffer(_files(folder)[index], np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)


def _drawn(index: int, width: int, height: int) -> np.ndarray:
    noise = np.random.default_rng(index).normal(120, 4, (height, width)).astype(np.float32)
    centre = (width // 2 + index, height // 2)
    cv2.circle(noise, centre, min(width, height) // 6, 30.0, -1)
    return noise
