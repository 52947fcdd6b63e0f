"""Where a point of the HMD frame is seen, and which way a place lies."""

import math

import numpy as np
import pytest

from gazed import MessageError, PluginError
from gazed_plugins.gaze.view import View

LENS = [-0.43, 0.24, 0.001, -0.0015, -0.06]
STREAM = {
    "width": 1280,
    "height": 720,
    "projection_matrix": [[790.0, 0.0, 650.0], [0.0, 780.0, 350.0], [0.0, 0.0, 1.0]],
}


def test_a_point_straight_ahead_is_in_the_middle_and_up_is_up():
    view = View.pinhole(1000.0, (1280, 720))

    assert view.norm_pos((0.0, 0.0, 700.0)) == (0.5, 0.5)
    right, up = view.norm_pos((64.0, -36.0, 500.0))
    assert (right, up) == pytest.approx((0.6, 0.6))


@pytest.mark.parametrize("bend", [[], LENS[:2], LENS])
def test_places_are_those_that_opencv_projects_to(bend):
    cv2 = pytest.importorskip("cv2")
    view = View.from_wire({**STREAM, "distortion_coeffs": bend})
    points = np.random.default_rng(1).uniform((-400, -250, 900), (400, 250, 1500), (50, 3))
    matrix = np.array(STREAM["projection_matrix"])
    lens = np.array([*bend, *[0.0] * (5 - len(bend))])

    pixels = cv2.projectPoints(points, np.zeros(3), np.zeros(3), matrix, lens)[0].reshape(-1, 2)

    for point, (x, y) in zip(points.tolist(), pixels.tolist(), strict=True):
        assert view.norm_pos(point) == pytest.approx((x / 1280, 1 - y / 720), abs=1e-9)


def test_a_place_leads_back_to_the_direction_that_is_seen_there():
    view = View.from_wire({**STREAM, "distortion_coeffs": LENS})

    x, y, z = view.ray(view.norm_pos((210.0, -120.0, 600.0)))

    assert (x, y, z) == pytest.approx((0.35, -0.2, 1.0), abs=1e-6)


def test_what_lies_far_beside_a_bent_view_does_not_fold_back_into_it():
    view = View.from_wire({**STREAM, "distortion_coeffs": LENS})

    across = [view.norm_pos((math.tan(math.radians(angle)), 0.0, 1.0))[0] for angle in range(89)]

    assert across == sorted(across)
    assert across[88] > 2.0


def test_places_are_clamped_and_a_point_without_direction_has_none():
    view = View.pinhole(1000.0, (1280, 720))

    assert view.norm_pos((100.0, -100.0, 1e-9)) == (100.0, 100.0)
    assert view.norm_pos((0.0, 5.0, 0.0)) == (0.5, -100.0)
    assert view.norm_pos((0.0, 0.0, 0.0)) is None
    assert view.norm_pos((math.nan, 0.0, 1.0)) is None


def test_a_view_travels_as_a_message():
    view = View.from_wire({**STREAM, "distortion_coeffs": LENS})

    assert View.from_wire(view.to_wire()) == view


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"projection_matrix": None}, "projection_matrix"),
        ({"projection_matrix": [1.0] * 8}, "projection_matrix"),
        ({"projection_matrix": [0.0] * 9}, "projection_matrix"),
        ({"projection_matrix": ["f"] * 9}, "projection_matrix"),
        ({"distortion_coeffs": [0.1] * 8}, "distortion_coeffs"),
        ({"distortion_coeffs": [math.nan]}, "distortion_coeffs"),
        ({"width": 0}, "width is 0"),
        ({"height": True}, "height"),
        ({"height": []}, "height"),
    ],
)
def test_intrinsics_that_are_none_are_refused_by_name(change, problem):
    with pytest.raises(MessageError, match=problem):
        View.from_wire({**STREAM, **change})


def test_a_missing_matrix_is_named():
    with pytest.raises(MessageError, match="projection_matrix is missing"):
        View.from_wire({"width": 640, "height": 480})


def test_a_view_without_pixels_is_refused():
    with pytest.raises(PluginError, match="0 x 720"):
        View.pinhole(1000.0, (0, 720))
