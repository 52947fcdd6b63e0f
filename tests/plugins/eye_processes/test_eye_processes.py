"""Eyes are started and stopped as clients ask, and never behind a client's back."""

from __future__ import annotations

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
        ("eye1", "Detector_2D"),
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
