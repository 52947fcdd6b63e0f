"""The 2D mappers with ready parameters."""

import math

import pytest
from harness import a_pupil

from gazed import ArgumentError, PluginError, pupil_to_wire
from gazed_plugins.gaze import GazeMapperHMD2D, Gazer2D

RIGHT = {"coef_": [[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]], "intercept_": [0.1, 0.2]}
LEFT = {"coef_": [[2, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0]], "intercept_": [0.0, 0.0]}
BOTH = {
    "coef_": [[1, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0]],
    "intercept_": [0.0, 0.0],
}
EYE0 = [[1, 0, 0, 0, 0, 0, 0.5], [0, 1, 0, 0, 0, 0, 0], 7]
EYE1 = [[0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 1, 1, 0], 7]


def mapped(bench, pupil):
    (gaze,) = bench.call("map_gaze", pupil=pupil)
    return gaze


@pytest.fixture
def gazer(bench):
    return bench.start(Gazer2D, left_model=LEFT, right_model=RIGHT, binocular_model=BOTH)


def test_a_lone_datum_is_mapped_with_its_eyes_model(bench, gazer):
    (gaze,) = mapped(bench, a_pupil(0, 1.0, 0.9, norm_pos=(0.3, 0.4)))

    assert gaze.topic == "gaze.2d.0."
    assert gaze.norm_pos == pytest.approx((0.4, 0.6))
    assert (gaze.timestamp, gaze.confidence) == (1.0, 0.9)


def test_a_pair_is_mapped_left_eye_first_with_mean_time_and_confidence(bench, gazer):
    right = a_pupil(0, 1.0, 0.8, norm_pos=(0.03, 0.04))
    left = a_pupil(1, 1.004, 1.0, norm_pos=(0.1, 0.2))
    mapped(bench, right)

    (gaze,) = mapped(bench, left)

    assert gaze.topic == "gaze.2d.01."
    assert gaze.norm_pos == pytest.approx((0.1 + 0.3, 0.2 + 0.4))
    assert gaze.timestamp == pytest.approx(1.002)
    assert gaze.confidence == pytest.approx(0.9)
    assert gaze.base == (right, left)


def test_a_pair_gives_no_gaze_without_a_binocular_model(bench):
    bench.start(Gazer2D, right_model=RIGHT, left_model={})
    mapped(bench, a_pupil(0, 1.0))

    assert mapped(bench, a_pupil(1, 1.004)) == []


def test_the_originals_matcher_is_there_by_option(bench):
    bench.start(Gazer2D, right_model=RIGHT, matching="pupil-2")

    gazes = [mapped(bench, a_pupil(0, k / 120)) for k in range(11)]

    assert gazes[:10] == [[]] * 10
    assert gazes[10][0].timestamp == 0.0


def test_gazer_2d_takes_its_models_in_one_map_as_well(bench):
    bench.start(Gazer2D, params={"left_model": LEFT, "right_model": {}, "binocular_model": {}})

    (gaze,) = mapped(bench, a_pupil(1, norm_pos=(0.3, 0.4)))

    assert gaze.norm_pos == pytest.approx((0.6, 0.8))


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ({"left_model": {"coef_": [[1, 2]], "intercept_": [0, 0]}}, "'coef_' must be 2 rows"),
        ({"left_model": BOTH}, "a row of 'coef_' must be 6 numbers"),
        ({"binocular_model": RIGHT}, "a row of 'coef_' must be 12 numbers"),
        ({"right_model": {"coef_": RIGHT["coef_"]}}, "'intercept_' must be 2 numbers"),
        ({"right_model": {**RIGHT, "intercept_": [0, math.nan]}}, "2 finite numbers"),
        ({"right_model": {**RIGHT, "intercept_": [0, "1"]}}, "2 finite numbers"),
        ({"right_model": [1, 2]}, "is not"),
    ],
)
def test_gazer_2d_says_which_model_is_wrong_and_how(bench, args, problem):
    (name,) = args

    with pytest.raises(ArgumentError, match=problem) as caught:
        bench.start(Gazer2D, **args)

    assert caught.value.argument == name


@pytest.mark.parametrize("mapper", [Gazer2D, GazeMapperHMD2D])
def test_a_mapper_without_any_model_does_not_start(bench, mapper):
    with pytest.raises(PluginError):
        bench.start(mapper)


def test_the_hmd_mapper_maps_each_eye_alone_and_says_which(bench):
    bench.start(GazeMapperHMD2D, params0=EYE0, params1=EYE1)

    (right,) = mapped(bench, a_pupil(0, 1.0, 0.7, norm_pos=(0.3, 0.4)))
    (left,) = mapped(bench, a_pupil(1, 1.001, norm_pos=(0.3, 0.4)))

    assert (right.topic, left.topic) == ("gaze.2d.0.", "gaze.2d.1.")
    assert right.norm_pos == pytest.approx((0.8, 0.4))
    assert left.norm_pos == pytest.approx((0.09, 0.12 + 0.09 * 0.16))
    assert (right.extra, left.extra) == ({"id": 0}, {"id": 1})
    assert (right.timestamp, right.confidence, len(right.base)) == (1.0, 0.7, 1)


def test_the_hmd_mapper_maps_only_the_fitted_eye(bench):
    bench.start(GazeMapperHMD2D, params0=EYE0)

    assert mapped(bench, a_pupil(0))
    assert mapped(bench, a_pupil(1)) == []


@pytest.mark.parametrize(
    "params", [[[1.0] * 7, [1.0] * 7], [[1.0] * 7, [1.0] * 7, 6], [[1.0] * 6, [1.0] * 7, 7]]
)
def test_the_hmd_mapper_refuses_parameters_of_another_shape(bench, params):
    with pytest.raises(ArgumentError, match="params1"):
        bench.start(GazeMapperHMD2D, params0=EYE0, params1=params)


@pytest.mark.parametrize("value", [math.inf, math.nan])
def test_the_hmd_mapper_refuses_numbers_that_are_not_finite(bench, value):
    with pytest.raises(ArgumentError, match="params0"):
        bench.start(GazeMapperHMD2D, params0=[[value] * 7, [1.0] * 7, 7])


@pytest.mark.parametrize(
    ("mapper", "args"),
    [(Gazer2D, {"right_model": RIGHT}), (GazeMapperHMD2D, {"params0": EYE0})],
)
def test_3d_data_are_left_to_other_mappers(bench, mapper, args):
    bench.start(mapper, **args)

    assert bench.call("map_gaze", pupil=a_pupil(method="pye3d 0.3 real-time", tag="3d")) == []


def test_gaze_stays_within_a_hundred_viewports(bench):
    bench.start(GazeMapperHMD2D, params0=EYE0)

    (gaze,) = mapped(bench, a_pupil(0, norm_pos=(1e6, -1e6)))

    assert gaze.norm_pos == (100.0, -100.0)


def test_a_result_that_is_not_a_number_is_no_gaze(bench):
    bench.start(GazeMapperHMD2D, params1=[[0, 0, 1, -1, 0, 0, 0], [0] * 7, 7])

    assert mapped(bench, a_pupil(1, norm_pos=(1e200, 1e200))) == []


def test_a_new_mapper_takes_the_place_of_the_old_one(bench, gazer):
    bench.start(GazeMapperHMD2D, params0=EYE0)

    assert list(bench.plugins) == ["GazeMapperHMD2D"]


def test_base_data_are_whole_pupil_data(bench, gazer):
    pupil = a_pupil(0, 1.0, extra={"custom": 3})

    (gaze,) = mapped(bench, pupil)

    assert pupil_to_wire(gaze.base[0])["custom"] == 3
