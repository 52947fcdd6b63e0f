"""Camera_Source on unmodified OpenCV and a V4L2 camera that is not there.

A small library, loaded before everything else, answers the system calls by which a program
opens and reads ``/dev/video7`` (see ``tests/fakes/v4l2/shim.c``).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
from daemon import Daemon

SHIM = Path(__file__).parents[2] / "fakes" / "v4l2" / "shim.c"
COMPILER = shutil.which("cc")
CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye_Processes"
args = { eyes = [] }
"""
pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or COMPILER is None, reason="needs Linux and a C compiler"
)


class Camera:
    """The folder that stands for ``/dev/video7``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for index in range(8):
            picture = np.full((192, 192), 50 + 20 * index, np.uint8)
            cv2.imwrite(str(folder / f"{index}.jpg"), picture)
        self.pictures = [path.read_bytes() for path in sorted(folder.glob("*.jpg"))]

    def mark(self, what: str) -> None:
        (self._folder / f"video7{what}").touch()

    def unmark(self, what: str) -> None:
        (self._folder / f"video7{what}").unlink(missing_ok=True)

    def reset(self) -> None:
        for what in (".stall", ".busy", ".yuyv"):
            self.unmark(what)
        self.mark("")


@pytest.fixture(scope="module")
def machine(tmp_path_factory):
    """A daemon with eye 0 on a machine with this camera."""
    folder = tmp_path_factory.mktemp("devices")
    library = folder / "shim.so"
    command = [COMPILER, "-shared", "-fPIC", "-O1", "-o", str(library), str(SHIM)]
    subprocess.run([*command, "-ldl", "-lpthread"], check=True)
    with (
        tempfile.TemporaryDirectory(prefix="gz") as name,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("LD_PRELOAD", str(library))
        environment.setenv("FAKE_V4L2", str(folder))
        daemon = Daemon(Path(name), CONFIG, Path(name))
        yield daemon, Camera(folder)
        daemon.stop()


@pytest.fixture
def camera(machine):
    machine[1].reset()
    return machine[1]


@pytest.fixture
def eye(machine, camera):
    """A client that hears notifications; what it starts is stopped at the end."""
    with machine[0].client() as client:
        client.subscribe("notify.")
        client.notify("eye_process.should_start.0", eye_id=0)
        yield client
        client.notify("stop_eye_plugin", target="eye0", name="Camera_Source")
        client.wait_for("plugin.stopped", name="Camera_Source")


def start(eye, **args):
    args = {"device": "/dev/video7", **args}
    eye.notify("start_eye_plugin", target="eye0", name="Camera_Source", args=args)


def next_frame(eye):
    while True:
        message = eye.receive(5.0)
        assert message, "no picture came"
        if message[0] == "frame.eye.0":
            return message


def test_it_streams_the_mode_asked_for_and_hands_on_the_cameras_own_jpeg(eye, camera):
    start(eye, frame_size=[192, 192], frame_rate=200.0)
    streaming = eye.wait_for("capture.streaming")
    eye.subscribe("frame.eye.0")

    frames = [next_frame(eye) for _ in range(40)]

    assert (streaming["frame_size"], streaming["frame_rate"]) == ([192, 192], 200.0)
    assert streaming["notes"] == []
    assert {message[2][0] for message in frames} <= set(camera.pictures)
    times = np.array([message[1]["timestamp"] for message in frames])
    assert np.all(np.diff(times) > 0)
    assert abs(np.median(np.diff(times)) - 0.005) < 0.002


def test_its_time_is_the_drivers_and_its_report_lists_the_modes(eye):
    start(eye, frame_rate=120.0)
    eye.wait_for("capture.streaming")

    report = {"timestamps": "received"}
    while report["timestamps"] != "device":
        eye.notify("capture.should_report")
        report = eye.wait_for("capture.report")

    assert [mode["frame_rate"] for mode in report["modes"]] == [30.0, 120.0, 200.0]


def test_yuyv_is_read_as_well(eye, camera):
    camera.mark(".yuyv")

    start(eye)
    eye.wait_for("capture.streaming")
    eye.subscribe("frame.eye.0")

    message = next_frame(eye)
    assert (message[1]["width"], message[1]["height"]) == (192, 192)


def test_what_it_cannot_give_is_said_with_what_it_gives(eye):
    start(eye, frame_size=[640, 480], frame_rate=60.0)

    (note,) = eye.wait_for("capture.streaming")["notes"]

    assert "asked for 640x480 at 60 fps" in note
    assert "gives 192x192" in note


def test_a_mode_is_switched_while_it_runs_or_refused_with_those_there_are(eye):
    start(eye, frame_size=[192, 192], frame_rate=200.0)
    eye.wait_for("capture.streaming")

    eye.notify("capture.should_set_mode", frame_size=[192, 192], frame_rate=30)
    assert eye.wait_for("capture.mode_set")["frame_rate"] == 30.0
    eye.notify("capture.should_set_mode", frame_size=[640, 480], frame_rate=30)
    refused = eye.wait_for("capture.refused")

    assert "gives 192x192" in refused["reason"]
    assert {"frame_size": [192, 192], "frame_rate": 200.0} in refused["known"]
    eye.subscribe("frame.eye.0")
    next_frame(eye)


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
def test_unplugged_it_says_so_and_is_back_within_a_second_of_being_plugged_in(eye, camera):
    start(eye, frame_rate=200.0)
    eye.wait_for("capture.streaming")

    camera.unmark("")
    lost = eye.wait_for("capture.lost")
    camera.mark("")
    began = time.monotonic()
    again = eye.wait_for("capture.streaming")

    assert lost["code"] == "unplugged"
    assert time.monotonic() - began < 1.0
    assert again["counters"]["reconnects"] == 1


def test_a_camera_that_falls_silent_is_told_of_and_comes_back(eye, camera):
    start(eye, frame_rate=200.0)
    eye.wait_for("capture.streaming")

    camera.mark(".stall")
    stalled = eye.wait_for("capture.stalled")
    camera.unmark(".stall")
    eye.wait_for("capture.streaming")

    assert stalled["code"] == "stalled"


def test_in_use_elsewhere_it_waits_until_it_is_free(eye, camera):
    camera.mark(".busy")
    start(eye)
    lost = eye.wait_for("capture.lost")

    camera.unmark(".busy")
    eye.wait_for("capture.streaming")

    assert lost["code"] in ("busy", "broken")
    assert lost["remedy"]
