"""A video in place of a camera, on a bench and in a real daemon."""

from __future__ import annotations

import av
import numpy as np
import pytest
from harness import Bench

from gazed_plugins import file_source
from gazed_plugins.file_source import FileSource
from gazed_plugins.video import read_pictures

CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye_Processes"
args = { eyes = [] }
"""


@pytest.fixture
def clip(tmp_path):
    """A video of 25 frames at 50 a second."""
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=50)
        stream.width, stream.height = 64, 48
        stream.pix_fmt = "yuv420p"
        for index in range(25):
            gray = np.full((48, 64), 40 + 5 * index, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(gray, format="gray")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def eye(start_daemon):
    """A client of a daemon with eye 0, hearing notifications and pictures."""
    daemon = start_daemon(CONFIG)
    with daemon.client() as client:
        client.subscribe("notify.", "frame.eye.0")
        client.notify("eye_process.should_start.0", eye_id=0)
        client.wait_for("plugin.started", name="Detector_2D")
        yield client


def test_a_clip_plays_once_at_its_own_pace_and_says_that_it_is_over(eye, clip):
    eye.notify(
        "start_eye_plugin", target="eye0", name="File_Source", args={"source_path": str(clip)}
    )

    frames = frames_until_the_end(eye)

    assert [frame["index"] for frame in frames] == sorted(frame["index"] for frame in frames)
    times = np.array([frame["timestamp"] for frame in frames])
    steps = np.diff(times) / 0.02
    assert np.allclose(steps, np.round(steps), atol=1e-3)
    assert times[-1] - times[0] <= 24 * 0.02 + 1e-6


def test_a_frame_does_not_wait_until_the_next_one_is_decoded(tmp_path, clip, monkeypatch):
    decoded = []

    def read(path):
        for picture in read_pictures(path):
            decoded.append(picture.index)
            yield picture

    monkeypatch.setattr(file_source, "read_pictures", read)
    with Bench(tmp_path, "eye0") as bench:
        source = bench.start(FileSource, source_path=str(clip), timing="fast")

        frames = [source.read_frame() for _ in range(3)]

    assert [frame.index for frame in frames] == decoded == [0, 1, 2]


def test_as_fast_as_possible_gives_every_frame_with_its_recorded_time(eye, clip):
    args = {"source_path": str(clip), "timing": "fast", "timestamps": "recorded"}
    eye.notify("start_eye_plugin", target="eye0", name="File_Source", args=args)

    frames = frames_until_the_end(eye)

    assert [frame["index"] for frame in frames] == list(range(25))
    assert np.allclose([frame["timestamp"] for frame in frames], np.arange(25) * 0.02)


def test_live_times_rise_across_loops(eye, clip):
    args = {"source_path": str(clip), "loop": True}
    eye.notify("start_eye_plugin", target="eye0", name="File_Source", args=args)

    times = [next_frame(eye)["timestamp"] for _ in range(60)]

    assert np.all(np.diff(times) > 0)


def test_a_pause_holds_the_video_and_play_goes_on(eye, clip):
    args = {"source_path": str(clip), "loop": True}
    eye.notify("start_eye_plugin", target="eye0", name="File_Source", args=args)
    next_frame(eye)

    eye.notify("file_source.should_pause", source_path=str(clip))
    eye.wait_for("file_source.should_pause")
    while eye.receive(0.3) is not None:
        pass
    eye.notify("file_source.should_play", source_path=str(clip))

    assert next_frame(eye)


@pytest.mark.parametrize("name", ["nowhere.mp4", "text.mp4"])
def test_a_file_that_cannot_be_played_is_refused_by_its_path(eye, tmp_path, name):
    path = tmp_path / name
    if name == "text.mp4":
        path.write_text("no video")

    eye.notify(
        "start_eye_plugin", target="eye0", name="File_Source", args={"source_path": str(path)}
    )

    assert str(path) in eye.wait_for("plugin.failed", name="File_Source")["reason"]


def test_it_has_no_business_outside_an_eye(eye, clip):
    eye.start_plugin("File_Source", host="service", source_path=str(clip))

    assert "eye0" in eye.wait_for("plugin.failed", name="File_Source")["reason"]


def frames_until_the_end(eye):
    frames = []
    while (message := eye.receive()) is not None:
        if message[0] == "frame.eye.0":
            frames.append(message[1])
        elif message[0] == "notify.file_source.video_finished":
            while (late := eye.receive(0.2)) is not None:
                frames += [late[1]] if late[0] == "frame.eye.0" else []
            return frames
    raise AssertionError("the video does not end")


def next_frame(eye):
    while (message := eye.receive()) is not None:
        if message[0] == "frame.eye.0":
            return message[1]
    raise AssertionError("no picture came")
