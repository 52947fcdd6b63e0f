"""What the demo measures and draws, from made data."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from made_gaze import at_angle, gaze_2d, gaze_3d

from gazed import gaze_to_wire
from gazed_plugins.simulated_headset.figures import Figures
from gazed_plugins.simulated_headset.headset import EYES_MM
from gazed_plugins.simulated_headset.hmd_client import PROCEDURES
from gazed_plugins.simulated_headset.report import drawn, png
from gazed_plugins.simulated_headset.viewport import angles_of, norm_pos_of, point_at_angles

TARGETS = [point_at_angles(0.0, 0.0, 1000.0), point_at_angles(-10.0, 8.0, 600.0)]
RATE = 100


class Story:
    """Gaze data and truths of a wearer who looks at two targets for a second each."""

    def __init__(self, make, off=1.0):
        self.now = 0.0
        self.figures = Figures(lambda: self.now)
        for number, target in enumerate(TARGETS):
            self.figures.show(target)
            for k in range(RATE):
                timestamp = number + k / RATE
                self.now = timestamp + 0.003
                self.tell(make(target, timestamp, off), target, timestamp)

    def tell(self, gaze, target, timestamp):
        self.figures.add(gaze.topic, gaze_to_wire(gaze))
        for eye in (0, 1):
            truth = {"id": eye, "timestamp": timestamp, "gaze_point": list(target)}
            self.figures.add(f"simulated.truth.{eye}", truth)


def both_eyes(target, timestamp, off, confidence=1.0):
    """Return 3D gaze that is so many degrees too far right, and a tenth too far away."""
    right, up = angles_of(target)
    return gaze_3d(at_angle(right + off, up, 1.1 * math.hypot(*target)), timestamp, confidence)


def right_eye(target, timestamp, off):
    """Return 2D gaze of the right eye that is so many degrees too far up."""
    x, y, z = (there - here for there, here in zip(target, EYES_MM[0], strict=True))
    up = math.atan2(y, math.hypot(x, z)) + math.radians(off)
    seen = (x, math.hypot(x, z) * math.tan(up), z)
    place = norm_pos_of(tuple(a + b for a, b in zip(seen, EYES_MM[0], strict=True)), 0)
    return gaze_2d(place, timestamp, eye=0)


def test_3d_gaze_is_compared_with_what_both_eyes_looked_at():
    report = Story(both_eyes).figures.report()

    error = report["error_deg"]
    assert error["median"] == pytest.approx(1.0, abs=0.02)
    assert error["p95"] == pytest.approx(1.0, abs=0.02)
    assert set(report["eye_error_deg"]) == {"0", "1"}
    assert report["error_viewport"] is None
    assert report["precision_deg"] == pytest.approx(0.0, abs=1e-9)
    assert report["confident_share"] == 1.0
    assert report["latency_ms"]["gaze.3d.01."]["median"] == pytest.approx(3.0)
    for target, entry in zip(TARGETS, report["targets"], strict=True):
        assert (entry["right"], entry["up"]) == pytest.approx(angles_of(target))
        assert entry["samples"] == RATE
        assert entry["depth_ratio"] == pytest.approx(1.1)


def test_gaze_without_error_has_none_in_either_eye():
    def exactly(target, timestamp, _off):
        x, y, z = target
        return gaze_3d((x, -y, z), timestamp)

    report = Story(exactly).figures.report()

    assert report["error_deg"]["p99"] < 1e-6
    assert all(error["p99"] < 1e-6 for error in report["eye_error_deg"].values())


def test_gaze_of_one_eye_is_judged_by_its_line_of_sight():
    def alone(target, timestamp, _off):
        x, y, z = target
        return gaze_3d((0.5 * (x - 32.0) + 32.0, -0.5 * y, 0.5 * z), timestamp, eyes=(0,))

    figures = Story(alone).figures

    assert figures.report()["error_deg"]["p99"] < 1e-6
    assert figures.newest["gaze.3d.0."].depth_ratio is None


def test_2d_gaze_is_compared_in_the_eyes_display():
    report = Story(right_eye, off=0.5).figures.report()

    assert report["error_deg"]["median"] == pytest.approx(0.5, abs=0.01)
    assert report["error_viewport"]["median"] == pytest.approx(math.tan(math.radians(0.5)) / 2, 0.1)
    assert report["eye_error_deg"]["1"] is None


def test_unsure_gaze_counts_as_such_and_not_as_error():
    def unsure(target, timestamp, off):
        return both_eyes(target, timestamp, off, 0.3 if timestamp < 1.0 else 1.0)

    report = Story(unsure).figures.report()

    assert report["confident_share"] == 0.5
    assert report["targets"][0]["error_deg"] is None


def test_gaze_waits_for_its_truth():
    story = Story(both_eyes)
    gaze = both_eyes(TARGETS[0], 5.0, 1.0)
    story.figures.clear()
    story.figures.add(gaze.topic, gaze_to_wire(gaze))
    assert not story.figures.samples

    for eye in (0, 1):
        truth = {"id": eye, "timestamp": 5.0, "gaze_point": list(TARGETS[0])}
        story.figures.add(f"simulated.truth.{eye}", truth)

    assert len(story.figures.samples) == 1


@pytest.mark.parametrize("make", [both_eyes, right_eye])
def test_the_picture_shows_targets_gaze_errors_and_time(make):
    figures = Story(make).figures

    picture = drawn(figures, "a title")

    assert picture.shape == (960, 1280, 3)
    for left, top, right, bottom in (
        (90, 130, 490, 530),
        (620, 130, 1220, 530),
        (90, 640, 690, 880),
    ):
        panel = picture[top:bottom, left:right].reshape(-1, 3).astype(int)
        colourful = np.ptp(panel, axis=1) > 60
        assert colourful.sum() > 30
    decoded = cv2.imdecode(np.frombuffer(png(figures, "a title"), np.uint8), cv2.IMREAD_COLOR)
    assert np.array_equal(decoded, picture)


def test_a_picture_of_nothing_says_so():
    assert drawn(Figures(lambda: 0.0), "nothing").shape == (960, 1280, 3)


def test_calibration_targets_fill_the_view_at_three_distances():
    targets = PROCEDURES["3d"].targets

    by_distance: dict[int, list] = {}
    for target in targets:
        by_distance.setdefault(round(math.hypot(*target)), []).append(angles_of(target))
    assert sorted(by_distance) == [600, 1000, 2000]
    for places in by_distance.values():
        assert np.linalg.matrix_rank(np.array(places) - np.mean(places, axis=0), tol=1.0) == 2
    assert {round(math.hypot(*target)) for target in PROCEDURES["2d"].targets} == {1000}
