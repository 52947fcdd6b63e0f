"""Fixtures: recordings of the simulated headset, and results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from simulated_recording import Simulated, make_simulated_recording

from gazed.cli import main
from gazed_plugins.processing import Job, Outcome, job_for, local_engine, planned, process
from gazed_plugins.processing.engines import LocalEngine
from gazed_plugins.processing.plan import USUAL, starts_of_options
from gazed_plugins.recordings import Recording, open_recording

Command = Callable[..., Result]
Compute = Callable[..., Recording]


class Seen:
    """Takes note of how the work goes on."""

    def __init__(self) -> None:
        self.done = 0
        self.outcomes: list[Outcome] = []

    def frames(self, count: int) -> None:
        self.done += count

    def ended(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """One second of two eyes; it must not be changed."""
    return make_simulated_recording(tmp_path_factory.mktemp("recorded") / "000")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """A fifth of a second, to be copied."""
    return make_simulated_recording(tmp_path_factory.mktemp("made") / "short", seconds=0.2)


@pytest.fixture
def short(made_once: Simulated, tmp_path: Path) -> Simulated:
    """A fifth of a second."""
    return replace(made_once, path=shutil.copytree(made_once.path, tmp_path / "short"))


@pytest.fixture
def gazed_process() -> Command:
    """A function that runs ``gazed process`` with its arguments, by one worker."""

    def run(*arguments: object) -> Result:
        return CliRunner().invoke(main, ["process", "--workers", "1", *map(str, arguments)])

    return run


@pytest.fixture(scope="session")
def engine() -> Iterator[LocalEngine]:
    """One worker."""
    with local_engine(1) as engine:
        yield engine


@pytest.fixture(scope="session")
def compute(engine: LocalEngine) -> Compute:
    """A function that processes a recording with some plugins and a calibration."""

    def run(path: Path, output: Path, *plugins: str, calibration: Any = "recorded") -> Recording:
        job = a_job(path, output, *plugins, calibration=calibration)
        (outcome,) = process([job], engine, Seen())
        assert outcome.state == "done", outcome.reason
        return open_recording(output)

    return run


@pytest.fixture(scope="session")
def processed(
    recorded: Simulated, compute: Compute, tmp_path_factory: pytest.TempPathFactory
) -> Recording:
    """The result of the usual processing."""
    return compute(recorded.path, tmp_path_factory.mktemp("processed") / "000-processed")


@pytest.fixture
def seen() -> Seen:
    """What sees how the work goes on."""
    return Seen()


def a_job(path: Path, output: Path, *plugins: str, calibration: Any = "recorded") -> Job:
    starts = starts_of_options(plugins or USUAL)
    return job_for(path, output, planned(starts, calibration))
