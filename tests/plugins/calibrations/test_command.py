"""``gazed calibrations`` against a real service."""

import json

import pytest
from click.testing import CliRunner
from daemon import SERVICE, environment
from protocol.raw import RawClient
from protocol.synthetic import look_at_targets

from gazed_plugins.commands.calibrations import calibrations

CONFIG = SERVICE + '[[start_plugin]]\nname = "Calibrations"\n'


@pytest.fixture
def run(start_daemon, packages, monkeypatch):
    """Return a function that runs the command beside a service that keeps calibrations."""
    daemon = start_daemon(CONFIG)
    for key, value in environment(daemon.directory, packages).items():
        monkeypatch.setenv(key, value)

    def command(*arguments, expect=0):
        done = CliRunner().invoke(calibrations, arguments)
        assert done.exit_code == expect, done.output
        return done.output

    command.port = daemon.port
    return command


def calibrate(port):
    with RawClient(port) as client:
        client.subscribe(b"notify.calibration.successful", b"notify.calibration.started")
        client.notify("calibration.should_start")
        client.wait_for(r"notify\.calibration\.started")
        client.notify("calibration.add_ref_data", ref_data=look_at_targets(client))
        client.notify("calibration.should_stop")
        client.wait_for(r"notify\.calibration\.successful")


def test_a_calibration_is_kept_listed_shown_loaded_and_deleted(run):
    assert "No calibration is kept" in run()
    assert "nothing to save" in run("save", "p07", expect=1)
    calibrate(run.port)
    assert "not kept: Gaze_Mapper_HMD_2D, accuracy " in run("list")

    assert run("save", "p07", "--note", "first").startswith("saved p07, version 1")
    run("save", "p07")

    (first, second) = json.loads(run("list", "--json"))["calibrations"]
    assert (first["version"], first["note"], second["version"]) == (1, "first", 2)
    shown = run("show", "p07", "--version", "1")
    assert "first" in shown
    assert "eye0: calibrated, 216 of 216 data used" in shown
    assert len(json.loads(run("show", "p07", "--json"))["params"]["params0"]) == 3
    assert run("load", "p07").startswith("loaded p07, version 2")
    assert run("delete", "p07", "--version", "2") == "deleted p07, version 2\n"
    assert "there is no calibration 'p08'; there are: p07" in run("load", "p08", expect=1)
    assert run("delete", "p07") == "deleted p07, version 1\n"
