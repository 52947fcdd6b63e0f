"""``gazed cameras`` and ``gazed doctor``, with and without a service, with and without cameras."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from daemon import environment
from device_trees import Tree
from fakes.uvc.world import FakeCamera, World

from gazed_plugins.capture.inventory import connected
from gazed_plugins.capture.usb import UDEV_RULE, usb_cameras
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.doctor.cameras import bandwidth, examine

FAKES = Path(__file__).parents[2] / "fakes"
RIGHT = FakeCamera("Pupil Cam2 ID0", serial="A1", bus=1, address=4)
LEFT = FakeCamera("Pupil Cam2 ID1", serial="A2", bus=1, address=5)
OTHER_RIGHT = FakeCamera("Pupil Cam2 ID0", serial="B1", bus=3, address=4)
CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye_Processes"
args = { source = "auto", eyes = [0], cameras = { eye0 = "serial:B1" } }
"""


@pytest.fixture
def plug_in(short_path, monkeypatch):
    """Return a function that makes these the cameras of this machine."""
    folder = short_path / "cameras"
    folder.mkdir()
    monkeypatch.setenv("FAKE_UVC", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(FAKES))

    def plug_in(*cameras):
        World(list(cameras)).save(folder)

    plug_in()
    return plug_in


@pytest.fixture
def gazed(short_path, packages, plug_in):
    """Return a function that runs a command beside the test's daemons."""
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
        assert expect in (None, done.returncode), done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


def test_without_a_camera_and_a_service_it_says_what_to_do(gazed):
    assert "gazed demo" in gazed("cameras")
    said = json.loads(gazed("cameras", "--json"))

    assert (said["cameras"], said["services"]) == ([], [])
    assert said["eyes"]["eye0"]["code"] == "not_found"


def test_cameras_are_listed_with_the_eye_each_would_become(gazed, plug_in):
    plug_in(RIGHT, LEFT)

    listed = json.loads(gazed("cameras", "--json"))["cameras"]

    assert [(entry["serial"], entry["becomes"]) for entry in listed] == [
        ("A1", "eye0"),
        ("A2", "eye1"),
    ]
    assert "becomes eye1" in gazed("cameras")


def test_of_two_headsets_it_asks_for_a_serial_and_takes_the_configured_one(
    gazed, plug_in, tmp_path
):
    plug_in(RIGHT, LEFT, OTHER_RIGHT)
    config = tmp_path / "lab.toml"
    config.write_text(CONFIG)

    unsure = json.loads(gazed("cameras", "--json"))["eyes"]
    sure = json.loads(gazed("cameras", "--json", "--config", str(config)))["eyes"]

    assert unsure["eye0"]["code"] == "ambiguous"
    assert "serial:A1" in unsure["eye0"]["remedy"]
    assert sure["eye0"]["camera"]["serial"] == "B1"
    assert sure["eye1"]["camera"]["serial"] == "A2"


def test_a_running_eye_is_named_at_its_camera_with_the_modes_it_offers(
    gazed, plug_in, start_daemon
):
    plug_in(RIGHT, LEFT, OTHER_RIGHT)
    daemon = start_daemon(CONFIG)
    streaming_eye_0(daemon)

    listed = json.loads(gazed("cameras", "--json"))

    users = {entry["serial"]: entry["used_by"] for entry in listed["cameras"]}
    assert users == {"A1": [], "A2": [], "B1": [{"pid": daemon.process.pid, "eye": "eye0"}]}
    assert listed["eyes"]["eye0"]["camera"]["serial"] == "B1"
    said = gazed("cameras")
    assert f"in use by eye0 of the gazed with process {daemon.process.pid}" in said
    assert "192x192 at 30, 120, 200 fps" in said
    lines = json.loads(gazed("doctor", "--json", expect=None))
    assert [line["text"] for line in lines if line["text"].startswith("eye")] == [
        f"eye0 of process {daemon.process.pid}: its camera is streaming"
    ]


def test_two_daemons_each_keep_the_headset_they_were_told(plug_in, start_daemon):
    plug_in(RIGHT, OTHER_RIGHT)
    daemons = [start_daemon(CONFIG.replace("B1", serial)) for serial in ("A1", "B1")]

    serials = [streaming_eye_0(daemon)["camera"]["serial"] for daemon in daemons]
    assert serials == ["A1", "B1"]


def streaming_eye_0(daemon):
    """Return what eye 0 reports when its camera gives pictures."""
    with daemon.client() as client:
        client.subscribe("notify.capture.report")
        end = time.monotonic() + 20
        while time.monotonic() < end:
            client.notify("capture.should_report", eye_id=0)
            message = client.receive(0.2)
            if message and message[1]["state"] == "streaming":
                return message[1]
    raise AssertionError(daemon.log())


