"""A BIDS export is one, as the standard's own validator sees it."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
from recordings_made import make_recording

import gazed
from gazed_plugins.recordings.export import ExportError, Labels, export_bids

VALIDATOR = Path(sysconfig.get_path("scripts")) / "bids-validator-deno"


def validated(dataset):
    """Return code and place of every error that the validator finds."""
    command = [shutil.which("bids-validator-deno") or VALIDATOR, dataset, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    issues = json.loads(done.stdout)["issues"]["issues"]
    return [(issue["code"], issue["location"]) for issue in issues if issue["severity"] == "error"]


def lines(path):
    return [line.split("\t") for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


@pytest.fixture
def dataset(made, tmp_path):
    """A dataset of three recordings: two runs of one subject, and one eye of another."""
    one_eye = make_recording(tmp_path / "001", eyes=[1], codec=None, seconds=0.5)
    folder = tmp_path / "dataset"
    for recording, labels in (
        (made, Labels()),
        (made, Labels()),
        (one_eye, Labels(subject="p2", session="a", task="reading")),
    ):
        list(export_bids(gazed.open_recording(recording.path), folder, labels))
    return folder


def test_the_validator_finds_no_error_but_the_one_put_there(dataset):
    sidecar = next(dataset.glob("sub-01/beh/*run-2_recording-eye1_physio.json"))
    fields = json.loads(sidecar.read_text())
    del fields["RecordedEye"]
    sidecar.write_text(json.dumps(fields))

    assert validated(dataset) == [
        (
            "SIDECAR_KEY_REQUIRED",
            "/sub-01/beh/sub-01_task-eyetracking_run-2_recording-eye1_physio.tsv.gz",
        )
    ]


def test_each_eye_has_a_file_and_gaze_of_both_another(dataset):
    names = sorted(path.name for path in dataset.glob("sub-01/beh/*run-2*.gz"))

    assert names == [
        "sub-01_task-eyetracking_run-2_recording-eye1_physio.tsv.gz",
        "sub-01_task-eyetracking_run-2_recording-eye2_physio.tsv.gz",
        "sub-01_task-eyetracking_run-2_recording-eye3_physio.tsv.gz",
        "sub-01_task-eyetracking_run-2_recording-eye3_physioevents.tsv.gz",
    ]


@pytest.mark.parametrize(("label", "eye"), [("eye1", "right"), ("eye2", "left")])
def test_a_file_says_which_eye_it_is(dataset, label, eye):
    sidecar = next(dataset.glob(f"sub-01/beh/*run-1_recording-{label}_physio.json"))

    fields = json.loads(sidecar.read_text())

    assert (fields["RecordedEye"], fields["PhysioType"]) == (eye, "eyetrack")
    assert fields["SamplingFrequency"] == 30.0
    assert "diameter" in fields["pupil_size"]["Description"]
    assert fields["pupil_size"]["Units"] == "mm"


def test_rows_are_the_recorded_data_in_the_order_of_the_columns(made, dataset):
    path = next(dataset.glob("sub-01/beh/*run-1_recording-eye1_physio.tsv.gz"))
    data = [fields for topic, fields in made.records["pupil"] if topic == "pupil.0.3d"]

    assert [tuple(map(float, line)) for line in lines(path)] == [
        (f["timestamp"], *f["norm_pos"], f["diameter_3d"], f["confidence"]) for f in data
    ]


def test_where_there_was_no_pupil_values_are_not_available(copy, tmp_path):
    records = [
        (topic, {**fields, "confidence": 0.0} if topic == "pupil.1.3d" else fields)
        for topic, fields in copy.records["pupil"]
    ]
    copy.rewrite("pupil", records)

    files = dict(export_bids(gazed.open_recording(copy.path), tmp_path / "dataset"))

    (path,) = [path for path in files if "eye2" in path.name]
    assert {tuple(line[1:]) for line in lines(path)} == {("n/a", "n/a", "n/a", "0.0")}


def test_gaze_of_one_eye_is_not_called_that_of_both(dataset):
    sidecar = next(dataset.glob("sub-p2/ses-a/beh/*_recording-gaze2_physio.json"))

    assert json.loads(sidecar.read_text())["RecordedEye"] == "left"
    assert not list(dataset.glob("sub-p2/ses-a/beh/*eye3*physio.json"))


def test_blinks_and_fixations_are_events_on_the_clock_of_the_file(dataset):
    path = next(dataset.glob("sub-01/beh/*run-1_*physioevents.tsv.gz"))

    events = [(round(float(onset), 2), kind) for onset, _, kind in lines(path)]

    assert events == [(100.0, "fixation"), (100.5, "blink")]


def test_annotations_are_events_from_the_start_of_the_recording(dataset):
    path = next(dataset.glob("sub-01/beh/*run-1_events.tsv"))

    assert path.read_text().splitlines() == [
        "onset\tduration\ttrial_type\tcorrect\tzone",
        "0.0\t0.5\ttrial 0\tTrue\tleft, far",
    ]


def test_the_same_recording_gives_the_same_bytes(dataset):
    for first in dataset.glob("sub-01/beh/*run-1*"):
        second = first.with_name(first.name.replace("run-1", "run-2"))
        assert first.read_bytes() == second.read_bytes()


def test_participants_are_listed_once(dataset):
    assert (dataset / "participants.tsv").read_text() == "participant_id\nsub-01\nsub-p2\n"


def test_a_dataset_that_is_there_keeps_its_own_description(made, tmp_path):
    (tmp_path / "dataset_description.json").write_text("{}")
    (tmp_path / "participants.tsv").write_text("participant_id\tage\nsub-07\t30\n")

    list(export_bids(gazed.open_recording(made.path), tmp_path))

    assert (tmp_path / "dataset_description.json").read_text() == "{}"
    assert (tmp_path / "participants.tsv").read_text().endswith("sub-07\t30\nsub-01\tn/a\n")


@pytest.mark.parametrize("labels", [Labels(subject="a-b"), Labels(task=""), Labels(session="1 2")])
def test_labels_that_are_none_of_bids_are_refused(made, tmp_path, labels):
    with pytest.raises(ExportError, match="use letters and digits only"):
        list(export_bids(gazed.open_recording(made.path), tmp_path / "x", labels))


def test_a_recording_without_eyes_is_refused(copy, tmp_path):
    for key in ("pupil", "gaze"):
        (copy.path / f"{key}.pldata").unlink()

    with pytest.raises(ExportError, match="neither pupil data nor gaze"):
        list(export_bids(gazed.open_recording(copy.path), tmp_path / "x"))
    assert not (tmp_path / "x").exists()
