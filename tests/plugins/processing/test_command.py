"""The command line of ``gazed process``."""

from __future__ import annotations

import json

import pytest
from simulated_recording import make_simulated_recording


def test_broken_recordings_are_named_at_the_end_and_the_others_are_done(
    short, tmp_path, gazed_process
):
    other = make_simulated_recording(tmp_path / "other", seconds=0.1)
    (other.path / "eye1.mp4").write_bytes(b"no video")
    (tmp_path / "empty").mkdir()

    done = gazed_process(
        short.path, tmp_path / "empty", tmp_path / "nowhere", other.path, "--plugin", "Detector_2D"
    )

    assert done.exit_code == 1
    assert str(tmp_path / "short-processed") in done.output
    assert f"{tmp_path / 'empty'}: is no recording" in done.output
    assert f"{tmp_path / 'nowhere'}: there is no such folder" in done.output
    assert "other: eye1: 10 of 10 pictures could not be read" in done.output
    facts = json.loads((tmp_path / "other-processed" / "processing.json").read_text())
    assert [facts["eyes"][eye]["frames"] for eye in ("eye0", "eye1")] == [10, 0]


def test_a_result_made_otherwise_is_not_overwritten_unasked(short, gazed_process, tmp_path):
    result = tmp_path / "short-processed"
    gazed_process(short.path, "--plugin", "Detector_2D", "--calibration", "none")
    before = (result / "processing.json").read_text()

    refused = gazed_process(short.path, "--plugin", "Detector_2D", "--compare")
    kept = (result / "processing.json").read_text()
    replaced = gazed_process(
        short.path, result, "--plugin", "Detector_2D", "--compare", "--replace"
    )

    assert refused.exit_code == 1
    assert "--replace" in refused.output
    assert kept == before
    assert replaced.exit_code == 0, replaced.output
    assert f"{result}: is a result itself and passed over" in replaced.output
    assert (result / "gaze.pldata").is_file()
    assert "gaze.2d.1." in replaced.output


def test_a_folder_that_is_no_result_is_never_replaced(short, gazed_process, tmp_path):
    mine = tmp_path / "short-processed"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")

    refused = gazed_process(short.path, "--replace")

    assert refused.exit_code == 1
    assert (mine / "thesis.txt").read_text() == "mine"


def test_plugins_come_from_a_configuration_file(short, gazed_process, tmp_path):
    config = tmp_path / "plan.toml"
    config.write_text(
        '[[start_plugin]]\nname = "Eye"\nargs = { flip = "horizontal" }\nhost = "eye0"\n'
        '[[start_plugin]]\nname = "Detector2DPlugin"\n'
    )

    done = gazed_process(short.path, "--config", config, "--compare")

    assert done.exit_code == 0, done.output
    (row,) = (line.split() for line in done.output.splitlines() if "pupil.0.2d" in line)
    assert float(row[-1]) > 5.0


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--plugin", "Detector_9D"], "no plugin named 'Detector_9D'"),
        (["--plugin", "File_Source"], "File_Source has no part in processing"),
        (["--plugin", "Pupil_Remote"], "Pupil_Remote has no part in processing"),
        (["--plugin", "Detector_2D={"], "must be a map"),
        (["--plugin", 'Detector_2D={"colour": 1}'], "there is no such argument"),
        (["--config", "nowhere.toml"], "nowhere.toml: cannot be read"),
        (["--calibration", "nowhere"], "nowhere: cannot be read"),
        (["--scheduler", "tcp://127.0.0.1:1"], "--scheduler is for --engine dask"),
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_done(
    short, gazed_process, tmp_path, arguments, reason
):
    refused = gazed_process(short.path, *arguments)

    assert refused.exit_code != 0
    assert reason in refused.output
    assert [path.name for path in tmp_path.iterdir()] == ["short"]
