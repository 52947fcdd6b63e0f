"""The eye pipeline: the order of a frame's way, the region of interest, and silence."""

from __future__ import annotations

import numpy as np
import pytest
from harness import Bench

from gazed import Ellipse, Frame, PluginError, Pupil, hookimpl
from gazed_plugins.eye import Eye


class Source:
    """Gives the frames a test puts in."""

    role = "source"

    def __init__(self, context) -> None:
        self.frames: list[Frame] = []

    @hookimpl
    def read_frame(self):
        return self.frames.pop(0) if self.frames else None


class Detector:
    """Finds a pupil where it is told, and keeps what it was shown."""

    def __init__(self, context) -> None:
        self.seen: list[Frame] = []

    @hookimpl
    def detect_pupil(self, frame, found):
        self.seen.append(frame)
        return Pupil.found(frame, Ellipse((10.0, 20.0), (4.0, 5.0), 30.0), 0.9)


class Second:
    """A detector that is called after the first and says what that one found."""

    order = 0.6

    def __init__(self, context) -> None:
        pass

    @hookimpl
    def detect_pupil(self, frame, found):
        return Pupil.found(frame, found[0].ellipse, 0.5, tag="3d", method="second 3d")


class Onlooker:
    """Keeps the pupil data that come by."""

    def __init__(self, context) -> None:
        self.pupils: list[Pupil] = []

    @hookimpl
    def on_pupil(self, pupil):
        self.pupils.append(pupil)


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path, "eye0") as bench:
        bench.start(Source)
        bench.start(Detector)
        bench.start(Eye)
        yield bench


def frame(index=0, width=64, height=48):
    gray = np.zeros((height, width), np.uint8)
    return Frame(eye=0, index=index, timestamp=1.0 + index, received=1.0 + index, gray=gray)


def show(bench, *frames):
    bench.plugins["Source"].frames += frames
    for _ in frames:
        bench.call("tick")


def test_each_frame_gives_one_datum_with_its_own_time(bench):
    show(bench, frame(0), frame(1))

    data = bench.data("pupil.0.2d")
    assert [sent.fields["timestamp"] for sent in data] == [1.0, 2.0]
    assert data[0].fields["norm_pos"] == [10 / 64, 1 - 20 / 48]
    assert data[0].fields["ellipse"] == {"center": [10.0, 20.0], "axes": [4.0, 5.0], "angle": 30.0}


def test_a_later_detector_sees_what_the_earlier_found_in_the_same_frame(bench):
    bench.start(Second)
    bench.start(Onlooker)

    show(bench, frame())

    assert [sent.name for sent in bench.data("pupil.")] == ["pupil.0.2d", "pupil.0.3d"]
    first, second = bench.plugins["Onlooker"].pupils
    assert second.ellipse == first.ellipse


def test_a_region_of_interest_reaches_the_detectors(bench):
    show(bench, frame())

    bench.send("pupil_detector.set_roi", value=[5, 6, 30, 40])
    show(bench, frame(1))

    assert [seen.roi for seen in bench.plugins["Detector"].seen] == [None, (5, 6, 30, 40)]


def test_the_old_form_sets_it_too_and_only_for_its_eye(bench):
    show(bench, frame())

    bench.send("pupil_detector.set_property", name="roi", value=[1, 1, 9, 9], target="eye1")
    show(bench, frame(1))
    bench.send("pupil_detector.set_property", name="roi", value=[2, 2, 9, 9], target="eye0")
    show(bench, frame(2))

    assert [seen.roi for seen in bench.plugins["Detector"].seen] == [None, None, (2, 2, 9, 9)]


@pytest.mark.parametrize(
    "value",
    [
        None,
        "all",
        [1, 2, 3],
        [1, 2, 3, "4"],
        [1.5, 2, 9, 9],
        [-1, 0, 9, 9],
        [9, 0, 1, 9],
        [0, 0, 64, 9],
    ],
)
def test_a_region_that_cannot_be_is_refused_and_the_old_one_stays(bench, caplog, value):
    show(bench, frame())
    bench.send("pupil_detector.set_roi", value=[5, 6, 30, 40])

    bench.send("pupil_detector.set_roi", value=value)
    show(bench, frame(1))

    assert bench.plugins["Detector"].seen[-1].roi == (5, 6, 30, 40)
    assert "refused" in caplog.text


def test_the_region_follows_a_change_of_the_pictures_size(bench):
    show(bench, frame())
    bench.send("pupil_detector.set_roi", value=[5, 6, 30, 40])

    show(bench, frame(1, width=128, height=96))

    assert bench.plugins["Detector"].seen[-1].roi == (10, 12, 60, 80)


def test_an_eye_without_frames_says_so_once_and_keeps_looking(bench, caplog):
    bench.clock.advance(3.5)

    for _ in range(3):
        bench.call("tick")

    assert bench.subjects("capture.") == ["capture.silent"]
    assert "no camera" in caplog.text
    show(bench, frame())
    assert bench.data("pupil.0.2d")


def test_a_clock_that_is_set_back_is_no_silence(bench):
    bench.clock.advance(100)
    show(bench, frame())

    bench.clock.set(0.0)
    bench.call("tick")
    bench.clock.advance(1.0)
    bench.call("tick")

    assert bench.subjects("capture.") == []


def test_clients_learn_when_an_eye_starts_and_ends(bench):
    bench.stop("Eye")

    assert bench.subjects("eye_process.") == ["eye_process.started", "eye_process.stopped"]
    assert bench.told("eye_process.stopped")["eye_id"] == 0


def test_an_eye_runs_in_an_eye_host_only(tmp_path):
    with Bench(tmp_path, "service") as bench, pytest.raises(PluginError, match="eye0"):
        bench.start(Eye)
