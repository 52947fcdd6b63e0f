"""``gazed demo``: the whole chain, as a newcomer meets it first."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time

import cv2
import psutil
import pytest
from daemon import environment, hear_ctrl_c


@pytest.fixture
def demo(short_path, packages):
    """Return a function that starts the demo in directories of its own."""
    started = []

    def start(*arguments):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", "gazed", "demo", "--port", str(port), *arguments],
            env=environment(short_path, packages),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=hear_ctrl_c,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.stdout.close()
        process.wait()


def test_it_calibrates_shows_gaze_and_ends_with_figures_and_a_picture(demo, tmp_path):
    file, picture = tmp_path / "figures.json", tmp_path / "report.png"

    process = demo("--seconds", "4", "--json", str(file), "--report", str(picture))
    said, _ = process.communicate(timeout=100)

    assert process.returncode == 0, said
    assert "gaze error: median" in said
    figures = json.loads(file.read_text())
    assert figures["calibration"]["successful"]
    assert figures["calibration"]["references"] == 9 * 40
    assert figures["error_deg"]["median"] < 1.0
    assert figures["error_viewport"] is None
    pupils = {f"pupil.{eye}.{kind}" for eye in (0, 1) for kind in ("2d", "3d")}
    topics = set(figures["rates"])
    assert pupils <= topics
    assert topics - pupils <= {"gaze.3d.01.", "gaze.3d.0.", "gaze.3d.1."}
    assert all(figures["latency_ms"][topic]["median"] > 0 for topic in topics)
    first = figures["targets"][0]
    assert (first["right"], first["up"], first["distance_mm"]) == (0.0, 0.0, 1000.0)
    assert first["error_deg"]["median"] < 1.0
    assert cv2.imread(str(picture)).shape == (960, 1280, 3)


def test_ctrl_c_ends_it_and_leaves_nothing_behind(demo):
    process = demo()
    assert "nine targets" in process.stdout.readline()
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 4

    process.send_signal(signal.SIGINT)

    process.wait(20)
    gone_by = time.monotonic() + 5
    while any(_lives(member) for member in family):
        assert time.monotonic() < gone_by, family


def test_a_taken_port_is_named(demo):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        process = demo("--port", str(port), "--seconds", "2")
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"cannot listen on port {port}" in said
    assert "Traceback" not in said


def test_another_service_on_the_port_is_not_mistaken_for_its_own(demo, start_daemon):
    other = start_daemon()

    process = demo("--port", str(other.port), "--seconds", "2")
    said, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"cannot listen on port {other.port}" in said
    with other.client() as client:
        assert client.time() > 0
    assert "HMD_Calibration" not in other.log().replace("started HMD_Calibration", "", 1)


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
