"""Fixtures: a bench with the gaze pipeline and a calibration."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fits import FitterInThread
from harness import Bench

from gazed_plugins.gaze import GazeMapperHMD2D, GazePipeline
from gazed_plugins.hmd_calibration import HMDCalibration


def _running(directory: Path) -> Iterator[Bench]:
    with Bench(directory, offers={"Gaze_Mapper_HMD_2D": GazeMapperHMD2D}) as bench:
        bench.start(GazePipeline, "Gaze")
        bench.start(HMDCalibration, "HMD_Calibration")
        yield bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench with the gaze pipeline and the calibration running."""
    yield from _running(tmp_path)


@pytest.fixture(scope="module")
def shared_bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """The same for all tests of a module that only look at it."""
    yield from _running(tmp_path_factory.mktemp("bench"))


@pytest.fixture
def fits_in_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have fits computed here, where starting a process for each would take too long."""
    monkeypatch.setattr("gazed_plugins.hmd_calibration.run.Fitter", FitterInThread)
