"""Damaged recordings open; what is intact is read, what is not is said."""

from __future__ import annotations

import shutil

import msgpack
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from recordings_made import cut, drop, strew

import gazed
from gazed_plugins.recordings.index import read_index
from gazed_plugins.recordings.problems import Problems
from gazed_plugins.recordings.verify import verified

FILES = (
    "info.player.json",
    "gazed.manifest.json",
    "user_info.csv",
    "pupil.pldata",
    "pupil_timestamps.npy",
    "gaze.pldata",
    "notify.pldata",
    "eye0.mp4",
    "eye0_timestamps.npy",
    "eye0.intrinsics",
)


def payloads(path):
    problems = Problems()
    index = read_index(path, problems)
    return list(index.payloads(np.arange(len(index)))), problems.sentences()


def original(made, key):
    return [(topic, msgpack.packb(fields)) for topic, fields in made.records[key]]


def read_all(path):
    """Read everything there is; return what was said to be wrong."""
    recording = gazed.open_recording(path)
    for key in recording.keys:
        data = recording.data(key)
        assert len(data.timestamps) == len(data)
        for _ in data:
            pass
    for video in recording.eyes:
        for frame in video.frames():
            assert np.isfinite(frame.timestamp)
    return recording.problems


@pytest.mark.parametrize("key", ["pupil", "gaze", "blinks", "notify"])
def test_cut_at_any_record_everything_before_is_read(made, tmp_path, key):
    expected = original(made, key)
    path = tmp_path / f"{key}.pldata"
    whole = (made.path / path.name).read_bytes()

    for number, end in enumerate([0, *made.record_ends(key)]):
        path.write_bytes(whole[:end])
        assert payloads(path) == (expected[:number], [])


@pytest.mark.parametrize("key", ["fixations", "blinks"])
def test_cut_inside_of_a_record_everything_before_is_read_and_the_rest_is_said(made, tmp_path, key):
    expected = original(made, key)
    path = tmp_path / f"{key}.pldata"
    whole = (made.path / path.name).read_bytes()
    begin, end = made.record_ends(key)[1:3]

    for size in range(begin + 1, end):
        path.write_bytes(whole[:size])
        read, said = payloads(path)
        assert read == expected[:2]
        bytes_there = f"{size - begin} byte{'s' if size - begin > 1 else ''}"
        assert said == [f"{path.name}: ends in the middle of a record; {bytes_there} were left out"]


@settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_junk_anywhere_costs_only_the_records_it_touches(made, tmp_path, data):
    expected = original(made, "pupil")
    ends = made.record_ends("pupil")
    whole = (made.path / "pupil.pldata").read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    junk = data.draw(st.binary(min_size=1, max_size=40))
    over = data.draw(st.booleans())
    path = tmp_path / "pupil.pldata"
    path.write_bytes(whole)
    strew(path, at, junk, over)

    read, _ = payloads(path)

    touched = [
        number
        for number, (begin, end) in enumerate(zip([0, *ends], ends, strict=False))
        if begin < at + len(junk) * over and end > at
    ]
    intact = [record for number, record in enumerate(expected) if number not in touched]
    found = iter(read)
    assert all(record in found for record in intact)
    assert len(read) <= len(expected)


@settings(
    max_examples=40,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    name=st.sampled_from(FILES),
    kind=st.sampled_from(["cut", "over", "between", "zeros", "drop"]),
    place=st.floats(0.0, 0.999),
    junk=st.binary(min_size=1, max_size=64),
)
def test_no_damage_to_any_file_stops_the_reader(tiny, tmp_path, name, kind, place, junk):
    shutil.rmtree(tmp_path / "000", ignore_errors=True)
    shutil.copytree(tiny.path, tmp_path / "000")
    path = tmp_path / "000" / name
    size = path.stat().st_size
    at = int(place * size)
    if kind == "cut":
        cut(path, at)
    elif kind == "drop":
        drop(path)
    else:
        junk = bytes(min(4096, size - at)) if kind == "zeros" else junk
        strew(path, at, junk, over=kind != "between")

    read_all(tmp_path / "000")
    problems = verified(gazed.open_recording(tmp_path / "000")).problems
    if path.exists() and name in ("pupil.pldata", "gaze.pldata", "eye0.mp4"):
        assert bool(problems) == (path.read_bytes() != (tiny.path / name).read_bytes())


def test_a_block_of_zeros_is_skipped(copy):
    path = copy.path / "gaze.pldata"
    ends = copy.record_ends("gaze")
    begin = ends[9] + 100
    strew(path, begin, bytes(4096))
    touched = [end for end in ends if begin < end < begin + 4096 + ends[0]]

    read, (said,) = payloads(path)

    assert len(read) == len(copy.records["gaze"]) - len(touched)
    assert "at 1 place, the first at byte" in said


