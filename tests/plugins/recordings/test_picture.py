"""The picture shows what was recorded, where it was recorded."""

from __future__ import annotations

import numpy as np
import pytest
from recordings_made import drop, make_recording

import gazed
from gazed_plugins.recordings.axes import time_axis, value_axis
from gazed_plugins.recordings.gaps import gaps
from gazed_plugins.recordings.picture import drawn
from gazed_plugins.recordings.thinning import pieces, thinned
from gazed_plugins.recordings.timetable import extent, rows

RIGHT, LEFT, RED = (0, 94, 213), (178, 114, 0), (40, 40, 200)


def pixels(picture, color):
    """Return rows and columns of the pixels that have a colour."""
    return np.nonzero((picture == color).all(axis=2))


def test_both_eyes_are_drawn_in_their_colours(made):
    picture = drawn(gazed.open_recording(made.path))

    assert len(pixels(picture, RIGHT)[0]) > 100
    assert len(pixels(picture, LEFT)[0]) > 100


def test_an_eye_that_was_not_recorded_is_not_drawn(tmp_path):
    make_recording(tmp_path / "000", eyes=[1], codec=None, seconds=0.5)

    picture = drawn(gazed.open_recording(tmp_path / "000"))

    assert len(pixels(picture, RIGHT)[0]) == 0
    assert len(pixels(picture, LEFT)[0]) > 100


def test_a_gap_is_drawn_where_nothing_was_recorded(tmp_path):
    make_recording(tmp_path / "000", codec=None, seconds=4.0, rate=30.0, gap=(1.0, 3.0))

    picture = drawn(gazed.open_recording(tmp_path / "000"))

    _, columns = pixels(picture, RED)
    across = (np.array([columns.min(), columns.max()]) - 150) / 1260 * 4.0
    assert np.abs(across - [1.0, 3.0]).max() < 0.1


def test_the_time_table_has_events_and_gaps_of_every_stream(made):
    recording = gazed.open_recording(made.path)

    table = {row.name: row.spans for row in rows(recording, sum(extent(recording)))}

    assert [round(at, 2) for at in table["blinks"][0]] == [100.5, 100.66]
    assert table["annotations"] == [(100.0, 100.5)]
    assert [name for name in table if name.startswith("gaps")] == [
        "gaps: pupil 0",
        "gaps: pupil 1",
        "gaps: gaze",
        "gaps: video 0",
        "gaps: video 1",
    ]


def test_a_stream_that_ends_early_has_a_gap_until_the_end(tmp_path):
    made = make_recording(tmp_path / "000", codec=None, seconds=2.0, rate=30.0, gap=(1.0, 2.0))
    recording = gazed.open_recording(made.path)

    table = {row.name: row.spans for row in rows(recording, sum(extent(recording)))}

    (gap,) = table["gaps: gaze"]
    assert [round(at, 1) for at in gap] == [101.0, 102.0]


@pytest.mark.parametrize("key", ["pupil", "gaze", "blinks", "info.player.json"])
def test_what_is_missing_leaves_the_rest_of_the_picture(copy, key):
    drop(copy.path / (key if "." in key else f"{key}.pldata"))

    picture = drawn(gazed.open_recording(copy.path))

    assert picture.shape[1:] == (1440, 3)
    assert len(pixels(picture, RIGHT)[0]) > 0 or key == "pupil"


def test_long_recordings_are_thinned_to_medians_and_keep_their_pauses():
    times = np.concatenate([np.arange(0.0, 40.0, 0.01), np.arange(60.0, 100.0, 0.01)])
    values = np.where(np.arange(len(times)) % 10 == 0, 50.0, np.floor(times))

    points = thinned(times, values, 100.0, 100)
    parts = list(pieces(points))

    assert points.middle.tolist() == [*range(40), *range(60, 100)]
    assert [len(part) for part in parts] == [40, 40]


def test_pauses_much_longer_than_usual_are_gaps():
    times = np.array([0.0, 0.01, 0.02, 0.09, 0.1, 0.5, 0.51])

    assert gaps(times) == [(0.1, 0.5)]
    assert gaps(np.empty(0)) == []


def test_axes_have_round_marks_that_include_the_values():
    assert time_axis(12.0).axis.marks == tuple(range(13))
    assert (time_axis(3600.0).scale, time_axis(3600.0).axis.high) == (60.0, 60.0)
    axis = value_axis([np.array([2.9, 4.1, np.nan])])
    assert (axis.low, axis.high) == (2.8, 4.2)
    assert value_axis([]).marks[0] == 0.0
