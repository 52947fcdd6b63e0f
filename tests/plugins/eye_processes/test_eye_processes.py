"""Eyes are started and stopped as clients ask, and never behind a client's back."""

from __future__ import annotations

import importlib.util

import pytest
from harness import Bench

from gazed import PluginError
from gazed_plugins.eye_processes import EyeProcesses


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path) as bench:
        yield bench


def started(bench):
    asked = [sent.fields for sent in bench.notifications if sent.name == "start_plugin"]
    return [(fields["host"], fields["name"]) for fields in asked]


def test_each_eye_gets_its_pipeline_in_order(bench):
    bench.start(EyeProcesses, eyes=[], source="File_Source", source_args={"source_path": "x"})

    bench.send("eye_process.should_start.1", eye_id=1)

    assert started(bench) == [
        ("eye1", "Eye"),
        ("eye1", "Frame_Publisher"),
        ("eye1", "Eye_Video"),
        ("eye1", "Detector_2D"),
        ("eye1", "Detector_3D"),
        ("eye1", "Eyelids"),
        ("eye1", "File_Source"),
    ]
    assert bench.notifications[-1].fields["args"] == {"source_path": "x"}


def test_both_eyes_start_with_the_service_unless_told_otherwise(bench):
    bench.start(EyeProcesses)

    assert {host for host, _ in started(bench)} == {"eye0", "eye1"}


def test_what_runs_already_is_left_alone(bench):
    bench.start(EyeProcesses, eyes=[0])

    assert {sent.fields["if_running"] for sent in bench.notifications} == {"keep"}


def test_the_eye_is_read_off_the_subject_where_the_field_is_missing(bench):
    bench.start(EyeProcesses, eyes=[])

    bench.send("eye_process.should_start.1")
    bench.send("eye_process.should_stop.0")

    assert {host for host, _ in started(bench)} == {"eye1"}
    assert bench.told("host.should_stop")["host"] == "eye0"


@pytest.mark.parametrize("eye", [2, -1, "0", None, True, [0], 0.5])
def test_an_eye_that_nobody_has_is_refused_with_a_word(bench, caplog, eye):
    bench.start(EyeProcesses, eyes=[])

    bench.send("eye_process.should_start", eye_id=eye)

    assert bench.notifications == []
    assert "eye_id must be 0 (right) or 1 (left)" in caplog.text


def test_a_configuration_with_a_third_eye_is_refused(bench):
    with pytest.raises(PluginError, match="only the eyes 0 and 1"):
        bench.start(EyeProcesses, eyes=[0, 2])


def arguments(bench, name):
    asked = [sent.fields for sent in bench.notifications if sent.name == "start_plugin"]
    return {fields["host"]: fields["args"] for fields in asked if fields["name"] == name}


def test_each_eyes_source_is_told_which_camera_is_its_own(bench):
    bench.start(
        EyeProcesses,
        source="UVC_Source",
        source_args={"frame_rate": 120.0},
        cameras={"eye0": "serial:0123", "eye1": "port:1-4.2"},
    )

    assert arguments(bench, "UVC_Source") == {
        "eye0": {"frame_rate": 120.0, "camera": "serial:0123"},
        "eye1": {"frame_rate": 120.0, "camera": "port:1-4.2"},
    }


def test_an_eye_without_a_camera_of_its_own_is_told_none(bench):
    bench.start(EyeProcesses, source="UVC_Source", cameras={"eye1": "name:left"})

    assert arguments(bench, "UVC_Source") == {"eye0": {}, "eye1": {"camera": "name:left"}}


def test_the_pipeline_is_told_how_each_eye_is_turned(bench):
    bench.start(EyeProcesses, orientation={"eye0": {"rotation": 180, "flip": "horizontal"}})

    assert arguments(bench, "Eye") == {
        "eye0": {"rotation": 180, "flip": "horizontal"},
        "eye1": {},
    }


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"cameras": {"left": "serial:1"}}, "only eye0 and eye1"),
        ({"cameras": {"eye0": "0123"}}, "cameras.eye0: '0123' is no camera"),
        ({"cameras": {"eye0": "port:1-1", "eye1": "port:1-1"}}, "a camera of its own"),
        ({"orientation": {"eye2": {}}}, "only eye0 and eye1"),
        ({"orientation": {"eye1": {"rotation": 45}}}, "one of 0, 90, 180, 270"),
        ({"orientation": {"eye1": {"rotation": True}}}, "orientation.eye1: rotation"),
        ({"orientation": {"eye1": {"flip": "both"}}}, "none, horizontal, vertical"),
        ({"orientation": {"eye1": {"turn": 90}}}, "'turn' is not one of"),
    ],
)
def test_a_role_map_that_cannot_be_meant_is_refused_with_its_place(bench, args, problem):
    with pytest.raises(PluginError, match=problem):
        bench.start(EyeProcesses, **args)


def test_which_camera_is_whose_is_told_on_request(bench):
    bench.start(EyeProcesses, source="UVC_Source", cameras={"eye0": "serial:0123"})

    bench.send("capture.should_report")

    roles = bench.told("capture.roles")
    assert (roles["source"], roles["cameras"]) == ("UVC_Source", {"eye0": "serial:0123"})


@pytest.mark.parametrize(("library", "source"), [(True, "UVC_Source"), (False, "Camera_Source")])
def test_the_usual_source_is_the_one_that_can_be_loaded(bench, monkeypatch, library, source):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object() if library else None)

    bench.start(EyeProcesses, source="auto")

    assert arguments(bench, source) == {"eye0": {}, "eye1": {}}
