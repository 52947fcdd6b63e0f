"""Reading eye videos and pictures from files."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from gazed_plugins.video import UnreadableVideoError, frame_rate_of, read_pictures

EYES = Path(__file__).parents[4] / "shared" / "eyes"


@pytest.fixture
def video(tmp_path):
    """Return a function that writes a video whose frames get brighter one by one."""

    def write(name="clip.mp4", codec="mpeg4", pixels="yuv420p", count=10, size=(64, 48)):
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=50)
            stream.width, stream.height = size
            stream.pix_fmt = pixels
            for index in range(count):
                gray = np.full((size[1], size[0]), 40 + 10 * index % 200, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="gray")))
            container.mux(stream.encode())
        return path

    return write


@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("clip.mp4", "mpeg4", "yuv420p"),
        ("clip.mp4", "mjpeg", "yuvj420p"),
        ("clip.mkv", "ffv1", "gray"),
        ("clip.avi", "mjpeg", "yuvj422p"),
    ],
)
def test_all_frames_come_in_order_as_gray_levels(video, name, codec, pixels):
    pictures = list(read_pictures(video(name, codec, pixels)))

    assert [picture.index for picture in pictures] == list(range(10))
    assert all(picture.gray.shape == (48, 64) for picture in pictures)
    assert all(picture.gray.flags["C_CONTIGUOUS"] for picture in pictures)
    brightness = [float(picture.gray.mean()) for picture in pictures]
    assert np.all(np.diff(brightness) > 5)


def test_frames_are_timed_by_the_container(video):
    path = video()

    times = [picture.timestamp for picture in read_pictures(path)]

    assert np.allclose(np.diff(times), 0.02)
    assert frame_rate_of(path) == 50


def test_recorded_timestamps_beside_the_video_win(video):
    path = video()
    np.save(path.with_name("clip_timestamps.npy"), 1000 + np.arange(10) * 0.008)

    assert [picture.timestamp for picture in read_pictures(path)][2] == 1000.016


def test_a_single_picture_is_one_frame_without_a_time(tmp_path):
    path = tmp_path / "eye.png"
    cv2.imwrite(str(path), np.full((20, 30, 3), 99, np.uint8))

    (picture,) = read_pictures(path)

    assert (picture.gray.shape, picture.timestamp) == ((20, 30), None)


@pytest.mark.parametrize("name", ["nowhere.mp4", "text.mp4", "text.png", "empty.avi"])
def test_what_cannot_be_read_is_named(tmp_path, name):
    path = tmp_path / name
    if name != "nowhere.mp4":
        path.write_bytes(b"" if name.startswith("empty") else b"this is no video at all")

    with pytest.raises(UnreadableVideoError, match=name.replace(".", r"\.")):
        list(read_pictures(path))


def test_a_video_cut_in_the_middle_gives_what_is_there(video):
    path = video("clip.avi", "mjpeg", "yuvj420p", count=40)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])

    assert 0 < len(list(read_pictures(path))) < 40


@pytest.mark.parametrize(
    ("name", "count"), [("eyeloop/clip.mp4", 284), ("pupilext_1/clip.gif", 62)]
)
def test_real_clips_have_as_many_frames_as_their_source_says(name, count):
    if not EYES.exists():
        pytest.skip("the eye pictures in ../shared/eyes are not here")

    assert sum(1 for _ in read_pictures(EYES / name)) == count