def test_a_video_cut_off_in_the_middle_says_so(copy):
    cut(copy.path / "eye0.mp4", (copy.path / "eye0.mp4").stat().st_size // 2)

    recording = gazed.open_recording(copy.path)

    assert list(recording.eyes[0].frames()) == []
    assert len(list(recording.eyes[1].frames())) == 45
    assert any(said.startswith("eye0.mp4: cannot be read") for said in recording.problems)


def test_fewer_timestamps_than_frames_leave_frames_out(copy):
    np.save(copy.path / "eye0_timestamps.npy", np.array(copy.frames[0][:40]))

    recording = gazed.open_recording(copy.path)

    assert [frame.timestamp for frame in recording.eyes[0].frames()] == copy.frames[0][:40]
    assert recording.problems == [
        "eye0.mp4: has 45 frames and 40 timestamps; what has no counterpart was left out"
    ]


def test_a_damaged_picture_is_left_out_and_the_others_keep_their_times(copy):
    path = copy.path / "eye1.mp4"
    strew(path, path.read_bytes().index(copy.jpegs[1][7]), bytes(20))

    recording = gazed.open_recording(copy.path)

    frames = [frame.timestamp for frame in recording.eyes[1].frames()]
    assert frames == copy.frames[1][:7] + copy.frames[1][8:]
    assert recording.problems == ["eye1.mp4: some pictures are damaged and were left out"]


def test_a_payload_that_is_no_map_is_left_out_and_keeps_its_place(copy):
    path = copy.path / "blinks.pldata"
    begin, end = copy.record_ends("blinks")[:2]
    strew(path, begin + 30, bytes([0xC1]) * (end - begin - 30))

    recording = gazed.open_recording(copy.path)
    data = recording.blinks

    assert (len(data), len(list(data))) == (4, 3)
    assert np.isnan(data.column("confidence")).tolist() == [False, True, False, False]
    assert any("a payload is damaged" in said for said in recording.problems)


def test_times_come_from_the_data_when_their_file_counts_otherwise(copy):
    np.save(copy.path / "pupil_timestamps.npy", np.arange(7.0))

    pupil = gazed.open_recording(copy.path).pupil

    assert pupil.timestamps.tolist() == [fields["timestamp"] for _, fields in pupil]


@pytest.mark.parametrize("time", [None, "soon", [1.0]])
def test_data_whose_times_are_no_numbers_are_still_read(copy, time):
    copy.rewrite("gaze", [("gaze.2d.0.", {"timestamp": time, "norm_pos": [0.5, 0.25]})] * 2)

    gaze = gazed.open_recording(copy.path).gaze

    assert np.isnan(gaze.timestamps).tolist() == [True, True]
    assert gaze.column("norm_pos").tolist() == [[0.5, 0.25]] * 2
    assert np.isnan(gaze.column("nothing")).tolist() == [True, True]


def test_a_file_of_timestamps_that_was_cut_gives_what_it_has(copy):
    cut(copy.path / "eye0_timestamps.npy", -12)

    recording = gazed.open_recording(copy.path)

    assert recording.eyes[0].timestamps.tolist() == copy.frames[0][:43]
    assert any("promises 45 timestamps, it holds 43 and 4 bytes" in s for s in recording.problems)


@pytest.mark.parametrize("name", ["info.player.json", "pupil_timestamps.npy", "eye1.mp4"])
def test_a_missing_file_is_named(copy, name):
    drop(copy.path / name)

    assert any(name in said and "missing" in said for said in read_all(copy.path))


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"duration_s": "long"}', '{"duration_s": 1e999}', "9" * 5000]
)
def test_a_damaged_info_file_leaves_the_data_readable(copy, text):
    (copy.path / "info.player.json").write_text(text)

    recording = gazed.open_recording(copy.path)

    assert np.isnan(recording.info.duration)
    assert len(list(recording.pupil)) == 180
    assert any(said.startswith("info.player.json: ") for said in recording.problems)


def test_foreign_files_are_no_problem(copy):
    (copy.path / "thesis.docx").write_bytes(b"junk")
    (copy.path / ".DS_Store").write_bytes(b"junk")
    (copy.path / "eye0.mp4.bak").write_bytes(b"junk")
    (copy.path / "exports" / "000").mkdir(parents=True)

    assert gazed.open_recording(copy.path).problems == []


def test_a_key_full_of_junk_is_reported_once(copy):
    (copy.path / "junk.pldata").write_bytes(b"\x92\xa5hello" * 5000)

    recording = gazed.open_recording(copy.path)

    assert len(recording.data("junk")) == 0
    assert len([said for said in recording.problems if said.startswith("junk.pldata")]) == 1
