"""The 2D fit with arrays."""

import random

import pytest

from gazed_plugins.gaze.models import EyePolynomial
from gazed_plugins.hmd_calibration.fit import BOTH_EYES, Row, answer, fit
from gazed_plugins.hmd_calibration.quality_2d import accuracy_of

FRAME = (1000.0, 1000.0)
PLACES = [(0.3 + 0.1 * i, 0.25 + 0.1 * j) for i in range(5) for j in range(5)]
X_WEIGHTS = [1.1, -0.2, 0.3, 0.1, -0.4, 0.2, -0.1]
Y_WEIGHTS = [0.1, 1.3, -0.2, 0.2, 0.1, -0.3, 0.05]
TRUE = EyePolynomial(tuple(X_WEIGHTS), tuple(Y_WEIGHTS))


def pupils(*eyes, places=PLACES):
    return [Row(eye, float(k), *place) for k, place in enumerate(places) for eye in eyes]


def references(eye=BOTH_EYES, places=PLACES):
    return [Row(eye, k + 0.01, *TRUE.at(*place)) for k, place in enumerate(places)]


def test_the_polynomial_is_found():
    right, left = fit(pupils(0, 1), references(), FRAME, 35.0)

    for eye in (right, left):
        x_weights, y_weights, count = eye.params
        assert x_weights == pytest.approx(X_WEIGHTS, abs=1e-9)
        assert y_weights == pytest.approx(Y_WEIGHTS, abs=1e-9)
        assert count == 7
        assert (eye.matched, eye.used) == (25, 25)
        assert accuracy_of(eye.judged) == pytest.approx(0.0, abs=1e-9)


def test_outliers_are_dropped_once_and_the_rest_is_fitted_again():
    shown = references()
    shown[12] = shown[12]._replace(x=shown[12].x + 0.3)

    right, _ = fit(pupils(0), shown, FRAME, 35.0)

    assert (right.matched, right.used) == (25, 24)
    assert right.params[0] == pytest.approx(X_WEIGHTS, abs=1e-9)


def test_errors_are_measured_in_half_pixels_of_the_viewport():
    shown = references()
    shown[12] = shown[12]._replace(x=shown[12].x + 0.3)

    large, _ = fit(pupils(0), shown, FRAME, 150.0)
    small, _ = fit(pupils(0), shown, (200.0, 1000.0), 35.0)

    assert large.used == small.used == 25


def test_a_reference_with_an_id_counts_for_that_eye_only():
    shown = [*references(eye=0), *references(eye=1, places=PLACES[:3])]

    right, left = fit(pupils(0, 1), shown, FRAME, 35.0)

    assert (right.matched, left.matched) == (25, 3)
    assert right.params is not None
    assert left.params is None


def test_one_eye_is_fitted_alone():
    right, left = fit(pupils(1), references(), FRAME, 35.0)

    assert right.params is None
    assert left.params is not None


def test_without_matches_the_reason_is_too_little_data():
    late = [row._replace(timestamp=row.timestamp + 0.5) for row in pupils(0)]

    assert answer(request(late))["reason"] == (
        "Not enough ref points or pupil data available for calibration."
    )


def test_fewer_samples_than_terms_are_no_fit():
    few = request(pupils(0, places=PLACES[:6]), references(places=PLACES[:6]))

    assert answer(few)["reason"] == "Parameters could not be estimated from data."


@pytest.mark.parametrize("spread", [0.02, 0.3])
@pytest.mark.parametrize("seed", range(5))
def test_targets_that_have_nothing_to_do_with_the_eyes_are_no_fit(spread, seed):
    dice = random.Random(seed)
    seen = [Row(eye, k / 10, dice.random(), dice.random()) for k in range(400) for eye in (0, 1)]
    shown = [
        Row(
            BOTH_EYES,
            k / 10,
            0.5 + dice.uniform(-spread, spread),
            0.5 + dice.uniform(-spread, spread),
        )
        for k in range(400)
    ]

    eyes = fit(seen, shown, FRAME, 35.0)

    assert [eye.matched for eye in eyes] == [400, 400]
    assert [eye.params for eye in eyes] == [None, None]


