"""The scripts of the page that this project began with, and their forms of today."""

from __future__ import annotations

import select
import signal
import subprocess
import sys
from pathlib import Path

import msgpack
import pytest
from daemon import hear_ctrl_c
from protocol.raw import RawClient
from protocol.running import EYES_ON_REQUEST, SIMULATED, start_eye

EXAMPLES = Path(__file__).parents[2] / "examples"
FORWARDED = "Message forwarded."
SCRIPTS = ["talk_to_gazed.py", "monitor.py", "hmd_calibration.py"]


@pytest.mark.parametrize("pause", ["0", "1"])
def test_the_first_script_starts_the_eyes_and_ends_the_service(start_daemon, pause):
    daemon = start_daemon(EYES_ON_REQUEST)

    done = run("talk_to_gazed.py", daemon.port, "--pause", pause)

    assert done.returncode == 0, done.stderr
    clock, *replies = done.stdout.splitlines()
    assert clock.startswith("the service's clock says ")
    assert replies == [FORWARDED] * 4
    assert daemon.process.wait(15) == 0
    assert daemon.processes() == []


@pytest.mark.parametrize("pause", [0, 1])
def test_the_first_script_as_python_2_sends_it_ends_the_service_cleanly(start_daemon, pause):
    """There all text arrives as msgpack bin; the original's processes die of it."""
    daemon = start_daemon(EYES_ON_REQUEST)
    with RawClient(daemon.port) as client, daemon.client() as witness:
        witness.subscribe("notify.")
        for eye in (0, 1):
            subject = b"eye_process.should_start.%d" % eye
            ask(client, {b"subject": subject, b"eye_id": eye, b"args": {}})
        for _ in (0, 1) * pause:
            witness.wait_for("eye_process.started")
        ask(client, {b"subject": b"start_plugin", b"name": b"HMD_Calibration", b"args": {}})
        if pause:
            witness.wait_for("plugin.started", name="HMD_Calibration")

        ask(client, {b"subject": b"service_process.should_stop"})

        witness.wait_for("service_process.stopped")
    assert daemon.process.wait(15) == 0
    assert daemon.processes() == []
    assert "Traceback" not in daemon.log()


def test_the_second_script_prints_every_notification_until_ctrl_c(daemon):
    monitor = subprocess.Popen(
        command("monitor.py", daemon.port),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=hear_ctrl_c,
    )
    with RawClient(daemon.port) as client:
        client.subscribe(b"notify.seen")
        for number in range(1000):
            client.notify("seen", number=number)
            if monitor.poll() is not None or has_line(monitor):
                break
        line = monitor.stdout.readline()
    monitor.send_signal(signal.SIGINT)
    _, errors = monitor.communicate(timeout=10)

    assert line.startswith("notify.seen {'subject': 'seen', 'number': ")
    assert (monitor.returncode, errors) == (0, "")


def test_the_calibration_client_calibrates_a_simulated_wearer(start_daemon):
    daemon = start_daemon(SIMULATED)
    for eye in (0, 1):
        start_eye(daemon, eye)
    with daemon.client() as client:
        client.subscribe("gaze.3d.")

        done = run("hmd_calibration.py", daemon.port, "--seconds", "0.5")

        assert (done.stderr, done.returncode) == ("", 0), done.stdout
        assert client.receive()[0].startswith("gaze.3d.")
    lines = done.stdout.splitlines()
    result = next(line for line in lines if line.startswith("calibrated: accuracy "))
    assert float(result.split()[2]) < 1.0
    assert sum(line.startswith("target ") for line in lines) == 9
    assert sum(line.startswith("    at ") for line in lines) == 9
    assert any("references; right eye " in line for line in lines)


def test_the_calibration_client_tells_why_a_calibration_failed(daemon):
    done = run("hmd_calibration.py", daemon.port, "--seconds", "0")

    assert done.returncode == 1
    assert "    ! No pupil data of eye 0 arrive: does it run?" in done.stdout
    assert "failed: No pupil data to match\n    No pupil data came: start the eyes" in done.stdout


def test_the_scripts_say_so_when_nobody_answers(daemon):
    daemon.stop()
    running = [
        subprocess.Popen(
            command(name, daemon.port), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for name in SCRIPTS
    ]

    for process in running:
        output, errors = process.communicate(timeout=20)
        assert errors.startswith(f"nobody answers on port {daemon.port}")
        assert (output, process.returncode) == ("", 1)


def ask(client, fields):
    reply = client.ask(b"notify." + fields[b"subject"], msgpack.packb(fields))
    assert reply == FORWARDED.encode()


def run(script, port, *arguments):
    return subprocess.run(
        [*command(script, port), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def command(script, port):
    return [sys.executable, str(EXAMPLES / script), "--port", str(port)]


def has_line(process):
    return bool(select.select([process.stdout], [], [], 0.02)[0])
