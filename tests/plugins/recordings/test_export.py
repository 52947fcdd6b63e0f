"""Exports hold what the recording holds, and never replace anything."""

from __future__ import annotations

import csv
import sys
import tracemalloc

import pyarrow.parquet as pq
import pytest
from recordings_made import make_recording

import gazed
from gazed_plugins.recordings.arrays import MissingPackageError
from gazed_plugins.recordings.export import (
    ExportError,
    export_bids,
    export_csv,
    export_parquet,
    next_export,
)
from gazed_plugins.recordings.picture import png
from gazed_plugins.recordings.summary import described
from gazed_plugins.recordings.verify import verified

PLAYERS_FILES = {
    "annotations.csv",
    "blinks.csv",
    "export_info.csv",
    "fixations.csv",
    "gaze_positions.csv",
    "pupil_positions.csv",
}


def read_csv(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def exported(made, tmp_path):
    return dict(export_csv(gazed.open_recording(made.path), tmp_path / "out"))


def test_csv_files_have_the_names_of_pupil_players(exported):
    assert {path.name for path in exported} == PLAYERS_FILES | {"notify.csv"}


def test_floats_in_csv_are_exact(made, tmp_path, exported):
    rows = read_csv(tmp_path / "out" / "pupil_positions.csv")

    times = [fields["timestamp"] for _, fields in made.records["pupil"]]
    assert [float(row["pupil_timestamp"]) for row in rows] == times
    assert rows[0]["diameter_3d"] == ""
    assert float(rows[1]["diameter_3d"]) == made.records["pupil"][1][1]["diameter_3d"]


def test_each_file_is_reported_with_its_number_of_rows(exported):
    assert {path.name: rows for path, rows in exported.items()} == {
        "annotations.csv": 1,
        "blinks.csv": 1,
        "export_info.csv": 7,
        "fixations.csv": 1,
        "gaze_positions.csv": 45,
        "notify.csv": 1,
        "pupil_positions.csv": 180,
    }


def test_annotations_keep_their_own_fields_as_text(tmp_path, exported):
    (row,) = read_csv(tmp_path / "out" / "annotations.csv")

    assert (row["label"], row["zone"], row["correct"]) == ("trial 0", "left, far", "True")


def test_export_info_says_what_was_exported(tmp_path, exported):
    rows = read_csv(tmp_path / "out" / "export_info.csv")

    told = {row["key"]: row["value"] for row in rows}
    assert told["Data Format Version"] == "2.3"
    assert told["Absolute Time Range"] == "100.0 - 101.5"
    assert told["Relative Time Range"] == "00:00.000 - 00:01.500"


def test_parquet_holds_the_same_values_as_csv(made, tmp_path, exported):
    files = dict(export_parquet(gazed.open_recording(made.path), tmp_path / "parquet"))

    for path, rows in files.items():
        table = pq.read_table(path).to_pylist()
        texts = read_csv(tmp_path / "out" / f"{path.stem}.csv")
        assert len(table) == rows == len(texts)
        assert [
            {name: "" if value is None else str(value) for name, value in row.items()}
            for row in table
        ] == texts


def test_parquet_says_where_it_comes_from(made, tmp_path):
    files = dict(export_parquet(gazed.open_recording(made.path), tmp_path / "parquet"))

    about = pq.read_schema(next(iter(files))).metadata
    assert about[b"recording_uuid"].decode() == gazed.open_recording(made.path).info.uuid


@pytest.mark.parametrize("package", ["pandas", "pyarrow"])
def test_without_the_packages_the_error_says_how_to_get_them(made, tmp_path, monkeypatch, package):
    monkeypatch.setitem(sys.modules, package, None)
    recording = gazed.open_recording(made.path)

    with pytest.raises(MissingPackageError, match=rf"needs {package}; .*gazed\[export\]"):
        recording.pupil.frame() if package == "pandas" else list(
            export_parquet(recording, tmp_path / "out")
        )


def test_csv_needs_neither_package(made, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert len(dict(export_csv(gazed.open_recording(made.path), tmp_path / "out"))) == 7


def test_a_file_that_is_there_is_never_replaced(made, tmp_path):
    (tmp_path / "blinks.csv").write_text("mine")

    with pytest.raises(ExportError, match="is there already"):
        list(export_csv(gazed.open_recording(made.path), tmp_path))
    assert (tmp_path / "blinks.csv").read_text() == "mine"


def test_an_export_that_breaks_off_leaves_no_half_file(made, tmp_path, monkeypatch):
    monkeypatch.setattr("csv.writer", Broken)

    with pytest.raises(ExportError, match="No space left"):
        list(export_csv(gazed.open_recording(made.path), tmp_path / "out"))
    assert list((tmp_path / "out").iterdir()) == []


class Broken:
    """A writer on a full disk."""

    def __init__(self, file):
        self._file = file

    def writerow(self, row):
        self._file.write("half a ")
        raise OSError(28, "No space left on device")


FOREIGN = [
    {},
    {"timestamp": None, "norm_pos": None, "confidence": "high", "id": [0], "base_data": 3},
    {"timestamp": "soon", "norm_pos": ["a", {}], "ellipse": 5, "type": "onset", "duration": "x"},
    {"timestamp": 2**63, "confidence": 2**64 - 1, "id": 2**63, "base_data": [[1], 2, {"id": None}]},
    {"timestamp": float("nan"), "confidence": float("inf"), "label": ["a\tb\n"], "type": "offset"},
]


@pytest.mark.parametrize("fields", FOREIGN)
def test_data_of_foreign_shapes_stop_no_export_and_no_picture(copy, tmp_path, fields):
    for key in copy.records:
        topic = {"pupil": "pupil.0.3d", "gaze": "gaze.3d.01."}.get(key, key)
        copy.rewrite(key, [(topic, fields), *copy.records[key][:3], (topic, fields)])
    recording = gazed.open_recording(copy.path)

    for number, write in enumerate((export_csv, export_parquet, export_bids)):
        assert dict(write(recording, tmp_path / str(number)))
    assert png(recording)
    assert len(recording.pupil.frame()) == 5
    assert described(recording)["streams"]
    assert verified(recording).problems


def test_exports_of_a_recording_are_numbered(copy):
    assert next_export(copy.path) == copy.path / "exports" / "000"
    (copy.path / "exports" / "000").mkdir(parents=True)
    assert next_export(copy.path) == copy.path / "exports" / "001"


def test_memory_does_not_grow_with_the_recording(tmp_path):
    """Ten times the data take as much, apart from the index: 16 bytes and a time each."""
    peaks, counts = [], []
    for seconds in (3.0, 30.0):
        make_recording(tmp_path / str(seconds), seconds=seconds, rate=20.0, codec=None)
        tracemalloc.start()
        recording = gazed.open_recording(tmp_path / str(seconds))
        list(export_csv(recording, tmp_path / f"out{seconds}"))
        peaks.append(tracemalloc.get_traced_memory()[1])
        counts.append(len(recording.pupil) + len(recording.gaze))
        tracemalloc.stop()

    assert peaks[1] - peaks[0] < 200 * (counts[1] - counts[0]) + 4_000_000
