"""``gazed recordings verify`` finds what is not as it should be, and says where."""

from __future__ import annotations

import json

import numpy as np
import pytest
from recordings_made import drop, strew, write_manifest

import gazed
from gazed_plugins.recordings.verify import verified


def problems(made, **options):
    return verified(gazed.open_recording(made.path), **options).problems


def notes(made):
    return verified(gazed.open_recording(made.path)).notes


def test_a_whole_recording_is_whole(made):
    verdict = verified(gazed.open_recording(made.path), pictures=True)

    assert (verdict.problems, verdict.notes) == ((), ())


def test_a_changed_byte_is_found_by_its_checksum(copy):
    strew(copy.path / "gaze.pldata", 5000, b"\x01")

    assert any("gaze.pldata: its checksum is not the one" in said for said in problems(copy))


def test_a_file_that_the_manifest_names_and_nobody_has_is_missing(copy):
    drop(copy.path / "blinks.pldata")

    assert any(said.startswith("blinks.pldata: is missing") for said in problems(copy))


def test_counts_are_compared_with_the_manifest(copy):
    copy.rewrite("pupil", copy.records["pupil"][:100])

    found = problems(copy)

    assert "pupil.pldata: gazed.manifest.json promises 180 records, there are 100" in found
    assert "pupil.1.3d: gazed.manifest.json promises 45 data, there are 25" in found


def test_a_manifest_of_another_recording_is_found(copy):
    write_manifest(copy, uuid="00000000-0000-4000-8000-000000000000")

    assert any("belongs to another recording" in said for said in problems(copy))


def test_a_recording_that_was_not_closed_is_a_problem(copy):
    write_manifest(copy, state="recording")

    assert any("was not closed" in said and "gazed repair" in said for said in problems(copy))


@pytest.mark.parametrize("text", ["", "[]", '{"files": []}', "null"])
def test_a_damaged_manifest_is_a_problem(copy, text):
    (copy.path / "gazed.manifest.json").write_text(text)

    assert any(said.startswith("gazed.manifest.json: cannot be read") for said in problems(copy))


def test_what_the_recorder_lost_is_noted(copy):
    gap = {"stream": "pupil.0.2d", "from": 100.5, "to": None}
    write_manifest(copy, state="repaired", lost={"gaze": 3}, gaps=[gap], notes=["a slow disk"])

    assert problems(copy) == ()
    assert notes(copy) == (
        "the recording was repaired",
        "gaze: 3 lost while recording",
        "pupil.0.2d: nothing from 100.500 s to the end",
        "a slow disk",
    )


def test_times_that_go_back_are_found(copy):
    records = list(copy.records["pupil"])
    records[0], records[4] = records[4], records[0]
    copy.rewrite("pupil", records)

    assert "pupil.pldata: the times of pupil.0.2d go back 1 time" in problems(copy)


def test_annotations_may_have_any_times(copy):
    data = [("annotation", {"label": "x", "timestamp": at}) for at in (200.0, 100.0)]
    copy.rewrite("annotation", data)
    write_manifest(copy)

    assert problems(copy) == ()


def test_times_beside_the_data_must_be_those_of_the_data(copy):
    times = np.load(copy.path / "gaze_timestamps.npy")
    np.save(copy.path / "gaze_timestamps.npy", np.where(times == times[7], times + 0.001, times))

    assert "gaze.pldata: 1 timestamp of its .npy are not those of the records" in problems(copy)


def test_a_datum_without_a_time_is_found(copy):
    copy.rewrite("pupil", [("pupil.0.2d", {"timestamp": None})])

    assert "pupil.pldata: 1 record without a timestamp that can be read" in problems(copy)


def test_a_topic_that_pupil_player_does_not_open_is_found(copy):
    copy.rewrite("pupil", [("pupil.2.2d", {"timestamp": 100.0})])

    assert any("'pupil.2.2d' is none that Pupil Player opens" in said for said in problems(copy))


def test_frame_times_that_go_back_are_found(copy):
    times = copy.frames[0][::-1]
    np.save(copy.path / "eye0_timestamps.npy", np.array(times))

    assert "eye0: the times of the frames go back 44 times" in problems(copy)


def test_pictures_are_decoded_on_request(copy):
    path = copy.path / "eye1.mp4"
    strew(path, path.read_bytes().index(copy.jpegs[1][7]), bytes(20))
    write_manifest(copy)

    assert problems(copy) == ()
    assert "eye1: 1 picture of 45 cannot be decoded" in problems(copy, pictures=True)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("recording_uuid", "no uuid", "recording_uuid is 'no uuid'"),
        ("duration_s", 2, "duration_s has no decimal part"),
    ],
)
def test_what_pupil_player_would_not_open_is_found(copy, key, value, said):
    path = copy.path / "info.player.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    assert any(said in problem for problem in problems(copy))


def test_foreign_files_are_noted(copy):
    for number in range(7):
        (copy.path / f"note{number}.txt").touch()

    (note,) = notes(copy)
    assert note.startswith("7 files of something else: note0.txt, ")
    assert note.endswith(", …")


def test_missing_lens_data_are_noted(copy):
    drop(copy.path / "eye1.intrinsics")

    assert problems(copy) == ()
    assert notes(copy) == ("eye1.intrinsics: is missing; the focal length is unknown",)


def test_recordings_of_other_programs_have_no_checksums(copy):
    drop(copy.path / "gazed.manifest.json")

    assert problems(copy) == ()
    assert notes(copy) == ("there is no gazed.manifest.json: checksums and losses are unknown",)
