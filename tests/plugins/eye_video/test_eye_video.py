"""Eye videos: which frames are in them, unchanged, and what happens when something is wrong."""

import time

import cv2
import msgpack
import numpy as np
import pytest
from harness import Bench
from recorded import JPEGS, SIZE, START, FullDisk, GatedDisk, jpeg
from recording_reader import read_recording, read_video

from gazed import Frame
from gazed_plugins.eye_video import EyeVideo
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.folder import Folder, Owner
from gazed_plugins.recorder.info import Info
from gazed_plugins.recorder.repair import mend

UUID = "7f0c2b9e-3d5c-4f1a-9a53-0f6d6f0c1c11"


def a_frame(index, timestamp=None, picture=None, size=SIZE, **more):
    gray = np.full((size[1], size[0]), index % 256, np.uint8)
    time = START + 0.005 * index if timestamp is None else timestamp
    return Frame(1, index, time, time, gray, jpeg=picture, **more)


@pytest.fixture
def folder(tmp_path):
    """A recording that a recorder has begun."""
    directory = tmp_path / "recordings" / "s" / "000"
    directory.mkdir(parents=True)
    folder = Folder(directory, Info(UUID, 1000.0, START, "s"), Disk(), {}, Owner())
    yield directory
    folder.release()


@pytest.fixture
def eye(tmp_path):
    """A bench for the plugin in the host of the left eye."""
    with Bench(tmp_path, "eye1") as bench:
        yield bench


def started(folder, **more):
    fields = {
        "rec_path": f"{folder}/",
        "record_eye": True,
        "start_time_synced": START,
        "recording_uuid": UUID,
    }
    return {**fields, **more}


def closed(eye, count=1):
    """Wait until videos are complete; return what was said of the last."""
    end = time.monotonic() + 20
    while len(said := [s for s in eye.notifications if s.name == "recording.video_closed"]) < count:
        assert time.monotonic() < end, eye.subjects()
        eye.call("tick")
        time.sleep(0.002)
    return said[-1].fields


def film(eye, folder, frames):
    """Record frames from start to stop."""
    eye.send("recording.started", **started(folder))
    for frame in frames:
        eye.call("on_frame", frame=frame)
    eye.send("recording.stopped", rec_path=f"{folder}/")
    return closed(eye)


def test_the_cameras_jpegs_are_in_the_video_byte_for_byte(eye, folder):
    eye.start(EyeVideo)
    frames = [a_frame(index, picture=JPEGS[index % 5]) for index in range(100)]

    said = film(eye, folder, frames)

    video = read_video(folder / "eye1.mp4")
    assert video.packets == [frame.jpeg for frame in frames]
    assert video.timestamps == [frame.timestamp for frame in frames]
    assert video.pts == [int((frame.timestamp - START) * 65535) for frame in frames]
    assert (video.codec, video.pixel_format) == ("mjpeg", "yuvj422p")
    assert (said["lost"], said["notes"], said["eye_id"]) == (0, [], 1)


def test_a_source_without_jpegs_is_encoded_well(eye, folder):
    eye.start(EyeVideo)
    gray = cv2.imdecode(np.frombuffer(JPEGS[0], np.uint8), cv2.IMREAD_GRAYSCALE)

    film(eye, folder, [Frame(1, 0, START, START, gray)])

    video = read_video(folder / "eye1.mp4")
    shown = cv2.imdecode(np.frombuffer(video.packets[0], np.uint8), cv2.IMREAD_GRAYSCALE)
    assert video.pixel_format == "yuvj422p"
    assert np.abs(shown.astype(int) - gray).mean() < 2.0


def test_frames_from_before_the_notification_arrived_are_there(eye, folder):
    eye.start(EyeVideo)
    for index in range(-20, 10):
        eye.call("on_frame", frame=a_frame(index, picture=JPEGS[0]))

    film(eye, folder, [a_frame(index, picture=JPEGS[0]) for index in range(10, 20)])

    expected = [START + 0.005 * index for index in range(20)]
    assert read_video(folder / "eye1.mp4").timestamps == expected


