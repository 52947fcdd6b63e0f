"""One result, whatever happens to the fit or to the plugin."""

import math
import os
import subprocess
import sys
import time

import psutil
import pytest
from harness import a_pupil
from wearer import Wearer, calibrate

from gazed_plugins.hmd_calibration import HMDCalibration
from gazed_plugins.hmd_calibration.answer import reason_of
from gazed_plugins.hmd_calibration.kinds import KINDS, Fit, Kind, row_2d

HANGS = "import time\ndef answer(request):\n    time.sleep(60)\n"
DIES = "import os\ndef answer(request):\n    os._exit(3)\n"
RAISES = "def answer(request):\n    raise ValueError('no')\n"
BABBLES = "import sys\ndef answer(request):\n    print('hello', flush=True)\n    return {}\n"


@pytest.fixture
def fit_with(monkeypatch, tmp_path):
    """Return a function that puts another fit in the place of the real one."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *filter(None, sys.path)]))

    def replace(source):
        (tmp_path / "other_fit.py").write_text(source)
        monkeypatch.setitem(KINDS, "norm_pos", Kind(2, "Some_Mapper", Fit("other_fit", row_2d)))

    return replace


@pytest.fixture(autouse=True)
def no_process_is_left(bench):
    yield
    for name in list(bench.plugins):
        bench.stop(name)
    bench.settle()
    left = psutil.Process().children()
    psutil.wait_procs(left, timeout=5)
    assert [process for process in left if process.is_running()] == []


def results(bench):
    return [name for name in bench.subjects() if name.endswith((".successful", ".failed"))]


def reason(bench):
    return bench.told("calibration.failed")["reason"]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (DIES, "The fit process ended with code 3."),
        (RAISES, "The fit process ended with code 1."),
        (BABBLES, "The fit process gave no answer: "),
    ],
)
def test_a_fit_that_goes_wrong_is_a_failure(bench, fit_with, source, expected):
    fit_with(source)

    calibrate(bench, Wearer())

    assert results(bench) == ["calibration.failed"]
    assert reason(bench).startswith(expected)
    assert bench.subjects()[-1] == "calibration.stopped"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({}, "The fit process gave no answer."),
        ({"params": {"params0": [[math.nan], 7]}}, "Parameters could not be estimated from data."),
        ({"reason": "because"}, "because"),
        (RuntimeError("no thread"), "no thread"),
        (MemoryError(), "MemoryError"),
        ({"params": {"params0": [[1.0], 7]}}, None),
    ],
)
def test_only_finite_parameters_are_a_result(answer, reason):
    assert reason_of(answer) == reason


def test_a_fit_that_hangs_is_ended(bench, fit_with):
    bench.start(HMDCalibration, "HMD_Calibration", fit_timeout=0.5)
    fit_with(HANGS)

    calibrate(bench, Wearer())

    assert reason(bench) == "The fit took longer than 0.5 s."


def test_a_fit_process_killed_while_collecting_is_a_failure(bench):
    follower = Wearer()
    bench.send("calibration.should_start")
    for pupil in follower.pupils:
        bench.deliver_pupil(pupil)
    bench.send("calibration.add_ref_data", ref_data=follower.references)
    (child,) = psutil.Process().children()
    child.kill()

    bench.send("calibration.should_stop")
    bench.settle()

    assert results(bench) == ["calibration.failed"]
    assert reason(bench).startswith("The fit process ended with code")


def test_after_a_failed_fit_the_next_calibration_works(bench, fit_with):
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(KINDS, "norm_pos", Kind(2, "Some_Mapper", Fit("no_such_module", row_2d)))
        calibrate(bench, Wearer())

    calibrate(bench, Wearer())

    assert results(bench) == ["calibration.failed", "calibration.successful"]


def test_stopping_the_plugin_while_collecting_is_a_failure(bench):
    bench.send("calibration.should_start")

    bench.stop("HMD_Calibration")

    assert bench.subjects("calibration.") == [
        "calibration.started",
        "calibration.failed",
        "calibration.stopped",
    ]
    assert reason(bench) == "The calibration plugin was stopped before the calibration had ended."


def test_restarting_the_plugin_while_fitting_is_a_failure(bench, fit_with):
    fit_with(HANGS)
    bench.send("calibration.should_start")
    bench.deliver_pupil(a_pupil(0, 100.0))
    bench.send("calibration.add_ref_data", ref_data=Wearer().references[:50])
    bench.send("calibration.should_stop")
    bench.come_back()

    bench.start(HMDCalibration, "HMD_Calibration")
    bench.settle()

    assert results(bench) == ["calibration.failed"]


def test_calibrations_that_wait_for_a_fit_fail_with_the_plugin(bench):
    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")
    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")

    bench.stop("HMD_Calibration")

    assert results(bench) == ["calibration.failed"] * 2


def test_a_lost_echo_delays_the_fit_and_does_not_stop_it(bench, monkeypatch):
    bench.send("calibration.should_start")
    monkeypatch.setattr(bench, "publish", lambda *message: True)
    bench.send("calibration.should_stop")

    (pause,) = bench.call("tick")
    time.sleep(pause)
    bench.call("tick")

    assert results(bench) == ["calibration.failed"]


def test_a_datum_the_bus_cannot_take_is_not_waited_for(bench, monkeypatch):
    bench.send("calibration.should_start")
    monkeypatch.setattr(bench, "publish", lambda *message: False)

    bench.send("calibration.should_stop")

    assert results(bench) == ["calibration.failed"]


def test_the_host_loads_no_numpy_for_these_plugins():
    modules = "gaze, hmd_calibration, calibrations, blink_detection, annotation_capture"
    code = f"import sys; from gazed_plugins import {modules}; print(*sys.modules)"

    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()

    assert not {"numpy", "scipy", "cv2"} & set(loaded)
