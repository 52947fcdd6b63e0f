"""Fixtures: a bench that keeps calibrations, and one calibration that has just succeeded."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from harness import Bench

from gazed_plugins.calibrations import Calibrations
from gazed_plugins.gaze import GazeMapperHMD2D

WEIGHTS = [[0.1, 1.0 / 3.0, 0, 0, 0, 0, 1e-17], [0, 1.0, 0, 0, 0, 0, 0.25], 7]


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench on which calibrations are kept."""
    with Bench(tmp_path, offers={"Gaze_Mapper_HMD_2D": GazeMapperHMD2D}) as bench:
        bench.start(Calibrations)
        yield bench


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where they are kept."""
    return tmp_path / "settings" / "Calibrations"


@pytest.fixture
def succeed(bench: Bench) -> Callable[..., None]:
    """Return a function that says what a calibration says when it succeeds."""

    def say(accuracy: float = 0.01, **more: Any) -> None:
        told = {"gazer_class_name": "Gaze_Mapper_HMD_2D", "timestamp": 12.5, "record": True}
        quality = {"unit": "viewport", "accuracy": accuracy, "used": 9, "total": 10}
        headset = {"translations": [[33, 0, 0], [-33, 0, 0]]}
        bench.send("calibration.successful", **told, quality=quality, headset=headset, **more)
        bench.send("calibration.result.v2", **told, params={"params0": WEIGHTS}, version=2)

    return say


@pytest.fixture
def ask(bench: Bench) -> Callable[..., dict[str, Any]]:
    """Return a function that sends a request and returns its one answer, with its ``fact``."""

    def asked(verb: str, **fields: Any) -> dict[str, Any]:
        before = len(bench.notifications)
        bench.send(f"calibrations.should_{verb}", **fields)
        bench.settle()
        (answer,) = [
            sent for sent in bench.notifications[before:] if sent.name.startswith("calibrations.")
        ]
        return {**answer.fields, "fact": answer.name.removeprefix("calibrations.")}

    return asked


@pytest.fixture
def weights() -> list[Any]:
    """The parameters of that calibration's one eye."""
    return WEIGHTS