def test_frames_of_a_recording_that_began_before_the_last_one_ended_are_in_both(eye, folder):
    eye.start(EyeVideo)
    later = folder.with_name("001")
    later.mkdir()
    begun = Folder(later, Info(UUID, 1000.0, START, "s"), Disk(), {}, Owner())
    eye.send("recording.started", **started(folder))
    for index in range(20):
        eye.call("on_frame", frame=a_frame(index, picture=JPEGS[0]))
    eye.send("recording.stopped", rec_path=f"{folder}/")

    moment = START + 0.005 * 15
    eye.send("recording.started", **started(later, start_time_synced=moment))
    eye.send("recording.stopped", rec_path=f"{later}/")

    closed(eye, 2)
    begun.release()
    assert len(read_video(folder / "eye1.mp4").timestamps) == 20
    expected = [START + 0.005 * index for index in range(15, 20)]
    assert read_video(later / "eye1.mp4").timestamps == expected


def test_intrinsics_say_what_is_known_of_the_lens(eye, folder):
    eye.start(EyeVideo)

    film(eye, folder, [a_frame(0, picture=JPEGS[0], focal_length_px=282.5)])

    camera = msgpack.unpackb((folder / "eye1.intrinsics").read_bytes())["(64, 48)"]
    assert camera["camera_matrix"] == [[282.5, 0, 32], [0, 282.5, 24], [0, 0, 1]]
    assert (camera["resolution"], camera["cam_type"]) == ([64, 48], "radial")
    assert np.shape(camera["dist_coefs"]) == (1, 5)


def test_without_a_known_lens_the_intrinsics_are_a_dummy(eye, folder):
    eye.start(EyeVideo)

    film(eye, folder, [a_frame(0, picture=JPEGS[0])])

    camera = msgpack.unpackb((folder / "eye1.intrinsics").read_bytes())["(64, 48)"]
    assert (camera["camera_matrix"][0][0], camera["cam_type"]) == (1000.0, "dummy")


def test_no_video_is_written_when_the_recording_wants_none(eye, folder):
    eye.start(EyeVideo)

    eye.send("recording.started", **started(folder, record_eye=False))
    eye.call("on_frame", frame=a_frame(0, picture=JPEGS[0]))

    assert eye.subjects("recording.video") == []


@pytest.mark.parametrize("wrong", [{"recording_uuid": "other"}, {"rec_path": "/tmp/"}])
def test_nothing_is_written_where_no_recorder_records(eye, folder, wrong):
    eye.start(EyeVideo)

    eye.send("recording.started", **started(folder, **wrong))

    assert eye.subjects("recording.video") == []
    assert not list(folder.glob("eye*"))


def test_an_eye_that_starts_late_asks_and_joins(eye, folder):
    eye.start(EyeVideo)
    assert eye.subjects() == ["recording.should_report"]

    eye.send("recording.report", recording=True, **started(folder))

    assert eye.subjects()[1:] == ["recording.video_started"]


def test_an_eye_that_died_goes_on_in_another_file(eye, folder):
    eye.start(EyeVideo)
    film(eye, folder, [a_frame(0, picture=JPEGS[0])])
    eye.stop("EyeVideo")
    (folder / "eye1.mp4").rename(folder / "eye1.mp4.writing")
    eye.start(EyeVideo)
    eye.send("recording.report", recording=True, **started(folder))
    eye.call("on_frame", frame=a_frame(9, picture=JPEGS[1]))
    eye.send("recording.stopped", rec_path=f"{folder}/")
    closed(eye, 2)

    assert read_video(folder / "eye1_001.mp4").packets == [JPEGS[1]]
    assert (folder / "eye1.mp4.writing").exists()


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        (a_frame(1, timestamp=START - 50.0, picture=JPEGS[1]), "time ran back"),
        (a_frame(1, picture=jpeg(9, (32, 32)), size=(32, 32)), "size changed"),
    ],
)
def test_what_does_not_fit_one_film_begins_another(eye, folder, second, reason):
    eye.start(EyeVideo)

    said = film(eye, folder, [a_frame(0, picture=JPEGS[0]), second])

    assert read_video(folder / "eye1.mp4").packets == [JPEGS[0]]
    another = read_video(folder / "eye1_001.mp4")
    assert another.packets == [second.jpeg]
    assert another.timestamps == [second.timestamp]
    assert reason in said["notes"][0]


