"""What ``gazed process`` makes of a recording."""

from __future__ import annotations

import json

import numpy as np
import pytest
from simulated_recording import UUID, checksums, write_data

from gazed import pack
from gazed_plugins.processing import ProcessingError, compared, job_for, planned, process
from gazed_plugins.processing.calibration import read_calibration
from gazed_plugins.recorder.manifest import Manifest
from gazed_plugins.recordings import open_recording


def test_the_same_recording_gives_the_same_bytes(recorded, processed, compute, tmp_path):
    before = checksums(recorded.path)

    again = compute(recorded.path, tmp_path / "elsewhere")

    assert checksums(again.path) == checksums(processed.path)
    assert checksums(recorded.path) == before


def test_the_result_is_a_recording_without_problems(recorded, processed):
    source = open_recording(recorded.path)

    assert processed.problems == []
    assert processed.info.uuid not in ("", UUID)
    assert processed.info.start_time_synced == source.info.start_time_synced
    assert processed.info.duration == source.info.duration


def test_every_frame_has_data_in_the_order_of_time(recorded, processed):
    frames = [frame.timestamp for eye in (0, 1) for frame in recorded.frames[eye]]
    for tag in ("2d", "3d"):
        times = [fields["timestamp"] for topic, fields in processed.pupil if topic.endswith(tag)]
        assert times == sorted(frames)


def test_pupils_are_where_they_were_drawn(recorded, processed):
    found = {
        (fields["id"], fields["timestamp"]): fields["ellipse"]["center"]
        for topic, fields in processed.pupil
        if topic.endswith("2d") and fields["confidence"] > 0.9
    }
    truth = {
        (fields["id"], fields["timestamp"]): fields["ellipse"]["center"]
        for _, fields in recorded.data["pupil"]
        if fields["confidence"] > 0.9
    }
    apart = [np.hypot(*np.subtract(found[key], truth[key])) for key in found.keys() & truth.keys()]

    assert len(apart) > 0.9 * len(truth)
    assert np.median(apart) < 0.5


def test_what_others_recorded_is_copied_and_what_comes_from_the_eyes_is_new(recorded, processed):
    assert list(processed.annotations) == recorded.data["annotation"]
    subjects = [fields["subject"] for _, fields in processed.notifications]
    assert subjects == [fields["subject"] for _, fields in recorded.data["notify"]]
    assert (
        processed.gaze.column("base_data")[0][0]["ellipse"]
        != (recorded.data["gaze"][0][1]["base_data"][0]["ellipse"])
    )


def test_it_says_what_it_was_made_from(processed):
    facts = json.loads((processed.path / "processing.json").read_text())

    assert facts["source"] == {"name": "000", "uuid": UUID}
    names = [start["name"] for start in facts["plan"]["starts"]]
    assert names == ["Detector_2D", "Detector_3D", "Eyelids", "Blink_Detection"]
    assert facts["mappers"] == ["Gaze_Mapper_HMD_2D"]
    assert facts["versions"]["gazed"]
    assert facts["eyes"]["eye0"]["frames"] == 100
    assert facts["counts"]["pupil"] == len(processed.pupil) == 400


def test_its_manifest_counts_what_is_there(processed):
    manifest = Manifest.read(processed.path)

    assert manifest.state == "closed"
    assert manifest.files["pupil.pldata"].records == len(processed.pupil)
    assert manifest.files["gaze.pldata"].bytes == (processed.path / "gaze.pldata").stat().st_size


def test_the_comparison_finds_what_differs(recorded, processed):
    comparison = compared(open_recording(recorded.path), processed)

    rows = {row.topic: row for row in comparison.pupil}
    assert rows["pupil.0.2d"].recorded == rows["pupil.0.2d"].processed == 100
    assert rows["pupil.0.2d"].processed_found > 0.9
    assert 0.0 < rows["pupil.0.2d"].apart_px < 0.5
    assert (rows["pupil.1.3d"].recorded, rows["pupil.1.3d"].processed) == (0, 100)
    gaze = {row.topic: row for row in comparison.gaze}
    assert 0.0 < gaze["gaze.2d.1."].apart_viewport < 0.005


def test_a_recording_does_not_differ_from_itself(processed):
    comparison = compared(processed, processed)

    assert {row.apart_px for row in comparison.pupil} == {0.0}
    assert {row.apart_viewport for row in comparison.gaze} == {0.0}


def test_gaze_begins_when_the_wearer_was_calibrated(short, compute, tmp_path):
    replace_notifications(short, [result_at(100.1, 0.25)])

    gaze = list(compute(short.path, tmp_path / "result", "Detector_2D").gaze)

    assert gaze[0][1]["timestamp"] >= 100.1
    assert {fields["norm_pos"][0] for _, fields in gaze} == {0.25}


