"""The 2D fit with arrays."""

import random

import pytest

from gazed_plugins.gaze.models import EyePolynomial
from gazed_plugins.hmd_calibration.fit import BOTH_EYES, NoFitError, Row, answer, fit

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
    right, left = fit(pupils(0, 1), references(), FRAME, 35.0).eyes

    for eye in (right, left):
        x_weights, y_weights, count = eye.params
        assert x_weights == pytest.approx(X_WEIGHTS, abs=1e-9)
        assert y_weights == pytest.approx(Y_WEIGHTS, abs=1e-9)
        assert count == 7
        assert (eye.matched, eye.used) == (25, 25)
        assert eye.rms == pytest.approx(0.0, abs=1e-9)


def test_outliers_are_dropped_once_and_the_rest_is_fitted_again():
    shown = references()
    shown[12] = shown[12]._replace(x=shown[12].x + 0.3)

    right, _ = fit(pupils(0), shown, FRAME, 35.0).eyes

    assert (right.matched, right.used) == (25, 24)
    assert right.params[0] == pytest.approx(X_WEIGHTS, abs=1e-9)


def test_errors_are_measured_in_half_pixels_of_the_viewport():
    shown = references()
    shown[12] = shown[12]._replace(x=shown[12].x + 0.3)

    large, _ = fit(pupils(0), shown, FRAME, 150.0).eyes
    small, _ = fit(pupils(0), shown, (200.0, 1000.0), 35.0).eyes

    assert large.used == small.used == 25


def test_a_reference_with_an_id_counts_for_that_eye_only():
    shown = [*references(eye=0), *references(eye=1, places=PLACES[:3])]

    right, left = fit(pupils(0, 1), shown, FRAME, 35.0).eyes

    assert (right.matched, left.matched) == (25, 3)
    assert right.params is not None
    assert left.params is None


def test_one_eye_is_fitted_alone():
    right, left = fit(pupils(1), references(), FRAME, 35.0).eyes

    assert right.params is None
    assert left.params is not None


def test_without_matches_the_reason_is_too_little_data():
    with pytest.raises(NoFitError, match="Not enough ref points or pupil data"):
        fit(
            [row._replace(timestamp=row.timestamp + 0.5) for row in pupils(0)],
            references(),
            FRAME,
            35,
        )


def test_fewer_samples_than_terms_are_no_fit():
    with pytest.raises(NoFitError, match="Parameters could not be estimated"):
        fit(pupils(0, places=PLACES[:6]), references(places=PLACES[:6]), FRAME, 35.0)


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

    with pytest.raises(NoFitError) as caught:
        fit(seen, shown, FRAME, 35.0)

    assert [eye.matched for eye in caught.value.eyes] == [400, 400]


@pytest.mark.parametrize(
    "targets", [[(0.5, 0.5)] * 25, [(0.1 + 0.03 * k, 0.2 + 0.02 * k) for k in range(25)]]
)
def test_targets_at_one_place_or_on_one_line_are_no_fit(targets):
    shown = [Row(BOTH_EYES, float(k), *target) for k, target in enumerate(targets)]

    with pytest.raises(NoFitError):
        fit(pupils(0, 1), shown, FRAME, 1000.0)


def test_five_targets_are_enough():
    dice = random.Random(3)
    five = [(0.5, 0.5), (0.3, 0.3), (0.3, 0.7), (0.7, 0.3), (0.7, 0.7)] * 20
    seen = [
        row._replace(x=row.x + dice.gauss(0, 0.002), y=row.y + dice.gauss(0, 0.002))
        for row in pupils(0, 1, places=five)
    ]

    right, left = fit(seen, references(places=five), FRAME, 35.0).eyes

    assert right.params
    assert left.params
    assert right.rms < 0.01


def test_the_answer_holds_the_arguments_of_the_mapper_and_the_quality():
    request = {
        "pupils": pupils(1),
        "references": references(),
        "frame_size": FRAME,
        "threshold": 35.0,
    }

    found = answer(request)

    assert list(found["params"]) == ["params1"]
    assert found["matched"] == {"0": 0, "1": 25}
    assert found["quality"]["1"]["fitted"]
    assert found["quality"]["1"]["used"] == found["quality"]["1"]["total"] == 25


def test_the_answer_to_a_failed_fit_holds_the_reason_and_the_counts():
    request = {"pupils": [], "references": references(), "frame_size": FRAME, "threshold": 35.0}

    found = answer(request)

    assert found["reason"].startswith("Not enough ref points")
    assert found["matched"] == {"0": 0, "1": 0}
