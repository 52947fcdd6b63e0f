"""``gazed detect``: one row a frame, in the conventions of the labelled sets."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from gazed import Ellipse
from gazed_plugins.detector_2d.command import COLUMNS, angle_of_major_axis, detect

EYES = Path(__file__).parents[4] / "shared" / "eyes"


def eye(center=(100.0, 80.0), axes=(40.0, 60.0), angle=30.0, size=(200, 160)):
    """Draw a dark pupil; ``axes`` are full lengths, ``angle`` turns the first from +x."""
    picture = np.full((size[1] * 4, size[0] * 4), 130, np.uint8)
    scaled = tuple(4 * value + 1.5 for value in center)
    cv2.ellipse(picture, (scaled, tuple(4 * axis for axis in axes), angle), 30, -1)
    return cv2.GaussianBlur(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), (5, 5), 0)


def run(*arguments):
    return CliRunner().invoke(detect, [str(argument) for argument in arguments])


def rows_of(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_picture_gives_one_row_with_the_ellipse(tmp_path):
    cv2.imwrite(str(tmp_path / "eye.png"), eye())

    done = run(tmp_path / "eye.png", "--csv", tmp_path / "out.csv")

    assert done.exit_code == 0, done.output
    (row,) = rows_of(tmp_path / "out.csv")
    assert tuple(row) == COLUMNS
    assert row["file"] == str(tmp_path / "eye.png")
    assert (row["frame"], row["timestamp"]) == ("0", "")
    assert math.isclose(float(row["cx"]), 100, abs_tol=0.3)
    assert math.isclose(float(row["cy"]), 80, abs_tol=0.3)
    assert math.isclose(float(row["major"]), 60, abs_tol=1.5)
    assert math.isclose(float(row["minor"]), 40, abs_tol=1.5)
    assert math.isclose(float(row["angle_deg"]), 120, abs_tol=2)
    assert float(row["diameter_px"]) == float(row["major"])


def test_a_folder_stands_for_its_pictures_in_order(tmp_path):
    for name in ("b.png", "a.png"):
        cv2.imwrite(str(tmp_path / name), eye())
    (tmp_path / "notes.txt").write_text("not a picture")

    run(tmp_path, "--csv", tmp_path / "out.csv")

    assert [Path(row["file"]).name for row in rows_of(tmp_path / "out.csv")] == ["a.png", "b.png"]


def test_standard_output_gets_the_rows_and_nothing_else(tmp_path):
    cv2.imwrite(str(tmp_path / "eye.png"), eye())

    done = run(tmp_path / "eye.png", "--csv", "-")

    assert done.stdout.splitlines()[0] == ",".join(COLUMNS)
    assert len(done.stdout.splitlines()) == 2


def test_what_cannot_be_read_is_named_and_the_others_go_on(tmp_path):
    cv2.imwrite(str(tmp_path / "eye.png"), eye())
    (tmp_path / "broken.mp4").write_text("no video")

    done = run(
        tmp_path / "broken.mp4",
        tmp_path / "nowhere.avi",
        tmp_path / "eye.png",
        "--csv",
        tmp_path / "out.csv",
    )

    assert done.exit_code == 1
    assert "broken.mp4" in done.stderr
    assert "nowhere.avi" in done.stderr
    assert len(rows_of(tmp_path / "out.csv")) == 1


def test_an_output_that_cannot_be_written_is_a_sentence(tmp_path):
    done = run(tmp_path, "--csv", tmp_path / "missing" / "out.csv")

    assert done.exit_code == 1
    assert "cannot be written" in done.stderr


def test_without_the_compiled_kernel_it_says_so_beside_the_rows(tmp_path, monkeypatch):
    monkeypatch.setattr("gazed_plugins.detector_2d.command.why_slow", lambda: "it is not there")
    cv2.imwrite(str(tmp_path / "eye.png"), eye())

    done = run(tmp_path / "eye.png", "--csv", "-")

    assert "it is not there" in done.stderr
    assert len(done.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("axes", "angle", "major"),
    [((4.0, 6.0), 0.0, 90.0), ((4.0, 6.0), 90.0, 0.0), ((4.0, 6.0), -30.0, 60.0)],
)
def test_the_angle_is_the_long_axis_from_x_towards_y(axes, angle, major):
    assert math.isclose(angle_of_major_axis(Ellipse((0.0, 0.0), axes, angle)), major)


@pytest.mark.skipif(not EYES.exists(), reason="the eye pictures in ../shared/eyes are not here")
@pytest.mark.parametrize("clip", ["eyeloop/clip.mp4", "pupilext_1/clip.gif"])
def test_real_videos_give_the_measured_ellipses(tmp_path, clip):
    path = EYES / clip

    done = run(path, "--csv", tmp_path / "out.csv")

    assert done.exit_code == 0, done.output
    found = {row["frame"]: row for row in rows_of(tmp_path / "out.csv")}
    labels = [row for row in rows_of(path.parent / "gt.csv") if row["pupil_visible"] == "1"]
    near = [off(found[row["frame"]], row) < 5 for row in labels]
    alike = [
        abs(float(found[row["frame"]]["major"]) / float(row["major"]) - 1) < 0.15 for row in labels
    ]
    assert sum(near) >= 0.95 * len(labels)
    assert sum(alike) >= 0.95 * len(labels)


def off(row, label):
    return math.dist((float(row["cx"]), float(row["cy"])), (float(label["cx"]), float(label["cy"])))
