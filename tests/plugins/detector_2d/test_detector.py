"""The detector alone: where it finds the pupil, how sure it is, and what it survives."""

from __future__ import annotations

import csv
import math
import warnings
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazed import NO_ELLIPSE
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.simulated_headset import sequence
from gazed_plugins.video import read_pictures

EYES = Path(__file__).parents[4] / "shared" / "eyes"
SURE = 0.6
needs_eyes = pytest.mark.skipif(
    not EYES.is_dir(), reason="the eye pictures in ../shared/eyes are not here"
)


def eye(width=192, height=None, center=(0.5, 0.5), diameter=0.2, flatness=0.8, angle=30.0):
    """Draw an iris with a pupil; lengths in picture widths, the angle is the long axis'."""
    height = height or width
    large = np.full((height * 4, width * 4), 170, np.uint8)
    place = ((center[0] * width) * 4, (center[1] * height) * 4)
    for size, level in ((diameter * 2.2, 95), (diameter, 25)):
        axes = (size * width * 4, size * width * 4 * flatness)
        cv2.ellipse(large, (place, axes, angle), level, -1, cv2.LINE_AA)
    small = cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
    noise = np.random.default_rng(0).normal(0, 2, small.shape)
    blurred = cv2.GaussianBlur(small, (0, 0), 0.006 * width)
    return np.clip(blurred + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("width", [96, 128, 192, 320, 640, 1280])
def test_a_pupil_is_found_at_any_picture_size_without_a_setting(width):
    ellipse, confidence = PupilDetector().detect(eye(width))

    assert confidence > 0.8
    assert math.dist(ellipse.center, (width / 2 - 0.5, width / 2 - 0.5)) < 0.004 * width
    assert np.allclose(sorted(ellipse.axes), [0.16 * width, 0.2 * width], rtol=0.05)
    assert (ellipse.angle + 90) % 180 == pytest.approx(30, abs=6)


def test_the_minor_axis_comes_first():
    ellipse, _ = PupilDetector().detect(eye(flatness=0.6))

    assert ellipse.axes[0] < ellipse.axes[1]
    assert ellipse.diameter == ellipse.axes[1]


def test_a_moving_pupil_is_followed_as_closely_as_it_is_found():
    detector = PupilDetector()
    for step in range(30):
        center = (0.4 + 0.006 * step, 0.5 + 0.004 * step)
        ellipse, confidence = detector.detect(eye(center=center))
        truth = (center[0] * 192 - 0.5, center[1] * 192 - 0.5)
        assert confidence > 0.8
        assert math.dist(ellipse.center, truth) < 0.4


def test_a_pupil_that_jumps_is_found_in_the_same_picture():
    detector = PupilDetector()
    detector.detect(eye(center=(0.3, 0.4)))

    ellipse, confidence = detector.detect(eye(center=(0.7, 0.6)))

    assert confidence > 0.8
    assert math.dist(ellipse.center, (0.7 * 192 - 0.5, 0.6 * 192 - 0.5)) < 0.5


def test_after_pictures_without_a_pupil_it_is_found_at_once():
    detector = PupilDetector()
    for _ in range(5):
        detector.detect(np.random.default_rng(1).integers(90, 110, (192, 192)).astype(np.uint8))

    _, confidence = detector.detect(eye())

    assert confidence > 0.8


def test_a_region_bounds_the_search_and_keeps_the_places():
    both = np.minimum(
        eye(center=(0.25, 0.5), diameter=0.15), eye(center=(0.75, 0.5), diameter=0.15)
    )
    detector = PupilDetector()

    left, _ = detector.detect(both, roi=(0, 0, 95, 191))
    right, _ = detector.detect(both, roi=(96, 0, 191, 191))

    assert left.center == pytest.approx((47.5, 95.5), abs=0.5)
    assert right.center == pytest.approx((143.5, 95.5), abs=0.5)


def test_diameters_outside_the_bounds_are_not_the_pupil():
    ellipse, confidence = PupilDetector(smallest=60.0).detect(eye())

    assert confidence < SURE or ellipse.diameter >= 60
    assert PupilDetector(smallest=20.0, largest=60.0).detect(eye())[1] > 0.8


@pytest.mark.parametrize(
    "gray",
    [
        np.zeros((1, 1), np.uint8),
        np.zeros((0, 0), np.uint8),
        np.zeros((192, 192), np.uint8),
        np.full((192, 192), 255, np.uint8),
        np.zeros((2, 4000), np.uint8),
        np.zeros((30, 4000), np.uint8),
    ],
    ids=lambda gray: f"{gray.shape} of {gray.max(initial=0)}",
)
def test_a_picture_without_anything_gives_no_pupil(gray):
    assert PupilDetector().detect(gray) == (NO_ELLIPSE, 0.0)


@pytest.mark.parametrize("seed", range(8))
def test_whatever_the_picture_the_figures_are_finite_and_nothing_is_raised(seed):
    random = np.random.default_rng(seed)
    shape = tuple(random.integers(20, 260, 2))
    pictures = [
        random.integers(0, 256, shape).astype(np.uint8),
        np.kron(random.integers(0, 2, (7, 9)), np.full((24, 24), 255)).astype(np.uint8),
        np.tile(np.linspace(0, 255, shape[1]).astype(np.uint8), (shape[0], 1)),
    ]
    detector = PupilDetector()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for gray in pictures * 2:
            ellipse, confidence = detector.detect(gray)
            assert np.isfinite([*ellipse.center, *ellipse.axes, ellipse.angle]).all()
            assert 0.0 <= confidence <= 1.0


def test_a_view_into_a_larger_array_serves_as_a_picture():
    wide = np.zeros((192, 500), np.uint8)
    wide[:, 100:484:2] = eye()

    _, confidence = PupilDetector().detect(wide[:, 100:484:2])

    assert confidence > 0.8


@pytest.mark.parametrize("wrong", [np.zeros((9, 9, 3), np.uint8), np.zeros((9, 9), np.float32)])
def test_what_is_no_gray_picture_is_refused_with_its_shape(wrong):
    with pytest.raises(ValueError, match=r"gray.*\(9, 9"):
        PupilDetector().detect(wrong)


@pytest.mark.parametrize("level", ["easy", "medium"])
def test_the_simulated_eye_is_followed_to_a_fraction_of_a_pixel(level):
    detector, distances, false = PupilDetector(), [], 0
    for frame, truth in sequence(level, seconds=1.0, seed=3):
        ellipse, confidence = detector.detect(frame.gray)
        if truth.visible_share > 0.6:
            distances.append(math.dist(ellipse.center, truth.ellipse.center))
        false += truth.visible_share < 0.1 and confidence >= SURE

    assert np.mean(np.array(distances) < 2) > 0.98
    assert np.median(distances) < 0.15
    assert not false


def labels_of(name):
    with (EYES / name / "gt.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def near(ellipse, label):
    return math.dist(ellipse.center, (float(label["cx"]), float(label["cy"]))) < 5


@needs_eyes
@pytest.mark.parametrize("name", ["eyeloop", "pupilext_1", "vrhmd_demo2"])
def test_labelled_videos_are_followed_and_closed_eyes_not_believed(name):
    labels = {int(row["frame"]): row for row in labels_of(name)}
    detector, right, seen = PupilDetector(), 0, 0
    for picture in read_pictures(next((EYES / name).glob("clip.*"))):
        ellipse, confidence = detector.detect(picture.gray)
        label = labels.get(picture.index)
        if label and label["pupil_visible"] == "1":
            seen += 1
            right += near(ellipse, label)
        elif label:
            assert confidence < SURE, f"closed eye believed in frame {picture.index}"

    assert right >= (0.98 if name != "vrhmd_demo2" else 0.95) * seen


@needs_eyes
def test_labelled_stills_are_found_and_closed_eyes_not_believed():
    right, seen = 0, 0
    for label in labels_of("mrgaze_a"):
        (picture,) = read_pictures(EYES / "mrgaze_a" / label["file"])
        ellipse, confidence = PupilDetector().detect(picture.gray)
        if label["pupil_visible"] == "1":
            seen += 1
            right += near(ellipse, label)
        else:
            assert confidence < SURE, f"closed eye believed in {label['file']}"

    assert right >= 0.95 * seen
