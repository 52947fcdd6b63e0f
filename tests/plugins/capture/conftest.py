"""Cameras that are not there: the fake ``uvc``, in this process and in a real daemon."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import pytest
from daemon import Daemon
from harness import Bench

from gazed import Clock, Context, Frame
from gazed.arguments import checked
from gazed_plugins.capture.uvc_source import UVCSource
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

FAKES = Path(__file__).parents[2] / "fakes"


@pytest.fixture
def fake_uvc(monkeypatch) -> Iterator:
    """The fake's module ``world``; until the test ends ``import uvc`` means the fake."""
    real = {name: sys.modules.pop(name) for name in list(sys.modules) if _is_uvc(name)}
    monkeypatch.syspath_prepend(str(FAKES))
    importlib.import_module("uvc")
    world = importlib.import_module("uvc.world")
    yield world
    world.use(None)
    for name in [name for name in sys.modules if _is_uvc(name)]:
        del sys.modules[name]
    sys.modules.update(real)


@pytest.fixture
def rig(fake_uvc, tmp_path) -> Iterator[Callable[..., Rig]]:
    """Return a function that puts a UVC_Source for one eye onto a bench, in pretended time."""
    rigs: list[Rig] = []

    def build(*cameras: object, eye: int = 0, **args: object) -> Rig:
        world = pretended(fake_uvc)(list(cameras) or [fake_uvc.FakeCamera()])
        directory = tmp_path / f"rig{len(rigs)}"
        directory.mkdir()
        rigs.append(Rig(fake_uvc, directory, world, eye, args))
        return rigs[-1]

    yield build
    for rig in rigs:
        rig.bench.__exit__(None, None, None)


class Rig:
    """A UVC_Source that a test moves on: ``run`` lets time pass and returns the frames."""

    def __init__(
        self, fake: Any, directory: Path, world: Any, eye: int, args: dict[str, Any]
    ) -> None:
        self.world = world
        self._fake = fake
        fake.use(world)
        self.bench = Bench(directory, f"eye{eye}")
        self.bench.clock.close()
        self.bench.clock = PretendedClock(directory / "clock", world)
        self.source = self.bench.start(_stepped(world), given=args)
        self.grabber = self.source.grabber

    @property
    def camera(self):
        return self.world.cameras[0]

    def run(self, seconds: float) -> list[Frame]:
        end, frames = self.world.now() + seconds, []
        while self.world.now() < end:
            frames += self.step()
        return frames

    def step(self) -> list[Frame]:
        """Do one native call or pause; return the frame that came of it, if one did."""
        self._fake.use(self.world)
        before = self.grabber.counters.frames
        self.grabber.step()
        new = self.grabber.counters.frames > before
        frame = self.source.read_frame() if new else None
        self.source.tick()
        return [] if frame is None else [frame]

    def until(self, subject: str, within: float = 10.0) -> dict:
        """Let time pass until something is told; return what."""
        end, before = self.world.now() + within, len(self.bench.notifications)
        while self.world.now() < end:
            self.step()
            for sent in self.bench.notifications[before:]:
                if sent.name == subject:
                    return sent.fields
        raise AssertionError(f"no {subject} within {within} s: {self.bench.subjects()[before:]}")

    def ask(self, subject: str, **fields: object) -> dict:
        """Send a request and return the answer to it."""
        before = len(self.bench.notifications)
        self.bench.send(subject, **fields)
        for _ in range(20):
            self.step()
            for sent in self.bench.notifications[before:]:
                if sent.name.removeprefix("capture.") in ANSWERS:
                    return sent.fields
        raise AssertionError(f"{subject} was not answered")


def _stepped(world: object) -> type:
    class Stepped(UVCSource):
        clock = world

        def __init__(self, context: Context, given: dict[str, Any]) -> None:
            super().__init__(context, **checked(UVCSource, given))

    return Stepped


ANSWERS = ("refused", "control_set", "mode_set", "camera_set", "report")


class PretendedClock(Clock):
    """The shared clock of a pretended world."""

    def __init__(self, path: Path, world: object) -> None:
        super().__init__(path)
        self._world = world

    def now(self) -> float:
        return self.from_monotonic(self._world.now())

    def set(self, now: float) -> None:
        self._offset[0] = now - self._world.now()


def pretended(world: object) -> type:
    """Return a kind of World whose time passes only while somebody waits."""

    class Pretended(world.World):
        def __init__(self, cameras: list) -> None:
            super().__init__(cameras)
            self.time = 1000.0

        def now(self) -> float:
            return self.time

        def sleep(self, seconds: float) -> None:
            self.time += seconds

        def pause(self, seconds: float) -> None:
            self.time += seconds

    return Pretended


@pytest.fixture(scope="session")
def eye_pictures(tmp_path_factory) -> list[Path]:
    """Per eye a folder with JPEGs of a simulated wearer, 192 pixels square."""
    folders = []
    for eye in (0, 1):
        folder = tmp_path_factory.mktemp(f"eye{eye}")
        renderer, wearer = Renderer(eye, 192, LOOKS["easy"], 1), Wearer(1, blinks_per_minute=0)
        for index in range(24):
            state = wearer.state(eye, index / 30)
            picture = renderer.frame(state, index, 0.0, 0.0).gray
            cv2.imwrite(str(folder / f"{index:04}.jpg"), picture)
        folders.append(folder)
    return folders


@pytest.fixture
def camera_daemon(
    fake_uvc, monkeypatch, tmp_path, start_daemon, eye_pictures
) -> Callable[[], tuple[Daemon, object, Callable[[], None]]]:
    """Return a function that starts a daemon with two eyes; it gives the daemon, the world that
    its cameras live in, and what must be called when the world has been changed."""

    def start(**more: object):
        world = fake_uvc.World(
            [
                fake_uvc.FakeCamera("Pupil Cam2 ID0", "0001", address=5, **more),
                fake_uvc.FakeCamera("Pupil Cam2 ID1", "0002", address=6, **more),
            ]
        )
        for camera, folder in zip(world.cameras, eye_pictures, strict=True):
            camera.pictures = str(folder)
        world.save(tmp_path)
        monkeypatch.setenv("FAKE_UVC", str(tmp_path))
        monkeypatch.setenv("PYTHONPATH", str(FAKES))
        return start_daemon(TWO_EYES), world, lambda: world.save(tmp_path)

    return start


def _is_uvc(name: str) -> bool:
    return name == "uvc" or name.startswith("uvc.")


TWO_EYES = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye_Processes"
args = { source = "UVC_Source" }
"""
