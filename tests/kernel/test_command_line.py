"""The command line, run as a user runs it."""

from __future__ import annotations

import json
import subprocess
import sys
import threading

import pytest
from daemon import environment


@pytest.fixture
def gazed(short_path, packages):
    """Return a function that runs a command in the directories of the first daemon."""
    directory = short_path / "0"

    def run(*arguments, expect=0):
        directory.mkdir(exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "gazed", *arguments],
            capture_output=True,
            text=True,
            env=environment(directory, packages),
            timeout=60,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done.stdout if expect == 0 else done.stderr

    return run


def test_status_names_the_hosts_and_their_plugins(daemon, gazed):
    said = gazed("status")

    assert str(daemon.process.pid) in said
    assert "Pupil_Remote" in said


def test_status_as_json_can_be_read_by_a_program(daemon, gazed):
    report = json.loads(gazed("status", "--json"))

    assert report["pid"] == daemon.process.pid
    assert {host["name"] for host in report["hosts"]} >= {"Pupil_Remote", "service"}


def test_without_a_daemon_every_command_says_how_to_start_one(gazed):
    for command in (["status"], ["stop"], ["send", "x"], ["watch"]):
        assert "gazed run" in gazed(*command, expect=1)


def test_stop_returns_when_the_daemon_is_gone(daemon, gazed):
    gazed("stop")

    assert daemon.process.wait(2) == 0


def test_send_reaches_the_bus_with_typed_values(client, gazed):
    gazed("send", "hello", "count=3", "share=0.5", "name=eye", 'args={"a": [1]}')

    fields = client.wait_for("hello")
    assert (fields["count"], fields["share"], fields["name"]) == (3, 0.5, "eye")
    assert fields["args"] == {"a": [1]}


def test_a_field_without_a_value_is_refused(daemon, gazed):
    assert "KEY=VALUE" in gazed("send", "hello", "oops", expect=2)


def test_plugins_lists_arguments_states_and_reasons(daemon, gazed, install):
    install("Needs", "import not_installed_anywhere\nclass Needs: pass\n")

    listed = {entry["name"]: entry for entry in json.loads(gazed("plugins", "--json"))}

    remote = listed["Pupil_Remote"]
    assert remote["running"] == ["Pupil_Remote"]
    port = next(entry for entry in remote["arguments"] if entry["name"] == "port")
    assert (port["type"], port["default"], port["high"]) == ("int", 50020, 65535)
    assert "not_installed_anywhere" in listed["Needs"]["failed"]
    assert listed["NetworkApiPlugin"]["plugin"] == "Pupil_Remote"


def test_the_plugins_are_listed_over_the_network_too(client):
    client.notify("plugins.should_list")

    plugins = client.wait_for("plugins.listed", timeout=30)["plugins"]
    assert "Pupil_Remote" in {entry["name"] for entry in plugins}


def test_listening_on_a_network_needs_a_plain_word(gazed):
    assert "--insecure" in gazed("run", "--listen", "0.0.0.0", expect=1)


def test_a_wrong_configuration_file_is_a_sentence_not_a_traceback(gazed, short_path):
    path = short_path / "wrong.toml"
    path.write_text("[[start_plugin]]\nport = 5\n")

    said = gazed("run", "--config", str(path), expect=1)

    assert "has no name" in said
    assert "Traceback" not in said


def test_watch_shows_notifications_and_the_rates_of_data(daemon, gazed, client):
    stop = threading.Event()

    def speak():
        while not stop.wait(0.05):
            client.notify("hello.there", word="gazed")
            client.publish("thing.measured", {"value": 0.5})

    thread = threading.Thread(target=speak)
    thread.start()
    said = gazed("watch", "notify.hello", "thing.", "--seconds", "1.5")
    stop.set()
    thread.join()

    assert "hello.there" in said
    assert "thing.measured" in said
    assert "value 0.500" in said