@pytest.mark.parametrize(
    "targets", [[(0.5, 0.5)] * 25, [(0.1 + 0.03 * k, 0.2 + 0.02 * k) for k in range(25)]]
)
def test_targets_at_one_place_or_on_one_line_are_no_fit(targets):
    shown = [Row(BOTH_EYES, float(k), *target) for k, target in enumerate(targets)]

    eyes = fit(pupils(0, 1), shown, FRAME, 1000.0)

    assert [eye.params for eye in eyes] == [None, None]


def test_five_targets_are_enough():
    dice = random.Random(3)
    five = [(0.5, 0.5), (0.3, 0.3), (0.3, 0.7), (0.7, 0.3), (0.7, 0.7)] * 20
    seen = [
        row._replace(x=row.x + dice.gauss(0, 0.002), y=row.y + dice.gauss(0, 0.002))
        for row in pupils(0, 1, places=five)
    ]

    right, left = fit(seen, references(places=five), FRAME, 35.0)

    assert right.params
    assert left.params
    assert accuracy_of(right.judged) < 0.01


def test_the_answer_holds_the_arguments_of_the_mapper_and_the_quality():
    found = answer(request(pupils(1)))

    assert list(found["params"]) == ["params1"]
    assert found["matched"] == {"0": 0, "1": 25}
    quality = found["quality"]
    assert quality["unit"] == "viewport"
    assert quality["accuracy"] == pytest.approx(0.0, abs=1e-9)
    assert quality["used"] == quality["total"] == len(quality["targets"]) == 25
    assert quality["eyes"]["1"]["fitted"]
    assert quality["eyes"]["1"]["used"] == quality["eyes"]["1"]["total"] == 25
    assert not quality["eyes"]["0"]["fitted"]


def test_the_answer_to_a_failed_fit_holds_the_reason_and_the_counts():
    found = answer(request([]))

    assert found["reason"].startswith("Not enough ref points")
    assert found["matched"] == {"0": 0, "1": 0}


def test_accuracy_is_the_mean_error_and_precision_the_step_of_a_resting_eye():
    dice = random.Random(8)
    targets = [place for place in PLACES[::3] for _ in range(200)]
    noisy = [(x + dice.gauss(0.0, 0.002), y + dice.gauss(0.0, 0.002)) for x, y in targets]

    quality = answer(request(pupils(0, places=noisy), references(places=targets)))["quality"]

    assert 0.001 < quality["accuracy"] < 0.006
    assert quality["accuracy"] < quality["precision"] < 0.012
    assert len(quality["targets"]) == len(PLACES[::3])
    assert sum(target["total"] for target in quality["targets"]) == quality["total"]
    for target in quality["targets"]:
        assert 0.0 < target["accuracy"] < 0.01


def test_targets_that_move_are_told_in_cells():
    places = [(0.2 + 0.0006 * k, 0.8 - 0.0006 * k * (k % 3)) for k in range(900)]

    quality = answer(request(pupils(0, places=places), references(places=places)))["quality"]

    assert 1 < len(quality["targets"]) <= 64


def test_a_mapper_is_judged_without_a_fit():
    mapper = answer(request(pupils(0, 1)))["params"]
    shifted = [row._replace(x=row.x + 0.02) for row in references()]

    found = answer(request(pupils(0, 1), shifted, params=mapper))

    assert "params" not in found
    assert "reason" not in found
    assert found["quality"]["accuracy"] == pytest.approx(0.02, abs=1e-6)


def test_a_mapper_far_from_all_targets_fails_with_the_reason():
    mapper = answer(request(pupils(0, 1)))["params"]
    elsewhere = [row._replace(x=row.x + 0.5) for row in references()]

    found = answer(request(pupils(0, 1), elsewhere, params=mapper))

    assert found["reason"] == "The gaze was nowhere near the targets."


def test_parity_takes_what_the_original_takes():
    dice = random.Random(4)
    places = [(dice.random(), dice.random()) for _ in range(300)]
    chance = request(pupils(0, places=places), references(places=places[::-1]))

    assert "reason" in answer({**chance, "threshold": 1e6})
    assert "params" in answer({**chance, "threshold": 1e6, "parity": True})


def request(seen, shown=None, **more):
    return {
        "pupils": seen,
        "references": references() if shown is None else shown,
        "frame_size": FRAME,
        "threshold": 35.0,
        **more,
    }
