"""Life and death of hosts and kernel, with real processes and real signals."""

from __future__ import annotations

import os
import signal
import time

import pytest
from daemon import MINIMAL, SERVICE

from gazed import hookimpl

EYE0 = (
    SERVICE
    + """
[[start_plugin]]
name = "Eye"
host = "eye0"
[[start_plugin]]
name = "Frame_Publisher"
host = "eye0"
args = { format = "gray" }
"""
)


def test_a_killed_host_is_back_with_its_plugins_and_their_arguments(start_daemon):
    daemon = start_daemon(EYE0)
    with daemon.client() as client:
        client.subscribe("notify.plugin.", "notify.host.")
        _wait_until(lambda: len(_plugins(daemon, "eye0")) == 2)

        os.kill(daemon.host_pid("eye0"), signal.SIGKILL)

        died = client.wait_for("host.died", host="eye0")
        assert died["will_restart"]
        assert "killed by signal 9" in died["reason"]
        client.wait_for("plugin.started", name="Eye")
        assert client.wait_for("plugin.started", name="Frame_Publisher")["args"] == {
            "format": "gray"
        }


def test_a_host_that_keeps_dying_is_given_up_and_says_so(daemon, client, install):
    class Deadly:
        def __init__(self, context):
            self._context = context

        @hookimpl
        def on_notification(self, notification):
            if notification.subject == "die":
                os.kill(os.getpid(), signal.SIGKILL)

    install("Deadly", Deadly, group="gazed.process")
    client.start_plugin("Deadly")
    for _ in range(4):
        client.wait_for("plugin.started", name="Deadly")
        client.notify("die")
        death = client.wait_for("host.died", host="Deadly")

    assert not death["will_restart"]
    assert client.time() > 0


def test_a_host_that_is_stuck_is_killed_and_restarted(daemon, client, install):
    class Stuck:
        def __init__(self, context):
            pass

        @hookimpl
        def on_notification(self, notification):
            if notification.subject == "hang":
                time.sleep(1000)

    install("Stuck", Stuck, group="gazed.process")
    client.start_plugin("Stuck")
    client.wait_for("plugin.started", name="Stuck")

    client.notify("hang")

    assert client.wait_for("host.died", timeout=20, host="Stuck")["will_restart"]
    client.wait_for("plugin.started", name="Stuck")


def test_a_host_is_restarted_with_its_plugins_as_often_as_it_asks(daemon, client, install):
    class Sick:
        def __init__(self, context):
            self._context = context

        @hookimpl
        def on_notification(self, notification):
            if notification.subject == "hang":
                self._context.notify("host.should_restart", host="Sick", reason="it is stuck")
                time.sleep(1000)

    install("Sick", Sick, group="gazed.process")
    client.start_plugin("Sick")
    for _ in range(5):
        client.wait_for("plugin.started", name="Sick")
        client.notify("hang")
        death = client.wait_for("host.died", host="Sick")

        assert death["will_restart"]
        assert "it is stuck" in death["reason"]


def test_asking_for_the_restart_of_a_host_that_does_not_run_is_an_error_in_the_log(daemon, client):
    client.notify("host.should_restart", host="nobody")
    client.notify("host.should_restart", host=["nobody"])

    _wait_until(lambda: "no host named 'nobody' runs" in daemon.log())
    assert client.time() > 0


def test_no_process_outlives_a_killed_kernel(start_daemon):
    daemon = start_daemon(EYE0)
    _wait_until(lambda: len(_plugins(daemon, "eye0")) == 2)
    assert len(daemon.processes()) == 4

    os.kill(daemon.process.pid, signal.SIGKILL)

    daemon.process.wait(5)
    _wait_until(lambda: not daemon.processes(), timeout=2)


@pytest.mark.parametrize(
    "subject",
    ["service_process.should_stop", "launcher_process.should_stop", "world_process.should_stop"],
)
def test_a_notification_stops_the_daemon_with_exit_code_0(start_daemon, subject):
    daemon = start_daemon(EYE0)
    _wait_until(lambda: len(_plugins(daemon, "eye0")) == 2)
    with daemon.client() as client:
        client.subscribe("notify.")

        client.notify(subject)

        client.wait_for("service_process.stopped")
        client.wait_for("eye_process.stopped", eye_id=0)
    assert daemon.process.wait(10) == 0
    assert daemon.processes() == []


def test_ctrl_c_stops_the_daemon_with_exit_code_0(start_daemon):
    daemon = start_daemon(EYE0)

    assert daemon.stop() == 0


def test_a_taken_port_ends_the_start_with_a_sentence_and_exit_code_1(start_daemon):
    first = start_daemon(MINIMAL)
    config = MINIMAL.replace("required", f"args = {{ port = {first.port} }}\nrequired")

    with pytest.raises(AssertionError) as failure:
        start_daemon(config + '[[start_plugin]]\nname = "Gaze"\n', "--port", str(first.port))

    log = str(failure.value)
    assert f"cannot listen on port {first.port}" in log
    assert "started Gaze" not in log
    assert "Traceback" not in log


def test_a_plugin_that_kills_its_host_while_starting_is_reported_failed(client, install):
    class Fatal:
        def __init__(self, context):
            os.kill(os.getpid(), signal.SIGKILL)

    install("Fatal", Fatal, group="gazed.process")

    client.start_plugin("Fatal")

    assert "killed by signal 9" in client.wait_for("plugin.failed", name="Fatal")["reason"]


def _plugins(daemon, host):
    return next(
        (entry["plugins"] for entry in daemon.report()["hosts"] if entry["name"] == host), []
    )


def _wait_until(condition, timeout=10):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
