"""What ``gazed.open_recording`` gives is what was recorded."""

from __future__ import annotations

import shutil
import subprocess
import sys

import msgpack
import numpy as np
import pytest
from recordings_made import UUID, make_recording, packed

import gazed
from gazed_plugins.recordings import RecordingError

KEYS = ("annotation", "blinks", "fixations", "gaze", "notify", "pupil")


def test_a_whole_recording_has_no_problems(made):
    assert gazed.open_recording(made.path).problems == []


def test_it_knows_the_facts_of_the_recording(made):
    info = gazed.open_recording(str(made.path)).info

    assert (info.uuid, info.name, info.software) == (UUID, "2026_11_22", "recordings_made")
    assert (info.start_time_synced, info.start_time_system) == (100.0, 1_790_000_000.25)
    assert (info.duration, info.version, info.meta_version) == (1.5, "1.0", "2.3")


def test_it_lists_the_keys_that_are_there(made):
    assert gazed.open_recording(made.path).keys == KEYS


@pytest.mark.parametrize("key", KEYS)
def test_every_datum_is_read_in_order_with_its_topic(made, key):
    data = gazed.open_recording(made.path).data(key)

    assert list(data) == made.records[key]
    assert len(data) == len(made.records[key])


@pytest.mark.parametrize("key", KEYS)
def test_payloads_are_byte_for_byte_what_msgpack_itself_reads(made, key):
    with (made.path / f"{key}.pldata").open("rb") as file:
        independent = [(topic, payload) for topic, payload in msgpack.Unpacker(file)]

    assert list(gazed.open_recording(made.path).data(key).payloads()) == independent


def test_timestamps_are_those_of_the_data(made):
    pupil = gazed.open_recording(made.path).pupil

    assert pupil.timestamps.dtype == np.float64
    assert pupil.timestamps.tolist() == [fields["timestamp"] for _, fields in pupil]


def test_without_the_file_of_timestamps_they_come_from_the_data(copy):
    expected = gazed.open_recording(copy.path).gaze.timestamps
    (copy.path / "gaze_timestamps.npy").unlink()

    assert np.array_equal(gazed.open_recording(copy.path).gaze.timestamps, expected)


def test_a_topic_narrows_the_data_as_a_subscription_does(made):
    recording = gazed.open_recording(made.path)

    assert recording.data("pupil", "pupil.1.3d").topics == ("pupil.1.3d",)
    assert set(recording.data("pupil", "pupil.0").topics) == {"pupil.0.2d", "pupil.0.3d"}
    assert list(recording.data("pupil", "pupil.0.2d")) == [
        record for record in made.records["pupil"] if record[0] == "pupil.0.2d"
    ]


def test_a_datum_is_found_by_its_number(made):
    data = gazed.open_recording(made.path).data("pupil", "pupil.1.3d")

    assert data[-1] == list(data)[-1]


def test_a_key_that_was_not_recorded_gives_no_data_and_is_no_problem(made):
    recording = gazed.open_recording(made.path)

    surfaces = recording.data("surfaces")

    assert (len(surfaces), list(surfaces), surfaces.timestamps.tolist()) == (0, [], [])
    assert recording.problems == []


def test_columns_are_arrays(made):
    data = gazed.open_recording(made.path).data("pupil", "pupil.0.3d")

    assert data.column("confidence").shape == (45,)
    assert data.column("circle_3d.normal").tolist() == [[0.0, 0.0, -1.0]] * 45
    assert data.column("topic").tolist() == ["pupil.0.3d"] * 45


def test_what_a_datum_lacks_is_nan_in_a_column(made):
    data = gazed.open_recording(made.path).pupil

    lacking = np.isnan(data.column("diameter_3d"))

    assert lacking.tolist() == [topic.endswith("2d") for topic, _ in data]


def test_integer_eye_keys_of_pupil_2_become_text(tmp_path):
    made = make_recording(tmp_path / "000", integer_keys=True, codec=None, seconds=0.5)

    gaze = gazed.open_recording(made.path).gaze

    assert gaze.column("eye_centers_3d.1")[0].tolist() == [-30.0, 1.0, -20.0]


def test_texts_stored_as_bytes_become_text(tmp_path):
    make_recording(tmp_path / "000", codec=None, seconds=0.5)
    fields = {b"topic": b"annotation", b"label": b"old", b"timestamp": 100.0}
    payload = msgpack.packb(fields)
    old = b"\x92\xaaannotation" + bytes([0xDA]) + len(payload).to_bytes(2) + payload
    (tmp_path / "000" / "annotation.pldata").write_bytes(old)

    (datum,) = gazed.open_recording(tmp_path / "000").annotations

    assert datum == ("annotation", {"topic": "annotation", "label": "old", "timestamp": 100.0})


