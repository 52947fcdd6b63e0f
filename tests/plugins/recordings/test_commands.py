"""``gazed recordings`` and ``gazed export`` on the command line."""

from __future__ import annotations

import json
import shutil

import cv2
import pytest
from click.testing import CliRunner
from recordings_made import cut, make_recording

from gazed.cli import main


def run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def root(made, tmp_path):
    """A recordings folder: two sessions, something else, and a broken recording."""
    root = tmp_path / "recordings"
    shutil.copytree(made.path, root / "2026_11_22" / "000")
    make_recording(root / "2026_11_22" / "001", codec=None, seconds=0.5, manifest=False)
    make_recording(root / "pilot" / "anna" / "000", codec=None, seconds=0.5)
    (root / "pilot" / "anna" / "000" / "info.player.json").write_text("{")
    (root / "papers").mkdir()
    return root


def test_list_finds_the_recordings_below_a_folder(root):
    done = run("recordings", "list", root)

    assert done.exit_code == 0
    rows = [line.split()[0] for line in done.output.splitlines() if "pupil" not in line[:9]]
    assert [row for row in rows if "/" in row] == [
        "2026_11_22/000",
        "2026_11_22/001",
        "pilot/anna/000",
    ]


def test_list_as_json_has_the_facts(root):
    whole, _, broken = json.loads(run("recordings", "list", root, "--json").output)

    assert (whole["duration"], whole["state"], whole["eyes"]) == (1.5, "closed", [0, 1])
    assert whole["keys"] == ["annotation", "blinks", "fixations", "gaze", "notify", "pupil"]
    assert (broken["duration"], broken["name"]) == (None, "")


def test_list_of_nothing_says_so(root):
    assert "holds no recording" in run("recordings", "list", root / "papers").output
    assert "no such folder" in run("recordings", "list", root / "nowhere").output


def test_show_tells_counts_rates_and_problems(root):
    cut(root / "2026_11_22" / "000" / "gaze.pldata", -10)

    done = run("recordings", "show", root / "2026_11_22" / "000")

    assert done.exit_code == 0
    assert "started" in done.output
    assert "lasts 1.5 s" in done.output
    (line,) = [line for line in done.output.splitlines() if "pupil.0.3d" in line]
    assert line.split() == ["pupil.0.3d", "45", "100.010", "101.477", "30.0", "0.033"]
    assert "problem: gaze.pldata: ends in the middle of a record" in done.output


def test_show_as_json_is_json(root):
    told = json.loads(run("recordings", "show", root / "2026_11_22" / "000", "--json").output)

    streams = {stream["name"]: stream for stream in told["streams"]}
    assert streams["eye1 video"]["count"] == 45
    assert told["problems"] == []


def test_show_draws_a_picture(root, tmp_path):
    done = run("recordings", "show", root / "2026_11_22" / "000", "--picture", tmp_path / "a.png")

    assert done.exit_code == 0
    assert cv2.imread(str(tmp_path / "a.png")).shape[1] == 1440


def test_verify_ends_with_1_when_one_of_several_is_not_whole(root):
    whole, broken = root / "2026_11_22" / "000", root / "pilot" / "anna" / "000"

    assert run("recordings", "verify", whole).exit_code == 0
    done = run("recordings", "verify", whole, broken, root / "papers")

    assert done.exit_code == 1
    assert f"{whole}: whole" in done.output
    assert "problem: info.player.json: cannot be read" in done.output
    assert "is no recording" in done.output


def test_export_writes_into_the_recordings_numbered_exports(root):
    path = root / "2026_11_22" / "000"

    for number in ("000", "001"):
        done = run("export", path)
        assert done.exit_code == 0, done.output
        assert (path / "exports" / number / "pupil_positions.csv").is_file()
    assert run("recordings", "verify", path).exit_code == 0


def test_export_of_several_recordings_makes_a_folder_for_each(root, tmp_path):
    paths = [root / "2026_11_22" / "000", root / "2026_11_22" / "001"]

    done = run("export", *paths, "--format", "parquet", "--output", tmp_path / "out")

    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "2026_11_22_000",
        "2026_11_22_001",
    ]


def test_export_of_several_recordings_makes_one_dataset(root, tmp_path):
    paths = [root / "2026_11_22" / "000", root / "2026_11_22" / "001"]

    refused = run("export", *paths, "--format", "bids")
    done = run("export", *paths, "--format", "bids", "--output", tmp_path / "d", "--subject", "x1")

    assert "give it as --output" in refused.output
    assert done.exit_code == 0, done.output
    runs = {path.name.split("_")[2] for path in tmp_path.glob("d/sub-x1/beh/*")}
    assert runs == {"run-1", "run-2"}


def test_export_of_a_damaged_recording_exports_what_is_intact_and_says_so(root):
    path = root / "2026_11_22" / "000"
    cut(path / "pupil.pldata", -10)

    done = run("export", path)

    assert done.exit_code == 0
    assert "pupil_positions.csv: 179 rows" in done.output
    assert "pupil.pldata: ends in the middle of a record" in done.output


def test_export_of_no_recording_is_an_error_with_a_sentence(tmp_path):
    done = run("export", tmp_path)

    assert done.exit_code == 1
    assert "is no recording" in done.output
