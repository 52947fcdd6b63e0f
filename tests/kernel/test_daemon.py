"""What a running daemon leaves where: connection file, log, sockets."""

from __future__ import annotations

import json
import os
import stat

import pytest
import zmq

from gazed import Connection, NotRunningError


def test_the_connection_file_is_its_owners_alone(daemon):
    (path,) = (daemon.directory / "run").rglob("connection.json")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Connection.read(path).pid == daemon.process.pid


def test_nothing_is_left_in_the_runtime_directory_after_a_clean_stop(start_daemon):
    daemon = start_daemon()

    daemon.stop()

    assert [path for path in (daemon.directory / "run").rglob("*") if path.is_file()] == []


def test_log_lines_of_all_processes_end_in_one_file_and_on_the_bus(daemon, client):
    client.subscribe("logging.")

    client.start_plugin("Nope")
    client.start_plugin("Blink_Detection")
    client.wait_for("plugin.started", name="Blink_Detection")

    (file,) = daemon.directory.rglob("gazed.log")
    assert "Attempt to load unknown plugin: 'Nope'" in file.read_text()
    levels = set()
    while (message := client.receive(0.5)) is not None:
        if message[0].startswith("logging."):
            levels.add(message[0])
            assert {"msg", "levelname", "created", "processName", "topic"} <= set(message[1])
    daemon.stop()
    assert "service: started Blink_Detection" in file.read_text()
    assert "logging.error" in levels or "logging.info" in levels


def test_everything_listens_on_loopback_unless_told_otherwise(daemon):
    for endpoint in (daemon.connection.publish, daemon.connection.subscribe):
        assert endpoint.startswith("tcp://127.0.0.1:")
    assert "127.0.0.1" in daemon.log()


def test_another_interface_can_be_opened_on_purpose(start_daemon):
    daemon = start_daemon(
        "[[start_plugin]]\nname = 'Pupil_Remote'\nrequired = true\n", "--listen", "127.0.0.2"
    )

    with zmq.Context() as context, context.socket(zmq.REQ) as remote:
        remote.linger = 0
        remote.connect(f"tcp://127.0.0.2:{daemon.port}")
        remote.send(b"v")
        assert remote.poll(5000)
        remote.recv()


@pytest.mark.parametrize("content", ["", "{}", "no json", json.dumps({"pid": 1})])
def test_a_damaged_connection_file_is_no_daemon(tmp_path, content):
    path = tmp_path / "connection.json"
    path.write_text(content)

    with pytest.raises(NotRunningError, match="connection"):
        Connection.read(path)


@pytest.mark.skipif(os.name != "posix", reason="ports below 1024 are free elsewhere")
def test_an_address_that_is_not_this_machines_is_refused_with_a_sentence(start_daemon):
    with pytest.raises(AssertionError) as failure:
        start_daemon(
            "[[start_plugin]]\nname = 'Pupil_Remote'\nrequired = true\n",
            "--listen",
            "192.0.2.1",
            "--insecure",
        )

    assert "Traceback" not in str(failure.value)
