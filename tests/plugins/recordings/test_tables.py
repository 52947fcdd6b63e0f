"""Tables have the columns of Pupil Player's exports, and the values that were recorded."""

from __future__ import annotations

import numpy as np
import pytest
from recordings_made import make_recording

import gazed
from gazed_plugins.recordings.events import blinks, fixations
from gazed_plugins.recordings.table import table_of
from gazed_plugins.recordings.world import nearest

PUPIL = [
    "pupil_timestamp",
    "world_index",
    "eye_id",
    "confidence",
    "norm_pos_x",
    "norm_pos_y",
    "diameter",
    "method",
    "ellipse_center_x",
    "ellipse_center_y",
    "ellipse_axis_a",
    "ellipse_axis_b",
    "ellipse_angle",
    "diameter_3d",
    "model_confidence",
    "model_id",
    "sphere_center_x",
    "sphere_center_y",
    "sphere_center_z",
    "sphere_radius",
    "circle_3d_center_x",
    "circle_3d_center_y",
    "circle_3d_center_z",
    "circle_3d_normal_x",
    "circle_3d_normal_y",
    "circle_3d_normal_z",
    "circle_3d_radius",
    "theta",
    "phi",
    "projected_sphere_center_x",
    "projected_sphere_center_y",
    "projected_sphere_axis_a",
    "projected_sphere_axis_b",
    "projected_sphere_angle",
]
GAZE = [
    "gaze_timestamp",
    "world_index",
    "confidence",
    "norm_pos_x",
    "norm_pos_y",
    "base_data",
    "gaze_point_3d_x",
    "gaze_point_3d_y",
    "gaze_point_3d_z",
    "eye_center0_3d_x",
    "eye_center0_3d_y",
    "eye_center0_3d_z",
    "gaze_normal0_x",
    "gaze_normal0_y",
    "gaze_normal0_z",
    "eye_center1_3d_x",
    "eye_center1_3d_y",
    "eye_center1_3d_z",
    "gaze_normal1_x",
    "gaze_normal1_y",
    "gaze_normal1_z",
]
BLINKS = [
    "id",
    "start_timestamp",
    "duration",
    "end_timestamp",
    "start_frame_index",
    "index",
    "end_frame_index",
    "confidence",
    "filter_response",
    "base_data",
]
FIXATIONS = [
    "id",
    "start_timestamp",
    "duration",
    "start_frame_index",
    "end_frame_index",
    "norm_pos_x",
    "norm_pos_y",
    "dispersion",
    "confidence",
    "method",
    "gaze_point_3d_x",
    "gaze_point_3d_y",
    "gaze_point_3d_z",
    "base_data",
]
ANNOTATION = [
    "index",
    "timestamp",
    "label",
    "duration",
    "correct",
    "topic",
    "zone",
]


def rows_of(recording, key):
    table = table_of(recording.data(key))
    return [dict(zip(table.kinds, row, strict=True)) for row in table.rows()]


@pytest.mark.parametrize(
    ("key", "name", "columns"),
    [
        ("pupil", "pupil_positions", PUPIL),
        ("gaze", "gaze_positions", GAZE),
        ("blinks", "blinks", BLINKS),
        ("fixations", "fixations", FIXATIONS),
        ("annotation", "annotations", ANNOTATION),
    ],
)
def test_names_are_those_of_pupil_player(made, key, name, columns):
    table = table_of(gazed.open_recording(made.path).data(key))

    assert (table.name, list(table.kinds)) == (name, columns)


def test_a_3d_pupil_datum_fills_every_column(made):
    row = rows_of(gazed.open_recording(made.path), "pupil")[1]
    _, datum = made.records["pupil"][1]

    assert None not in row.values()
    assert (row["pupil_timestamp"], row["eye_id"]) == (datum["timestamp"], 0)
    assert (row["ellipse_axis_a"], row["ellipse_axis_b"]) == tuple(datum["ellipse"]["axes"])
    assert row["circle_3d_normal_z"] == -1.0
    assert row["diameter_3d"] == datum["diameter_3d"]
    assert row["projected_sphere_axis_b"] == 168.0


def test_a_2d_pupil_datum_leaves_the_3d_columns_empty(made):
    row = rows_of(gazed.open_recording(made.path), "pupil")[0]

    assert {name for name, value in row.items() if value is None} == set(PUPIL[13:])


def test_gaze_has_the_vectors_of_both_eyes_and_what_it_was_made_from(made):
    row = rows_of(gazed.open_recording(made.path), "gaze")[0]
    base = made.records["gaze"][0][1]["base_data"]

    assert row["base_data"] == f"{base[0]['timestamp']}-0 {base[1]['timestamp']}-1"
    assert [row[f"eye_center1_3d_{axis}"] for axis in "xyz"] == [-30.0, 1.0, -20.0]
    assert [row[f"gaze_normal0_{axis}"] for axis in "xyz"] == [0.0, 0.0, 1.0]


