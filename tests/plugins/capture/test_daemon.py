"""Two eyes with cameras in a real daemon: what a client sees when they fail."""

from __future__ import annotations

import os
import signal
import time

import pytest

EYES = (0, 1)
CAPTURE = "notify.capture."


@pytest.fixture
def running(camera_daemon):
    daemon, world, save = camera_daemon()
    with daemon.client(timeout=30.0) as client:
        for prefix in (CAPTURE, "notify.host.", "pupil."):
            client.subscribe(prefix)
        yield daemon, world, save, client


def pupils(client, eyes=EYES, least=5, within=20.0):
    """Return pupil data of all these eyes, once there are enough of each."""
    seen = {eye: [] for eye in eyes}
    end = time.monotonic() + within
    while time.monotonic() < end:
        message = client.receive(0.1)
        if message and message[0].startswith("pupil.") and message[1]["id"] in seen:
            seen[message[1]["id"]].append(message[1])
        if all(len(data) >= least for data in seen.values()):
            return seen
    raise AssertionError(f"too few pupil data: { {eye: len(data) for eye, data in seen.items()} }")


def test_two_cameras_become_two_eyes_that_see_pupils(running):
    _, _, _, client = running

    seen = pupils(client, least=50)

    for data in seen.values():
        good = [datum for datum in data if datum["confidence"] > 0.6]
        assert len(good) > 0.8 * len(data)
        times = [datum["timestamp"] for datum in data if datum["topic"].endswith("2d")]
        assert times == sorted(set(times))


def test_an_unplugged_camera_is_missed_and_its_eye_back_within_a_second_of_replugging(running):
    _, world, save, client = running
    pupils(client)
    world.cameras[0].unplug()
    save()
    lost = client.wait_for("capture.lost", eye_id=0)
    pupils(client, eyes=(1,), least=100)

    world.cameras[0].plug()
    save()
    plugged = time.monotonic()
    back = client.wait_for("capture.streaming", eye_id=0)

    assert time.monotonic() - plugged < 1.0
    assert lost["code"] == "unplugged"
    assert "plug" in lost["remedy"]
    assert back["counters"]["reconnects"] == 1
    assert back["camera"]["serial"] == "0001"
    pupils(client)


def test_a_driver_that_never_returns_gets_the_host_restarted_and_the_eye_streams_again(running):
    daemon, world, save, client = running
    pupils(client)
    before = daemon.host_pid("eye1")
    world.cameras[1].trouble = "block"
    save()

    lost = client.wait_for("capture.lost", eye_id=1)
    world.cameras[1].trouble = ""
    save()
    client.wait_for("capture.streaming", eye_id=1)

    assert lost["code"] == "blocked"
    assert daemon.host_pid("eye1") != before
    pupils(client)


def test_a_killed_eye_comes_back_with_its_camera(running):
    daemon, _, _, client = running
    pupils(client)

    os.kill(daemon.host_pid("eye0"), signal.SIGKILL)
    client.wait_for("capture.streaming", eye_id=0)

    pupils(client)
