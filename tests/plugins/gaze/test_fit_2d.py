"""The fit behind Gazer2D, with the figures of spec: calibration 11.4."""

import numpy as np
import pytest
from harness import a_pupil

from gazed_plugins.gaze import Gazer2D
from gazed_plugins.gaze.fit_2d import Sample, fit_gazer_2d, fit_model
from gazed_plugins.gaze.polynomial import gazer_2d_terms, weighted
from gazed_plugins.gaze.regression import FitError

FRAME = (1280.0, 720.0)
PLACES = [(0.3 + 0.1 * i, 0.25 + 0.1 * j) for i in range(5) for j in range(5)]


def looked_at(x, y):
    return (
        0.1 + 1.2 * x + 0.1 * y**2 - 0.2 * x * y,
        -0.05 + 0.9 * y + 0.3 * x**2 + 0.05 * x**2 * y**2,
    )


@pytest.fixture
def golden():
    targets = [looked_at(x, y) for x, y in PLACES]
    targets[12] = (targets[12][0] + 0.15, targets[12][1])
    return fit_model([gazer_2d_terms(x, y) for x, y in PLACES], targets, FRAME)


def test_the_first_pass_errors_are_those_of_the_reference(golden):
    errors = golden.first_errors_px

    assert np.sqrt((errors**2).mean()) == pytest.approx(35.3006, abs=1e-4)
    assert errors[12] == pytest.approx(162.2568, abs=1e-4)
    assert np.delete(errors, 12).max() == pytest.approx(24.7988, abs=1e-4)


def test_only_the_outlier_is_dropped(golden):
    assert list(np.flatnonzero(~golden.kept)) == [12]


def test_the_second_pass_finds_the_polynomial(golden):
    assert golden.weights[:6, 0] == pytest.approx([1.2, 0, -0.2, 0, 0.1, 0], abs=1e-4)
    assert golden.weights[:6, 1] == pytest.approx([0, 0.9, 0, 0.3, 0, 0.05], abs=1e-4)
    assert golden.weights[6] == pytest.approx([0.1, -0.05], abs=1e-4)


def test_plain_python_predicts_what_was_fitted(golden):
    terms = (*gazer_2d_terms(0.5, 0.45), 1.0)

    x, y = (weighted(terms, golden.weights[:, axis].tolist()) for axis in (0, 1))

    assert (x, y) == pytest.approx((0.67525, 0.432531), abs=1e-6)


def samples(shift=0.0):
    return [Sample(k * 0.1 + shift, place) for k, place in enumerate(PLACES)]


def references():
    return [Sample(k * 0.1, looked_at(*place)) for k, place in enumerate(PLACES)]


def test_the_mapper_gives_back_what_was_fitted(bench):
    params = fit_gazer_2d(samples(), samples(0.004), references(), FRAME)
    bench.start(Gazer2D, **params)

    found = [
        gaze
        for k, place in enumerate(PLACES)
        for eye in (0, 1)
        for gaze in bench.call(
            "map_gaze", pupil=a_pupil(eye, k * 0.1 + 0.004 * eye, norm_pos=place)
        )[0]
    ]

    truth = [looked_at(*place) for place in PLACES for _ in (0, 1)]
    assert {gaze.topic for gaze in found} == {"gaze.2d.0.", "gaze.2d.01."}
    assert [gaze.norm_pos for gaze in found] == [pytest.approx(place) for place in truth]


def test_one_eye_alone_gets_a_model_of_its_own():
    params = fit_gazer_2d([], samples(), references(), FRAME)

    assert params["right_model"] == params["binocular_model"] == {}
    assert np.array(params["left_model"]["coef_"]).shape == (2, 6)


def test_nothing_matched_is_a_failure():
    with pytest.raises(FitError, match=r"^Not sufficient data available\.$"):
        fit_gazer_2d(samples(100.0), [], references(), FRAME)