def test_a_disk_that_stalls_holds_up_no_frame_and_what_is_too_much_is_counted(eye, folder):
    disk = GatedDisk()
    eye.start(type("EyeVideo", (EyeVideo,), {"disk": disk}), buffer_mb=1.0)
    eye.send("recording.started", **started(folder))
    disk.gate.clear()
    big = JPEGS[0] + bytes(10_000)
    for index in range(300):
        eye.call("on_frame", frame=a_frame(index, picture=big))
    eye.call("tick")
    spilled = eye.told("recording.spilled")
    disk.gate.set()
    eye.send("recording.stopped", rec_path=f"{folder}/")

    said = closed(eye)

    frames = len(read_video(folder / "eye1.mp4").packets)
    assert spilled["lost"]["frame.eye.1"] > 0
    assert frames + said["lost"] == 300
    assert 50 < frames < 300


def test_a_full_disk_keeps_the_frames_before_it_and_counts_the_others(eye, folder):
    disk = FullDisk()
    eye.start(type("EyeVideo", (EyeVideo,), {"disk": disk}))
    eye.send("recording.started", **started(folder))
    eye.call("on_frame", frame=a_frame(0, picture=JPEGS[0]))
    writing = folder / "eye1.mp4.writing"
    end = time.monotonic() + 20
    while not writing.exists() or writing.stat().st_size < len(JPEGS[0]):
        assert time.monotonic() < end
        time.sleep(0.002)
    disk.room = 300
    for index in range(1, 10):
        eye.call("on_frame", frame=a_frame(index, picture=JPEGS[0]))
    eye.send("recording.stopped", rec_path=f"{folder}/")

    said = closed(eye)

    assert "the disk is full" in said["reason"]
    assert said["lost"] == 9
    (folder / "gazed.writing").unlink()
    mend(folder)
    assert read_recording(folder).videos["eye1"].packets == [JPEGS[0]]


def test_an_eye_that_stops_finishes_its_video(eye, folder):
    eye.start(EyeVideo)
    eye.send("recording.started", **started(folder))
    eye.call("on_frame", frame=a_frame(0, picture=JPEGS[0]))

    eye.stop("EyeVideo")

    assert eye.told("recording.video_closed")["lost"] == 0
    assert len(read_video(folder / "eye1.mp4").packets) == 1


def test_the_video_begins_where_the_recording_does_however_long_its_disk_took(eye, folder):
    eye.start(EyeVideo)
    eye.send("recording.should_start", session_name="s")
    frames = [a_frame(index, picture=JPEGS[index % 5]) for index in range(700)]
    for frame in frames[:-1]:
        eye.call("on_frame", frame=frame)

    film(eye, folder, frames[-1:])

    assert read_video(folder / "eye1.mp4").timestamps == [frame.timestamp for frame in frames]


def test_frames_of_a_recording_that_never_began_are_not_kept(eye, folder):
    eye.start(EyeVideo)
    eye.send("recording.should_start", session_name="s")
    for index in range(300):
        eye.call("on_frame", frame=a_frame(index, picture=JPEGS[0]))
    eye.send("recording.failed", reason="no room", session_name="s")

    film(eye, folder, [a_frame(300, picture=JPEGS[0])])

    assert len(read_video(folder / "eye1.mp4").timestamps) == 101
