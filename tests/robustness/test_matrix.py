"""What ended processes of the original, row by row: here each changes nothing."""

from __future__ import annotations

import os
import signal
import tempfile
import threading
from pathlib import Path

import msgpack
import pytest
import zmq
from daemon import SERVICE, Daemon

from gazed import Client, pack

EYES = SERVICE.replace("eyes = []", "eyes = [0, 1]")


@pytest.fixture(scope="module")
def service():
    """One daemon with two eyes for all rows that must not harm it."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        daemon = Daemon(Path(name), EYES, Path(name))
        yield daemon
        daemon.stop()


@pytest.fixture
def unharmed(service):
    """Check after the test that every process is the one it was, and answers."""
    with service.client() as client:
        client.subscribe("notify.")
        _until_running(service, "eye0")
        _until_running(service, "eye1")
        before = _processes(service)
        yield client
        assert client.time() > 0
        client.notify("meta.should_doc")
        silent = {"launcher", "service", "eye0", "eye1"}
        while silent:
            silent.discard(client.wait_for("meta.doc")["actor"])
        assert _processes(service) == before
        assert "Traceback" not in service.log()


def test_an_empty_request_is_answered(unharmed):
    assert unharmed.request("") == "Unknown command."


def test_a_request_that_is_not_utf_8_is_answered(unharmed):
    assert unharmed.request(b"\xff\xfe\xfd") == "Unknown command."


@pytest.mark.parametrize(
    "payload",
    [
        b"garbage that is no msgpack",
        b"",
        pack({"subject": "x"}) + b"trailing",
        msgpack.packb(["a", "list"]),
        msgpack.packb(5),
        pack({"no": "subject"}),
        pack({"subject": 5}),
    ],
)
def test_a_notification_with_a_wrong_payload_is_survived_by_every_process(unharmed, payload):
    for subject in ("start_plugin", "eye_process.should_start.0", "calibration.should_start", "x"):
        topic = f"notify.{subject}"
        assert unharmed.request(topic, payload) == "Message forwarded."


def test_a_topic_that_is_not_utf_8_is_survived(unharmed):
    unharmed.send([b"notify.\xff\xfe", pack({})])


def test_a_notification_of_one_frame_on_the_bus_is_survived(service, unharmed):
    with zmq.Context() as context, context.socket(zmq.PUSH) as inlet:
        inlet.connect(service.connection.inlet)
        inlet.send(b"notify.start_plugin")
        inlet.send(b"notify.")


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "Blink_Detection", "args": {"nonsense": 1}},
        {"name": "Blink_Detection", "args": [1, 2]},
        {"name": "Blink_Detection", "args": {"history_length": "long"}},
        {"name": "Gazer2D", "args": {"params": {"left_model": 5}}},
        {"name": ["not", "text"]},
        {"name": ""},
        {},
    ],
)
def test_a_plugin_asked_for_wrongly_is_refused_with_a_reason(unharmed, fields):
    unharmed.send([b"notify.start_plugin", pack(fields)])

    assert unharmed.wait_for("plugin.failed")["reason"]


@pytest.mark.parametrize(
    "fields",
    [{}, {"id": 0}, {"id": 0, "timestamp": "now"}, {"id": 7, "timestamp": 1.0, "confidence": 1.0}],
)
def test_a_malformed_pupil_datum_is_survived(unharmed, fields):
    for topic in ("pupil.0.2d", "pupil.0.3d", "pupil_foo", "pupil.0"):
        unharmed.send([topic.encode(), pack(fields)])


@pytest.mark.parametrize(
    "fields",
    [
        {"target": "eye0", "name": "File_Source", "args": {"source_path": "/nowhere.mp4"}},
        {"target": "eye0", "name": "File_Source", "args": {"source_path": 5}},
        {"name": "File_Source", "args": {}},
        {"target": 5, "name": "File_Source"},
    ],
)
def test_an_eye_plugin_asked_for_wrongly_is_refused_with_a_reason(unharmed, fields):
    unharmed.notify("start_eye_plugin", **fields)

    assert unharmed.wait_for("plugin.failed")["reason"]


@pytest.mark.parametrize(
    "fields", [{"eye_id": 5}, {"eye_id": None}, {}, {"eye_id": "zero"}, {"eye_id": True}]
)
@pytest.mark.parametrize("verb", ["should_start", "should_stop"])
def test_an_eye_that_does_not_exist_is_survived(unharmed, verb, fields):
    unharmed.notify(f"eye_process.{verb}", **fields)


@pytest.mark.parametrize("delay", ["soon", None, [1], -1, float("nan"), True])
def test_a_delay_that_is_no_time_is_survived_and_the_next_one_kept(unharmed, delay):
    unharmed.send([b"delayed_notify.never", pack({"subject": "never", "delay": delay})])
    unharmed.send([b"delayed_notify.soon", pack({"subject": "soon", "delay": 0.01})])

    assert "delay" not in unharmed.wait_for("soon")


@pytest.mark.parametrize("payload", [b"junk", pack({}), pack({"msg": 1, "levelno": "x"})])
def test_garbage_on_the_logging_topic_is_survived_and_logging_goes_on(service, unharmed, payload):
    unharmed.send([b"logging.info", payload])

    unharmed.start_plugin("Nope")
    unharmed.wait_for("plugin.failed", name="Nope")
    assert "Attempt to load unknown plugin: 'Nope'" in service.log()


def test_a_set_format_with_an_unknown_format_keeps_the_old_one(unharmed):
    unharmed.notify("frame_publishing.set_format", format="tiff")
    unharmed.notify("frame_publishing.set_format", format="gray")

    assert unharmed.wait_for("frame_publishing.started")["format"] == "gray"


def test_nonsense_for_a_time_is_refused_and_time_goes_on(unharmed):
    assert unharmed.request("T nan") == "'nan' cannot be converted to float."
    assert unharmed.request("T inf") == "'inf' cannot be converted to float."
    assert unharmed.time() > 0


def test_fifty_clients_that_send_and_vanish_are_survived(service, unharmed):
    for _ in range(50):
        with zmq.Context() as context, context.socket(zmq.REQ) as remote:
            remote.linger = 0
            remote.connect(f"tcp://127.0.0.1:{service.port}")
            remote.send(b"t")


def test_a_killed_eye_can_be_started_again(start_daemon):
    daemon = start_daemon(EYES)
    with daemon.client() as client:
        client.subscribe("notify.")
        _until_running(daemon, "eye0")

        os.kill(daemon.host_pid("eye0"), signal.SIGKILL)

        client.wait_for("host.died", host="eye0")
        client.wait_for("eye_process.started", eye_id=0)


def test_a_subscriber_that_stops_reading_costs_the_others_nothing(daemon):
    with zmq.Context() as context, context.socket(zmq.SUB) as sleeper, daemon.client() as client:
        sleeper.linger = 0
        sleeper.connect(daemon.connection.subscribe)
        sleeper.subscribe("")
        client.subscribe("notify.tick")
        stop = threading.Event()
        flood = threading.Thread(target=_flood, args=(daemon, stop))
        flood.start()
        for number in range(200):
            client.notify("tick", number=number)
            assert client.wait_for("tick")["number"] == number
        stop.set()
        flood.join()


def _flood(daemon: Daemon, stop: threading.Event) -> None:
    with Client(daemon.port) as client:
        while not stop.wait(0.001):
            client.publish("flood", {"data": "x" * 10_000})


def _processes(daemon: Daemon) -> dict[str, int]:
    report = daemon.report()
    assert all(host["deaths"] == 0 for host in report["hosts"])
    return {"kernel": report["pid"]} | {host["name"]: host["pid"] for host in report["hosts"]}


def _until_running(daemon: Daemon, name: str) -> None:
    while not any(
        host["name"] == name and "Eye" in host["plugins"] for host in daemon.report()["hosts"]
    ):
        assert daemon.process.poll() is None
