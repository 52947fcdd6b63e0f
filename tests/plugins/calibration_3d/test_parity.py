"""The original's HMD fit, with the figures of spec: calibration 11.2."""

import numpy as np
import pytest
from looks_in_space import CENTERS, EYES, GOLDEN, Looks, normals_at, y_down

from gazed_plugins.calibration_3d.eyes import eye_data
from gazed_plugins.calibration_3d.mapping import meet, pose_matrix
from gazed_plugins.calibration_3d.parity import (
    UPSTREAM_SCALES,
    fit_grid,
    fit_scaled,
    match_both_eyes,
    parity_matrices,
)
from gazed_plugins.calibration_3d.vectors import FitError, degrees_between, rotation_of, unit

POINTS = y_down(GOLDEN)
NORMALS = [normals_at(eye, POINTS) for eye in (0, 1)]
M0 = [
    [-0.963554, 0.097117, 0.249264, 25.287887],
    [0.105927, 0.994127, 0.022143, -0.383859],
    [-0.245649, 0.047739, -0.968183, 34.155907],
]
M1 = [
    [-0.944741, -0.064960, 0.321318, -45.325685],
    [-0.074090, 0.997119, -0.016255, 0.192254],
    [-0.319336, -0.039163, -0.946832, 31.723068],
]


@pytest.fixture(scope="module")
def golden():
    return fit_grid(NORMALS, POINTS, EYES)


def matrices_of(fit):
    return [pose_matrix(*parts) for parts in zip(fit.rotations, EYES, CENTERS, strict=True)]


def points_of(fit):
    lines = [
        (np.broadcast_to(eye, normals.shape), normals @ rotation.T)
        for eye, normals, rotation in zip(EYES, NORMALS, fit.rotations, strict=True)
    ]
    return meet([centers for centers, _ in lines], [normals for _, normals in lines])


@pytest.mark.parametrize(
    ("scale", "cost"),
    [
        (0.7, 0.156108569),
        (3.025, 0.427172835),
        (5.35, 0.635125365),
        (7.675, 0.728529436),
        (10.0, 0.781141893),
        (1.0, 0.0),
    ],
)
def test_the_cost_of_each_scale_is_the_originals(scale, cost):
    assert fit_scaled(NORMALS, POINTS, EYES, scale).cost == pytest.approx(cost, abs=1e-6)


def test_the_grid_settles_on_the_originals_scale(golden):
    assert golden.scale == UPSTREAM_SCALES[0]


def test_the_rotations_are_the_originals(golden):
    right, left = golden.rotations

    assert right == pytest.approx(rotation_of(np.array([0.149306, 2.886842, 0.051387])), abs=1e-4)
    assert left == pytest.approx(rotation_of(np.array([-0.100593, 2.813184, -0.040091])), abs=1e-4)


def test_the_matrices_are_the_originals(golden):
    right, left = matrices_of(golden)

    assert right[:3] == pytest.approx(np.array(M0), abs=1e-4)
    assert left[:3] == pytest.approx(np.array(M1), abs=1e-4)


@pytest.mark.parametrize(
    ("target", "point"),
    [
        (0, (0.000, 0.000, 483.584)),
        (1, (128.008, -0.015, 476.949)),
        (7, (0.000, 0.000, 714.115)),
        (14, (0.000, 0.000, 1111.209)),
        (19, (193.424, -154.150, 1096.370)),
    ],
)
def test_the_gaze_points_are_the_originals(golden, target, point):
    assert points_of(golden)[target] == pytest.approx(point, abs=0.1)


def test_the_original_keeps_directions_and_shortens_distances(golden):
    points = points_of(golden)

    errors = degrees_between(unit(points), unit(POINTS))
    ratios = np.linalg.norm(points, axis=1) / np.linalg.norm(POINTS, axis=1)

    assert errors.max() < 0.025
    assert ratios[[0, 7, 14]] == pytest.approx([0.806, 0.714, 0.556], abs=1e-3)


def test_the_last_scale_is_tried_only_when_all_others_are_hopeless():
    dice = np.random.default_rng(1)
    anywhere = [unit(dice.normal(size=(600, 3))) for _ in range(3)]

    with pytest.raises(FitError, match=r"Model fit did not converge\."):
        fit_grid(anywhere[:2], 1000.0 * anywhere[2], EYES)


def test_three_times_match_that_lie_within_a_fifteenth_of_a_second():
    right, left = np.array([0.0, 0.1, 0.2]), np.array([0.02, 0.16, 0.3])

    first, second, near = match_both_eyes(right, left, np.array([0.04, 0.13, 0.26]))

    assert first.tolist() == [0, 1, 2]
    assert second.tolist() == [0, 1, 2]
    assert near.tolist() == [True, True, False]


def test_of_two_data_as_near_the_later_counts():
    times = np.array([0.0, 1.0])

    first, _, _ = match_both_eyes(times, times, np.array([0.5]))

    assert first.tolist() == [1]


def test_a_stream_gives_the_golden_matrices():
    looks = Looks(latency=0.0, noise_deg=0.0)
    rows = np.array(looks.rows)
    data = [eye_data(rows, eye, 0.8) for eye in (0, 1)]

    (right, left), scale = parity_matrices(data, np.array(looks.references)[:, 1:], EYES)

    assert scale == UPSTREAM_SCALES[0]
    assert right[:3] == pytest.approx(np.array(M0), abs=1e-4)
    assert left[:3] == pytest.approx(np.array(M1), abs=1e-4)


def test_one_eyes_data_are_not_sufficient():
    looks = Looks(eyes=(1,))
    data = [eye_data(np.array(looks.rows), eye, 0.8) for eye in (0, 1)]

    with pytest.raises(FitError, match=r"^Not sufficient data available\.$"):
        parity_matrices(data, np.array(looks.references)[:, 1:], EYES)


def test_an_eye_that_never_moved_ends_in_a_result_too():
    still = [np.tile(normals[:1], (len(POINTS), 1)) for normals in NORMALS]

    assert np.isfinite(fit_grid(still, POINTS, EYES).rotations).all()