def test_frames_come_with_the_cameras_jpegs_and_their_timestamps(made):
    for video in gazed.open_recording(made.path).eyes:
        frames = list(video.frames())

        assert [frame.timestamp for frame in frames] == made.frames[video.eye]
        assert [frame.jpeg for frame in frames] == made.jpegs[video.eye]
        assert {frame.gray.shape for frame in frames} == {(48, 64)}
        assert {(frame.eye, frame.focal_length_px) for frame in frames} == {(video.eye, 283.0)}


def test_frames_begin_where_one_asks(made):
    video = gazed.open_recording(made.path).eyes[0]

    assert [frame.index for frame in video.frames(start=40)] == [40, 41, 42, 43, 44]


def test_videos_of_other_codecs_have_gray_frames_and_no_jpeg(tmp_path):
    made = make_recording(tmp_path / "000", codec="mpeg4", seconds=0.5)

    frames = list(gazed.open_recording(made.path).eyes[1].frames(start=10))

    assert [frame.timestamp for frame in frames] == made.frames[1][10:]
    assert [frame.jpeg for frame in frames] == [None] * 20
    assert frames[0].gray.dtype == np.uint8
    assert 140.0 < float(frames[0].gray[0].mean()) < 170.0


def test_frames_out_of_order_in_the_file_get_their_own_timestamps(tmp_path):
    made = make_recording(tmp_path / "000", codec="mpeg4", seconds=1.0, rate=30.0)

    video = gazed.open_recording(made.path).eyes[0]

    packets = [packet.pts for packet, _ in video.parts[0].packets() if packet.pts is not None]
    assert packets != sorted(packets)
    assert [frame.timestamp for frame in video.frames()] == made.frames[0]
    assert [frame.index for frame in video.frames(start=7)] == list(range(7, 30))


def test_videos_in_several_parts_are_one_video(tmp_path):
    made = make_recording(tmp_path / "000", parts=3, seconds=0.5)

    video = gazed.open_recording(made.path).eyes[0]

    assert [part.path.name for part in video.parts] == ["eye0.mp4", "eye0_001.mp4", "eye0_002.mp4"]
    assert len(video) == 30
    assert [frame.index for frame in video.frames(start=9)] == list(range(9, 30))
    assert [frame.jpeg for frame in video.frames()] == made.jpegs[0]


def test_one_eye_is_enough(tmp_path):
    made = make_recording(tmp_path / "000", eyes=[1], seconds=0.5)

    recording = gazed.open_recording(made.path)

    assert [video.eye for video in recording.eyes] == [1]
    assert recording.gaze.topics == ("gaze.3d.1.",)
    assert recording.problems == []


@pytest.mark.parametrize("name", ["", "nothing_here"])
def test_what_is_no_recording_is_refused_with_a_sentence(tmp_path, name):
    with pytest.raises(RecordingError, match=r"no recording|no such folder"):
        gazed.open_recording(tmp_path / name)


def test_reading_changes_nothing(copy):
    before = {path.name: path.read_bytes() for path in copy.path.iterdir()}

    recording = gazed.open_recording(copy.path)
    assert recording.problems == []
    assert sum(1 for key in recording.keys for _ in recording.data(key)) > 0

    assert {path.name: path.read_bytes() for path in copy.path.iterdir()} == before


def test_a_film_that_is_still_written_is_read_and_reported(copy):
    shutil.move(copy.path / "eye0.mp4", copy.path / "eye0.mp4.writing")

    recording = gazed.open_recording(copy.path)

    assert len(list(recording.eyes[0].frames())) == 45
    assert any("eye0.mp4.writing: is not closed" in said for said in recording.problems)


def test_records_larger_than_a_piece_of_the_file_are_read(tmp_path):
    make_recording(tmp_path / "000", codec=None, seconds=0.1)
    large = {"topic": "annotation", "label": "x" * 9_000_000, "timestamp": 1.0}
    small = {"topic": "annotation", "label": "y", "timestamp": 2.0}
    records = [("annotation", entry) for entry in (small, large, small, large)]
    path = tmp_path / "000" / "annotation.pldata"
    path.write_bytes(b"".join(packed(*record) for record in records))

    assert list(gazed.open_recording(tmp_path / "000").annotations) == records


def test_the_package_loads_the_loader_only_when_it_is_used():
    code = "import gazed, sys; assert 'cv2' not in sys.modules; gazed.open_recording"

    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_public_name_is_still_an_error():
    with pytest.raises(AttributeError, match="no attribute 'open_sesame'"):
        gazed.open_sesame  # noqa: B018
