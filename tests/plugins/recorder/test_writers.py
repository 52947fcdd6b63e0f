"""What the recording's files are at every moment of their writing."""

import errno
import json
import shutil

import av
import numpy as np
import pytest
from recorded import JPEGS, SIZE, FullDisk, whole_film

from gazed import pack
from gazed_plugins.recorder.film import ForeignVideoError, read_film
from gazed_plugins.recorder.info import Info, user_info_csv
from gazed_plugins.recorder.manifest import FileFacts, Manifest, ManifestError
from gazed_plugins.recorder.pldata import Extent, PldataWriter
from gazed_plugins.recorder.records import read_records
from gazed_plugins.recorder.timestamps import TimestampsWriter
from gazed_plugins.recorder.video import VideoWriter


def test_timestamps_can_be_loaded_after_every_write(tmp_path):
    path = tmp_path / "pupil_timestamps.npy"
    writer = TimestampsWriter(path)
    expected = []

    for step in range(5):
        for value in (step + 0.25, step + 0.5):
            writer.add(value)
            expected.append(value)
        writer.write()

        assert np.load(path).tolist() == expected
    writer.close()
    assert np.load(path).dtype == np.float64


def test_an_empty_timestamps_file_can_be_loaded(tmp_path):
    TimestampsWriter(tmp_path / "t.npy").close()

    assert np.load(tmp_path / "t.npy").shape == (0,)


def test_data_are_in_both_files_after_every_write(tmp_path):
    writer = PldataWriter(tmp_path, "pupil")

    for index in range(6):
        payload = pack({"timestamp": float(index), "topic": "pupil.0.2d"})
        writer.add("pupil.0.2d", payload, float(index))
        writer.write()

        expected = [float(number) for number in range(index + 1)]
        assert list(read_records(tmp_path / "pupil.pldata").timestamps) == expected
        assert np.load(tmp_path / "pupil_timestamps.npy").tolist() == expected
    writer.close()
    assert writer.streams == {"pupil.0.2d": Extent(6, 0.0, 5.0)}


def test_what_a_full_disk_refuses_leaves_whole_data_and_is_counted(tmp_path):
    disk = FullDisk()
    writer = PldataWriter(tmp_path, "pupil", disk.create)
    payload = pack({"timestamp": 1.0, "topic": "pupil.0.2d"})
    writer.add("pupil.0.2d", payload, 1.0)
    writer.write()
    disk.room = 20
    writer.add("pupil.0.2d", payload, 2.0)

    with pytest.raises(OSError, match="No space"):
        writer.close()

    records = read_records(tmp_path / "pupil.pldata")
    assert (list(records.timestamps), records.torn) == ([1.0], 0)
    assert writer.lost == {"pupil.0.2d": 1}


def test_a_video_is_a_whole_film_after_every_write(tmp_path):
    path = tmp_path / "eye0.mp4"
    writer = VideoWriter(path, *SIZE)
    pts = [1000 + 327 * index + index % 3 for index in range(12)]

    for start in range(0, 12, 4):
        for index in range(start, start + 4):
            writer.add(JPEGS[index % len(JPEGS)], pts[index])
        writer.write()

        copied = shutil.copy(writer.writing, tmp_path / "copy.mp4")
        packets, found = whole_film(copied)
        assert packets == [JPEGS[index % len(JPEGS)] for index in range(start + 4)]
        assert found == pts[: start + 4]
    writer.close()
    assert whole_film(path) == (packets, pts)


def test_a_closed_video_is_an_ordinary_film_of_motion_jpeg(tmp_path):
    writer = VideoWriter(tmp_path / "eye0.mp4", *SIZE)
    for index, jpeg in enumerate(JPEGS):
        writer.add(jpeg, 327 * index)
    writer.close()

    with av.open(str(tmp_path / "eye0.mp4")) as container:
        stream = container.streams.video[0]
        assert stream.frames == len(JPEGS)
        assert (stream.codec_context.name, stream.codec_context.pix_fmt) == ("mjpeg", "yuvj422p")
        assert (stream.width, stream.height) == SIZE
        container.seek(327 * 2, stream=stream)
        assert next(container.decode(stream)).pts == 327 * 2
    assert [path.name for path in tmp_path.iterdir()] == ["eye0.mp4"]


def test_pts_rise_when_timestamps_are_equal(tmp_path):
    writer = VideoWriter(tmp_path / "eye0.mp4", *SIZE)
    for pts in (10, 10, 10, 11):
        writer.add(JPEGS[0], pts)
    writer.close()

    assert whole_film(tmp_path / "eye0.mp4")[1] == [10, 11, 12, 13]


def test_a_video_without_a_frame_leaves_no_file(tmp_path):
    VideoWriter(tmp_path / "eye0.mp4", *SIZE).close()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("room", [0, 50, 127])
@pytest.mark.parametrize("begin", [PldataWriter, VideoWriter])
def test_files_that_cannot_even_begin_are_closed_again(tmp_path, room, begin):
    arguments = [tmp_path, "pupil"] if begin is PldataWriter else [tmp_path / "eye0.mp4", *SIZE]

    with pytest.raises(OSError, match="No space"):
        begin(*arguments, FullDisk(room).create)


def test_a_full_disk_leaves_the_frames_before_it(tmp_path):
    disk = FullDisk(room=1_000_000)
    writer = VideoWriter(tmp_path / "eye0.mp4", *SIZE, disk.create)
    writer.add(JPEGS[0], 0)
    writer.write()
    disk.room = 500
    writer.add(JPEGS[1], 327)

    with pytest.raises(OSError, match="No space") as raised:
        writer.write()
    writer.abandon()

    film = read_film(writer.writing)
    assert raised.value.errno == errno.ENOSPC
    assert (list(film.pts), film.torn, writer.lost) == ([0], 0, 1)


def test_another_programs_video_is_not_touched(tmp_path):
    path = tmp_path / "eye0.mp4"
    path.write_bytes(b"\x00\x00\x00\x18ftypmp42" + bytes(500))

    with pytest.raises(ForeignVideoError, match="not a video that gazed wrote"):
        read_film(path)


def test_whole_seconds_keep_their_decimal_part(tmp_path):
    Info("uuid", 1000.0, 12.0, "name").lasting(3).write(tmp_path)

    text = (tmp_path / "info.player.json").read_text()
    assert '"duration_s": 3.0' in text
    assert '"start_time_synced_s": 12.0' in text
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_user_info_escapes_what_would_end_a_field():
    text = user_info_csv({"name": "a,b", "note": "line\nbreak\\"})

    assert text == b"key,value\r\nname,a\\,b\r\nnote,line\\\nbreak\\\\\r\n"


def test_a_manifest_reads_back_as_written(tmp_path):
    manifest = Manifest("uuid", "closed")
    manifest.files["pupil.pldata"] = FileFacts(10, 2, "ab", 1.0, 2.0)
    manifest.streams["pupil.0.2d"] = Extent(2, 1.0, 2.0)
    manifest.gaps.append({"stream": "pupil.0.2d", "from": 1.0, "to": 2.0})
    manifest.lose("pupil.0.2d", 3)
    manifest.write(tmp_path)

    assert Manifest.read(tmp_path) == manifest


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}', b"\xff\xfe"])
def test_a_damaged_manifest_is_an_error_with_its_path(tmp_path, content):
    (tmp_path / "gazed.manifest.json").write_bytes(content)

    with pytest.raises(ManifestError, match=r"gazed\.manifest\.json"):
        Manifest.read(tmp_path)
