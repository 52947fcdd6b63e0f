"""The parts of our fit: the timeline of targets, an eye's data, its fixations."""

import numpy as np
import pytest
from looks_in_space import CENTERS, EYES, GOLDEN, Looks, normals_at, y_down

from gazed import Pupil
from gazed_plugins.calibration_3d.consensus import consensus
from gazed_plugins.calibration_3d.eyes import eye_data
from gazed_plugins.calibration_3d.fixations import fixations
from gazed_plugins.calibration_3d.rows import row_3d
from gazed_plugins.calibration_3d.timeline import timeline_of
from gazed_plugins.calibration_3d.vectors import degrees_between, rotation_of, unit


def shown_of(looks):
    return timeline_of(np.array(looks.references)[:, 1:], EYES)


def data_of(looks, eye=0):
    return eye_data(np.array(looks.rows), eye, 0.8)


def test_each_target_is_one_stretch_of_time():
    shown = shown_of(Looks())

    assert shown.means == pytest.approx(y_down(GOLDEN))
    assert shown.first == pytest.approx(100.1 + np.arange(len(GOLDEN)))
    assert shown.targets_at(np.array([99.9, 100.05, 100.5, 101.03, 101.5])).tolist() == [
        -1,
        -1,
        0,
        -1,
        1,
    ]


def test_targets_in_one_direction_at_two_distances_are_two():
    assert len(shown_of(Looks([(0.0, 0.0, 600.0), (0.0, 0.0, 1000.0)])).first) == 2


def test_a_target_shown_again_after_a_pause_is_another():
    references = np.array([(t, 0.0, 0.0, 1000.0) for t in (1.0, 1.02, 3.0, 3.02)])

    assert timeline_of(references, EYES).first.tolist() == [1.0, 3.0]


def test_more_targets_than_needed_are_thinned_evenly():
    references = np.array([(k, 300.0 * (k % 2), 0.0, 1000.0) for k in range(100)], float)

    assert timeline_of(references, EYES, most=10).first.tolist() == list(range(0, 100, 11))


def test_a_position_between_two_references_is_interpolated():
    references = [(0.0, 0.0, 0.0, 1000.0), (0.3, 3.0, 0.0, 1000.0), (0.6, 6.0, 0.0, 1000.0)]
    shown = timeline_of(np.array(references), EYES)

    places = shown.positions_at(np.array([0.15]), np.array([0]))

    assert places[0] == pytest.approx((1.5, 0.0, 1000.0))


def test_unusable_and_unsure_data_are_left_out():
    good = (0, 1.0, 0.9, 1.0, 0.0, 0.0, 35.0, 0.0, 0.0, -1.0)
    rows = np.array(
        [
            good,
            (0, 1.01, 0.5, *good[3:]),
            (0, 1.02, 0.9, 1.0, np.nan, *good[5:]),
            (0, 1.03, *good[2:7], 0.0, 0.0, 0.0),
            (1, 1.04, *good[2:]),
        ]
    )

    assert eye_data(rows, 0, 0.8).times.tolist() == [1.0]


def test_data_beside_a_gap_are_left_out():
    blinking = data_of(Looks(GOLDEN[:3], blinks=[(101.0, 101.2)]))

    near = (blinking.times > 100.975) & (blinking.times < 101.225)
    assert not near.any()
    assert ((blinking.times > 100.9) & (blinking.times < 100.965)).any()


def test_an_anchored_datum_is_what_the_better_model_would_have_seen():
    wrong = data_of(Looks(GOLDEN[:4], center_off=(1.0, 0.5, 2.0), noise_deg=0.0))
    right = data_of(Looks(GOLDEN[:4], noise_deg=0.0))

    anchored = wrong.anchored(CENTERS[0])

    assert degrees_between(wrong.normals, right.normals).max() > 2.0
    assert degrees_between(anchored.normals, right.normals).max() < 1e-6


def test_a_fixation_is_free_of_what_came_before_the_eye_arrived():
    looks = Looks(noise_deg=0.0, latency=0.25)

    seen = fixations(data_of(looks), shown_of(looks), lag=0.0)

    assert degrees_between(seen.normals, normals_at(0, y_down(GOLDEN))).max() < 1e-6
    assert (seen.used < seen.total).any()


def test_the_consensus_survives_a_third_of_wrong_looks():
    rotation = rotation_of(np.array([0.3, -0.2, 2.0]))
    directions = unit(y_down(GOLDEN))
    normals = directions @ rotation
    normals[::3] = normals[::3][::-1]

    found = consensus(normals, directions, np.ones(len(normals)))

    assert found.rotation == pytest.approx(rotation, abs=1e-6)
    assert found.agree.sum() >= 14


def test_targets_in_one_direction_have_no_consensus():
    ahead = np.tile([0.0, 0.0, 1.0], (4, 1))

    assert consensus(ahead, ahead, np.ones(4)) is None


def a_datum(**more):
    extra = {
        "sphere": {"center": [1, 2, 35]},
        "circle_3d": {"normal": [0.0, 0.0, -1.0]},
        "model_confidence": 0.9,
    }
    usual = {"method": "pye3d 0.3 real-time", "tag": "3d", "extra": {**extra, **more}}
    return Pupil(1, 2.0, 0.8, (0.5, 0.5), 40.0, **usual)


def test_a_3d_datum_is_read_into_numbers():
    assert row_3d(a_datum()) == (1, 2.0, 0.8, 0.9, 1.0, 2.0, 35.0, 0.0, 0.0, -1.0)


@pytest.mark.parametrize(
    "more",
    [
        {"sphere": None},
        {"sphere": {"center": [1, 2]}},
        {"circle_3d": {"normal": ["x", 0, 0]}},
        {"circle_3d": {}},
        {"model_confidence": "high"},
        {"model_confidence": None},
    ],
)
def test_a_datum_without_these_numbers_is_of_no_use(more):
    assert row_3d(a_datum(**more)) is None


def test_2d_data_are_of_no_use():
    assert row_3d(Pupil(0, 1.0, 1.0, (0.5, 0.5), 40.0)) is None
