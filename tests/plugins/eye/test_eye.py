"""The eye pipeline: the order of a frame's way, the region of interest, and silence."""

from __future__ import annotations

from dataclasses import replace

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


def test_a_region_in_a_corner_keeps_two_pixels_when_the_picture_shrinks(bench):
    show(bench, frame())
    bench.send("pupil_detector.set_roi", value=[62, 46, 63, 47])

    show(bench, frame(1, width=16, height=12))

    assert bench.plugins["Detector"].seen[-1].roi == (14, 10, 15, 11)


def marked(x, y, width=64, height=48, **more):
    """A dark picture with one bright pixel."""
    gray = np.zeros((height, width), np.uint8)
    gray[y, x] = 255
    return Frame(eye=0, index=0, timestamp=1.0, received=1.0, gray=gray, **more)


def bright_pixel(picture):
    y, x = np.argwhere(picture == 255)[0]
    return (int(x), int(y))


@pytest.mark.parametrize(
    ("args", "size", "place"),
    [
        ({}, (64, 48), (10, 5)),
        ({"rotation": 90}, (48, 64), (42, 10)),
        ({"rotation": 180}, (64, 48), (53, 42)),
        ({"rotation": 270}, (48, 64), (5, 53)),
        ({"flip": "horizontal"}, (64, 48), (53, 5)),
        ({"flip": "vertical"}, (64, 48), (10, 42)),
        ({"rotation": 90, "flip": "horizontal"}, (48, 64), (5, 10)),
    ],
)
def test_pictures_are_turned_clockwise_and_then_mirrored(bench, args, size, place):
    bench.plugins["Eye"].update(**args)

    show(bench, marked(10, 5))

    seen = bench.plugins["Detector"].seen[-1]
    assert (seen.width, seen.height) == size
    assert bright_pixel(seen.gray) == place
    assert seen.gray.flags["C_CONTIGUOUS"]


def test_colour_is_turned_as_well_and_the_cameras_jpeg_no_longer_passed_on(bench):
    bgr = np.zeros((48, 64, 3), np.uint8)
    bgr[5, 10] = 255
    bench.plugins["Eye"].update(rotation=180)

    show(bench, marked(10, 5, bgr=bgr, jpeg=b"upside down"))

    seen = bench.plugins["Detector"].seen[-1]
    assert bright_pixel(seen.bgr[:, :, 1]) == (53, 42)
    assert seen.jpeg is None


def test_upright_pictures_keep_the_cameras_jpeg(bench):
    show(bench, marked(10, 5, jpeg=b"as it came"))

    assert bench.plugins["Detector"].seen[-1].jpeg == b"as it came"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", ["none", "horizontal", "vertical"])
def test_a_region_stays_on_the_same_part_of_the_eye_when_the_picture_is_turned(
    bench, rotation, flip
):
    bench.plugins["Eye"].update(rotation=90, flip="vertical")
    show(bench, marked(10, 5))
    x, y = bright_pixel(bench.plugins["Detector"].seen[-1].gray)
    bench.send("pupil_detector.set_roi", value=[x, y, x + 3, y + 1])

    bench.plugins["Eye"].update(rotation=rotation, flip=flip)
    show(bench, marked(10, 5))

    seen = bench.plugins["Detector"].seen[-1]
    x, y = bright_pixel(seen.gray)
    min_x, min_y, max_x, max_y = seen.roi
    assert x in (min_x, max_x)
    assert y in (min_y, max_y)
    assert sorted((max_x - min_x, max_y - min_y)) == [1, 3]


def test_changing_only_the_mirror_leaves_the_turn(bench):
    bench.plugins["Eye"].update(rotation=90)
    bench.plugins["Eye"].update(flip="horizontal")

    show(bench, marked(10, 5))

    assert bright_pixel(bench.plugins["Detector"].seen[-1].gray) == (5, 10)


def test_stage_timings_are_reported_on_request(bench):
    bench.start(Second)
    late = replace(frame(2), received=3.25, decode_seconds=0.002)
    bench.clock.set(3.5)
    show(bench, frame(0), frame(1), late)

    bench.send("eye_process.should_report", eye_id=1)
    bench.send("eye_process.should_report")

    report = bench.told("eye_process.report")
    assert (report["eye_id"], report["frames"]) == (0, 3)
    assert report["capture_ms"]["median"] == 0.0
    assert report["capture_ms"]["p99"] == pytest.approx(245.0)
    assert report["decode_ms"]["p99"] == pytest.approx(1.96)
    assert set(report["detect_ms"]) == {"2d", "3d"}
    for stage in ("publish_ms", "total_ms", "wait_ms"):
        assert set(report[stage]) == {"median", "p95", "p99"}
    assert report["publish_ms"]["median"] <= report["total_ms"]["median"]


def test_a_report_before_any_frame_has_no_figures(bench):
    bench.send("eye_process.should_report")

    report = bench.told("eye_process.report")
    assert (report["frames"], report["seconds"], report["detect_ms"]) == (0, 0.0, {})


def test_only_the_last_thousand_frames_count(bench):
    for index in range(1002):
        show(bench, frame(index))

    bench.send("eye_process.should_report")

    assert bench.told("eye_process.report")["frames"] == 1000


def test_where_the_source_said_why_there_are_no_frames_the_eye_adds_nothing(bench, caplog):
    bench.send("capture.looking", eye_id=0, text="there is no camera for eye0")
    bench.clock.advance(3.5)

    bench.call("tick")

    assert bench.subjects("capture.") == ["capture.silent"]
    assert not caplog.records


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
