"""Two eyes with cameras in a real daemon: what a client sees when they fail."""

from __future__ import annotations

import os
import signal
import time

import pytest

EYES = (0, 1)
CAPTURE = "notify.capture."
HOST = "notify.host."


@pytest.fixture
def running(camera_daemon):
    daemon, world, save = camera_daemon()
    with daemon.client(timeout=30.0) as client:
        for prefix in (CAPTURE, HOST, "pupil."):
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


def heard(client, *topics):
    """Return what came on these topics until both eyes' hosts are ready again."""
    news = {topic: [] for topic in topics}
    ready = set()
    end = time.monotonic() + 30.0
    while time.monotonic() < end and ready != {"eye0", "eye1"}:
        topic, fields = (client.receive(0.1) or ("", {}))[:2]
        if topic in news:
            news[topic].append(fields)
        elif topic == HOST + "ready":
            ready.add(fields["host"])
    return news


def test_two_cameras_become_two_eyes_that_see_pupils(running):
    _, _, _, client = running

    seen = pupils(client, least=50)

    for data in seen.values():
        good = [datum for datum in data if datum["confidence"] > 0.6]
        assert len(good) > 0.8 * len(data)
        times = [datum["timestamp"] for datum in data if datum["topic"].endswith("2d")]
        assert times == sorted(set(times))


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
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


def test_drivers_that_never_return_get_their_hosts_restarted_and_the_eyes_stream_again(running):
    # One lets go of the interpreter while it blocks, so that its source can still complain;
    # the other holds it, and only the missing heartbeat tells.
    daemon, world, save, client = running
    pupils(client)
    before = [daemon.host_pid(f"eye{eye}") for eye in EYES]
    world.cameras[0].trouble, world.cameras[1].trouble = "block", "hold"
    save()
    while client.receive(1.0):
        pass
    for camera in world.cameras:
        camera.trouble = ""
    save()

    news = heard(client, CAPTURE + "lost", HOST + "died")
    pupils(client, least=20)

    lost, died = news[CAPTURE + "lost"], news[HOST + "died"]
    assert {(fault["eye_id"], fault["code"]) for fault in lost} == {(0, "blocked")}
    assert {host["host"] for host in died} == {"eye0", "eye1"}
    after = [daemon.host_pid(f"eye{eye}") for eye in EYES]
    assert not set(before) & set(after)


def test_a_killed_eye_comes_back_with_its_camera(running):
    daemon, _, _, client = running
    pupils(client)

    os.kill(daemon.host_pid("eye0"), signal.SIGKILL)
    client.wait_for("capture.streaming", eye_id=0)

    pupils(client)
