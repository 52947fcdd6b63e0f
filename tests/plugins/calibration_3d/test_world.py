"""The original's fits for a world camera, with the figures of spec: calibration 11.3."""

import numpy as np
import pytest
from looks_in_space import CENTERS, ROTATIONS

from gazed_plugins.calibration_3d.mapping import meet, pose_matrix
from gazed_plugins.calibration_3d.vectors import rotation_of, unit
from gazed_plugins.calibration_3d.world import fit_both_eyes, fit_one_eye
from gazed_plugins.calibration_3d.world_fit import answer

POSITIONS = (np.array([20.0, 15.0, -20.0]), np.array([-40.0, 15.0, -20.0]))
PIXELS = [(640.0 + dx, 360.0 + dy) for dx in (-400, 0, 400) for dy in (-250, 0, 250)]
RAYS = unit(np.array([[(x - 640) / 1000, (y - 360) / 1000, 1.0] for x, y in PIXELS]))
TARGETS = RAYS * np.arange(400, 801, 50)[:, None]
NORMALS = [
    unit(TARGETS - position) @ rotation
    for position, rotation in zip(POSITIONS, ROTATIONS, strict=True)
]
CAMERA = {
    "width": 1280,
    "height": 720,
    "projection_matrix": [1000.0, 0.0, 640.0, 0.0, 1000.0, 360.0, 0.0, 0.0, 1.0],
    "distortion_coeffs": [0.0] * 5,
}
M0 = [
    [-0.966719, 0.097650, 0.236472, 12.739016],
    [0.105744, 0.994155, 0.021760, 14.629728],
    [-0.232965, 0.046042, -0.971395, 14.254795],
]
M1 = [
    [-0.940441, -0.064533, 0.333776, -52.742899],
    [-0.074041, 0.997130, -0.015828, 15.177804],
    [-0.331796, -0.039598, -0.942520, 11.557874],
]
ALONE = [
    [-0.961038, 0.104949, 0.255716, 18.108213],
    [0.115976, 0.992846, 0.028385, 15.997782],
    [-0.250908, 0.056936, -0.966335, 25.640569],
]


@pytest.fixture(scope="module")
def both():
    return fit_both_eyes(RAYS, NORMALS, POSITIONS)


def norm_pos(point):
    x, y, z = point
    return (1000 * x / z + 640) / 1280, 1.0 - (1000 * y / z + 360) / 720


def test_the_binocular_fit_finds_the_rotations_and_distances(both):
    rotations, targets = both

    assert rotations[0] == pytest.approx(rotation_of(np.array([0.15, 2.9, 0.05])), abs=1e-4)
    assert rotations[1] == pytest.approx(rotation_of(np.array([-0.1, 2.8, -0.04])), abs=1e-4)
    assert np.linalg.norm(targets, axis=1) == pytest.approx(np.arange(400, 801, 50), abs=1.0)


def test_the_binocular_matrices_are_the_originals(both):
    right, left = (pose_matrix(*parts) for parts in zip(both[0], POSITIONS, CENTERS, strict=True))

    assert right[:3] == pytest.approx(np.array(M0), abs=1e-3)
    assert left[:3] == pytest.approx(np.array(M1), abs=1e-3)


@pytest.mark.parametrize(
    ("sample", "place", "point"),
    [
        (0, (0.187499, 0.847223), (-144.702, -90.438, 361.753)),
        (4, (0.5, 0.5), (0.0, 0.0, 599.953)),
        (8, (0.812501, 0.152777), (289.388, 180.868, 723.468)),
    ],
)
def test_both_eyes_gaze_is_the_originals(both, sample, place, point):
    lines = [
        (position[None], (rotation @ normals[sample])[None])
        for position, rotation, normals in zip(POSITIONS, both[0], NORMALS, strict=True)
    ]

    (found,) = meet([centers for centers, _ in lines], [normals for _, normals in lines])

    assert found == pytest.approx(point, abs=1.0)
    assert norm_pos(found) == pytest.approx(place, abs=1e-3)


def test_one_eyes_pose_is_the_originals():
    rotation, position = fit_one_eye(RAYS, NORMALS[0], POSITIONS[0])

    matrix = pose_matrix(rotation, position, CENTERS[0])

    assert position == pytest.approx((26.04476, 16.610815, -8.460537), abs=0.2)
    assert matrix[:3, :3] == pytest.approx(np.array(ALONE)[:, :3], abs=1e-3)
    assert matrix[:3, 3] == pytest.approx(np.array(ALONE)[:, 3], abs=0.2)


@pytest.mark.parametrize(
    ("sample", "place", "point"),
    [
        (0, (0.181976, 0.849558), (-175.679, -108.618, 431.568)),
        (4, (0.499998, 0.499366), (-0.001, 0.224, 490.592)),
        (8, (0.816312, 0.153310), (184.507, 113.753, 455.709)),
    ],
)
def test_one_eyes_gaze_is_the_originals(sample, place, point):
    rotation, position = fit_one_eye(RAYS, NORMALS[0], POSITIONS[0])

    found = position + 500.0 * rotation @ NORMALS[0][sample]

    assert found == pytest.approx(point, abs=1.0)
    assert norm_pos(found) == pytest.approx(place, abs=1e-3)


def request(eyes=(0, 1), shift=0.0):
    rows = [
        (eye, k + shift, 1.0, 1.0, *CENTERS[eye], *NORMALS[eye][k])
        for k in range(len(PIXELS))
        for eye in eyes
    ]
    return {
        "pupils": rows,
        "references": [(k, *pixel) for k, pixel in enumerate(PIXELS)],
        "camera": CAMERA,
        "positions": [position.tolist() for position in POSITIONS],
        "confidence": 0.8,
    }


def test_the_fit_process_answers_with_all_three_models():
    params = answer(request())["params"]

    assert np.array(params["binocular_model"]["eye_camera_to_world_matrix0"])[:3] == pytest.approx(
        np.array(M0), abs=1e-3
    )
    assert params["right_model"]["gaze_distance"] == 500.0
    assert params["left_model"]


def test_one_eye_gives_its_model_only():
    params = answer(request(eyes=(1,)))["params"]

    assert params["left_model"]
    assert params["right_model"] == params["binocular_model"] == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pupils": []}, "Not sufficient pupil data available."),
        ({"references": []}, "Not sufficient reference data available."),
        (request(shift=0.5), "Not sufficient data available."),
    ],
)
def test_missing_data_are_named_as_the_original_names_them(changes, reason):
    assert answer({**request(), **changes})["reason"] == reason