@pytest.mark.parametrize(
    "text",
    ["start_plugin = 3", "[[start_plugin]]\nname = 'Eye_Processes'\nargs = { cameras = 1 }", "="],
)
def test_a_configuration_that_cannot_be_read_is_named(gazed, tmp_path, text):
    config = tmp_path / "broken.toml"
    config.write_text(text)

    assert "broken.toml" in gazed("cameras", "--config", str(config), expect=1)


def test_the_doctor_finds_nothing_wrong_where_nothing_is(gazed):
    compiled = why_slow() == ""

    lines = json.loads(gazed("doctor", "--json", expect=int(not compiled)))

    assert {line["area"] for line in lines} == {"cameras", "detector", "libraries", "service"}
    assert [line for line in lines if not line["ok"] and line["area"] != "detector"] == []
    texts = " ".join(line["text"] for line in lines)
    assert "pyzmq" in texts
    assert "no gazed runs now" in texts


def test_the_doctor_tells_what_is_wrong_with_the_remedy_and_the_exit_code(gazed, plug_in):
    plug_in(RIGHT, LEFT, OTHER_RIGHT)

    said = gazed("doctor", expect=1)
    lines = json.loads(gazed("doctor", "--json", expect=1))

    assert "PROBLEM  cameras: eye0" in said
    assert 'eye0 = "serial:A1"' in said
    assert [line["ok"] for line in lines if line["text"].startswith("eye1")] == [True]


def test_the_doctor_looks_into_a_running_service(gazed, daemon):
    with daemon.client() as client:
        client.subscribe("notify.plugin.")
        client.start_plugin("File_Source", host="eye0", source_path="gone.mp4")
        client.wait_for("plugin.failed", name="File_Source")

    said = gazed("doctor", expect=1)

    assert f"gazed runs as process {daemon.process.pid}, its clock untouched" in said
    assert "File_Source failed" in said


def test_the_udev_rule_comes_alone_ready_for_a_file(gazed):
    assert gazed("doctor", "--udev") == f"{UDEV_RULE}\n"


def test_a_check_of_another_package_is_asked_too(gazed, packages):
    (packages / "more.py").write_text(
        "def check():\n    yield 'the sky is falling', 'look up'\ndef trip():\n    return 1 / 0\n"
    )
    for name, target in (("more", "more:check"), ("lost", "gone:check"), ("trips", "more:trip")):
        info = packages / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[gazed.doctor]\n{name} = {target}\n")

    said = gazed("doctor", expect=1)

    assert "PROBLEM  more: the sky is falling" in said
    assert "look up" in said
    assert "install lost again" in said
    assert "PROBLEM  trips: cannot be looked at: ZeroDivisionError" in said


def test_on_linux_one_camera_is_listed_once_with_its_files_and_holders(tmp_path):
    tree = Tree(tmp_path)
    tree.camera("1-4.2", 1, 7, serial="0123", video=2)
    tree.process(40, "cheese", "/dev/video2")

    (entry,) = connected(tmp_path)

    assert (entry.camera.serial, entry.camera.port) == ("0123", "1-4.2")
    assert entry.backends == ("opencv",)
    assert entry.nodes == ("/dev/bus/usb/001/007", "/dev/video2")
    assert [str(who) for who in entry.holders] == ["cheese (process 40)"]


def test_missing_rights_and_a_camera_in_other_hands_are_found_with_the_rule(tmp_path):
    tree = Tree(tmp_path)
    tree.camera("1-1", 1, 7, serial="0123")
    tree.process(40, "cheese", "/dev/bus/usb/001/007")

    problems = {text: remedy for text, remedy in examine(tmp_path) if remedy}

    rights = next(remedy for text, remedy in problems.items() if "may not open" in text)
    assert UDEV_RULE in rights
    assert (
        "close that program"
        in problems["Pupil Cam2 ID0 (serial 0123, port 1-1) is held by cheese (process 40)"]
    )


def test_a_bus_that_is_too_narrow_is_found_before_a_camera_is_opened(tmp_path):
    tree = Tree(tmp_path)
    for number in range(2):
        tree.camera(f"1-{number}", 1, number + 2)
    assert not any(remedy for _, remedy in bandwidth(usb_cameras(tmp_path)))

    for number in range(2, 8):
        tree.camera(f"1-{number}", 1, number + 2)
    ((text, remedy),) = bandwidth(usb_cameras(tmp_path))

    assert "8 cameras" in text
    assert "spread the cameras" in remedy