def test_gaze_in_space_is_computed_and_compared_in_degrees(short, compute, tmp_path):
    left, right = (np.diag([-1.0, 1.0, -1.0, 1.0]) for _ in (0, 1))
    left[0, 3], right[0, 3] = -32.0, 32.0
    turned = right.copy()
    turned[:3, :3] = right[:3, :3] @ turn_about_y(np.radians(4.0))
    results = [
        compute(
            short.path,
            tmp_path / name,
            "Detector_2D",
            "Detector_3D",
            calibration=calibration_3d(matrix, left),
        )
        for name, matrix in (("straight", right), ("turned", turned))
    ]

    (row,) = (row for row in compared(*results).gaze if row.topic == "gaze.3d.01.")
    assert row.recorded == row.processed > 0
    assert 0.5 < row.apart_deg < 4.0
    assert np.isfinite(results[0].data("gaze", "gaze.3d.01.").column("norm_pos")).all()


def test_gaze_that_cannot_be_computed_for_want_of_a_calibration_is_told(short, gazed_process):
    replace_notifications(short, [])

    done = gazed_process(short.path, "--plugin", "Detector_2D")

    assert done.exit_code == 0
    assert "short: no calibration was recorded and no gaze is computed" in done.output


def test_a_calibration_is_fitted_anew_to_the_new_pupils(recorded, compute, tmp_path):
    result = compute(recorded.path, tmp_path / "result", "Detector_2D", calibration="new")

    (fitted,) = (
        fields for _, fields in result.notifications if fields["subject"].endswith("result.v2")
    )
    before = dict(recorded.data["notify"])["notify.calibration.result.v2"]
    assert fitted["params"] != before["params"]
    pupil, gaze = (data.column("norm_pos") for data in (result.pupil, result.gaze))
    assert np.allclose(pupil, gaze, atol=0.01)


def test_a_calibration_that_cannot_be_fitted_is_a_failure(short, engine, seen, tmp_path):
    replace_notifications(short, [])
    job = job_for(short.path, tmp_path / "result", planned([], "new"))

    (outcome,) = process([job], engine, seen)

    assert "no calibration.setup.v2 was recorded" in outcome.reason
    assert not job.output.exists()


def test_without_a_calibration_there_is_no_gaze(short, compute, tmp_path):
    result = compute(short.path, tmp_path / "result", "Detector_2D", calibration="none")

    assert result.keys == ("annotation", "notify", "pupil")
    assert result.pupil.topics == ("pupil.0.2d", "pupil.1.2d")


@pytest.mark.parametrize("write", [json.dumps, pack], ids=["json", "msgpack"])
def test_a_calibration_is_read_from_a_file(short, compute, tmp_path, write):
    content = write(result_at(0.0, 0.75)[1])
    file = tmp_path / "calibration"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())

    calibration = read_calibration(file)
    gaze = compute(short.path, tmp_path / "result", "Detector_2D", calibration=calibration).gaze

    assert {fields["norm_pos"][0] for _, fields in gaze} == {0.75}


@pytest.mark.parametrize("content", [b"{}", b"nothing", b'{"gazer_class_name": 3, "params": {}}'])
def test_a_file_that_holds_no_calibration_is_refused_by_its_path(tmp_path, content):
    file = tmp_path / "calibration"
    file.write_bytes(content)

    with pytest.raises(ProcessingError, match=str(file)):
        read_calibration(file)


def test_pictures_that_are_damaged_are_counted(short, compute, tmp_path):
    video = short.path / "eye0.mp4"
    jpeg = short.frames[0][7].jpeg
    content = video.read_bytes()
    at = content.index(jpeg)
    video.write_bytes(content[:at] + bytes(len(jpeg)) + content[at + len(jpeg) :])

    result = compute(short.path, tmp_path / "result", "Detector_2D")

    facts = json.loads((result.path / "processing.json").read_text())
    assert facts["eyes"]["eye0"]["frames"] == 19
    assert facts["eyes"]["eye0"]["unreadable_frames"] == 1
    assert len(result.data("pupil", "pupil.0.2d")) == 19


def result_at(timestamp, x):
    """Return a calibration whose gaze always has the same ``x``."""
    params = [[0.0] * 6 + [x], [0.0] * 6 + [0.5], 7]
    fields = {
        "subject": "calibration.result.v2",
        "topic": "notify.calibration.result.v2",
        "gazer_class_name": "Gaze_Mapper_HMD_2D",
        "params": {"params0": params, "params1": params},
        "timestamp": timestamp,
        "record": True,
        "version": 2,
    }
    return fields["topic"], fields


def calibration_3d(right, left):
    """Return what a headset's 3D calibration gives for two camera poses (4, 4)."""
    single = [
        {"eye_camera_to_world_matrix": matrix.tolist(), "gaze_distance": 500.0}
        for matrix in (right, left)
    ]
    both = {f"eye_camera_to_world_matrix{n}": m.tolist() for n, m in enumerate((right, left))}
    params = {"right_model": single[0], "left_model": single[1], "binocular_model": both}
    return {"gazer_class_name": "GazerHMD3D", "params": params}


def turn_about_y(angle):
    return np.array(
        [
            [np.cos(angle), 0.0, np.sin(angle)],
            [0.0, 1.0, 0.0],
            [-np.sin(angle), 0.0, np.cos(angle)],
        ]
    )


def replace_notifications(made, records):
    for name in ("notify.pldata", "notify_timestamps.npy"):
        (made.path / name).unlink()
    write_data(made.path, "notify", records)