@pytest.mark.parametrize("eye", [0, 1])
def test_gaze_of_one_eye_is_in_the_columns_of_that_eye(tmp_path, eye):
    make_recording(tmp_path / "000", eyes=[eye], codec=None, seconds=0.2)

    row = rows_of(gazed.open_recording(tmp_path / "000"), "gaze")[0]

    assert row[f"eye_center{eye}_3d_x"] == 30.0
    assert row[f"eye_center{1 - eye}_3d_x"] is None


def test_world_index_follows_pupil_players_timeline_without_a_world_video(made):
    rows = rows_of(gazed.open_recording(made.path), "pupil")

    expected = [round((row["pupil_timestamp"] - 100.0) * 30.0) for row in rows]
    assert [row["world_index"] for row in rows] == expected


def test_world_index_is_the_nearest_frame_of_a_world_video(copy):
    np.save(copy.path / "world_timestamps.npy", np.array([100.0, 100.4, 101.4]))
    (copy.path / "world.mp4").touch()

    rows = rows_of(gazed.open_recording(copy.path), "pupil")

    for row in rows:
        distances = np.abs(np.array([100.0, 100.4, 101.4]) - row["pupil_timestamp"])
        assert row["world_index"] == int(distances.argmin())


def test_without_any_world_time_there_is_no_index():
    assert nearest(np.array([1.0, 2.0]), np.empty(0)).tolist() == [-1, -1]
    assert nearest(np.array([1.0, 2.0]), np.array([5.0])).tolist() == [0, 0]


def test_a_frame_holds_the_rows_of_the_table(made):
    recording = gazed.open_recording(made.path)

    frame = recording.pupil.frame()

    assert list(frame.columns) == PUPIL
    assert len(frame) == 180
    assert frame["diameter_3d"].isna().sum() == 90
    assert frame["eye_id"].dtype == np.int64
    assert frame["pupil_timestamp"].tolist() == recording.pupil.timestamps.tolist()


def test_frames_of_other_keys_hold_topic_and_fields(made):
    frame = gazed.open_recording(made.path).notifications.frame()

    assert list(frame.columns) == ["timestamp", "topic", "data"]
    assert '"gazer_class_name": "GazerHMD3D"' in frame["data"][0]


def test_an_empty_key_gives_an_empty_frame(made):
    frame = gazed.open_recording(made.path).data("pupil", "pupil.7").frame()

    assert (len(frame), list(frame.columns)) == (0, PUPIL)


def test_values_of_a_wrong_kind_are_missing_not_wrong(copy):
    fields = {"topic": "pupil.0.2d", "timestamp": 1.0, "id": "right", "norm_pos": ["a", 0.5]}
    copy.rewrite("pupil", [("pupil.0.2d", fields)])

    frame = gazed.open_recording(copy.path).pupil.frame()

    assert frame["eye_id"].isna().all()
    assert frame["norm_pos_x"].isna().all()
    assert frame["norm_pos_y"].tolist() == [0.5]


def messages(*pairs):
    return [{"type": kind, "timestamp": at, "confidence": 0.5} for kind, at in pairs]


def test_runs_of_onsets_and_offsets_are_one_blink():
    data = messages(("onset", 1.0), ("onset", 1.01), ("offset", 1.2), ("offset", 1.3))

    (blink,) = blinks(data)

    assert (blink.start, blink.end, blink.confidence) == (1.0, 1.3, 0.5)
    assert blink.responses == (0.5, 0.5, -0.5, -0.5)


def test_eyes_that_stay_closed_make_one_long_blink():
    (blink,) = blinks(messages(("onset", 1.0), ("onset", 1.05), ("offset", 9.0)))

    assert (blink.start, blink.end) == (1.0, 9.0)


@pytest.mark.parametrize(
    "pairs",
    [
        [("onset", 1.0)],
        [("offset", 1.0)],
        [("offset", 1.0), ("onset", 2.0)],
        [("onset", 1.0), ("offset", None)],
    ],
)
def test_half_a_blink_is_none(pairs):
    assert list(blinks(messages(*pairs))) == []


def test_an_onset_without_an_offset_does_not_lengthen_the_next_blink():
    found = list(blinks(messages(("onset", 1.0), ("onset", 5.0), ("offset", 5.2))))

    assert [(blink.start, blink.end) for blink in found] == [(5.0, 5.2)]


def test_updates_of_a_fixation_are_one_fixation(made):
    found = list(fixations(fields for _, fields in made.records["fixations"]))

    assert [fixation.id for fixation in found] == [0]
    assert [round(fixation.end - fixation.start, 6) for fixation in found] == [0.52]


def test_an_id_that_comes_again_later_is_another_fixation():
    data = [{"id": 0, "timestamp": at, "duration": 300.0} for at in (1.0, 1.1, 8.0)]

    assert [fixation.start for fixation in fixations(data)] == [1.0, 8.0]
