"""Scores of answers whose errors are known by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gazed import Ellipse, Frame, Pupil
from gazed_plugins.bench.cases import Case
from gazed_plugins.bench.outcome import judged, outline
from gazed_plugins.bench.reliability import auc, reliability
from gazed_plugins.bench.score import scored

FRAME = Frame(0, 0, 0.0, 0.0, np.zeros((80, 100), np.uint8))
LABEL = Ellipse((50.0, 40.0), (20.0, 30.0), 0.0)


def answer(shift=0.0, confidence=1.0, grow=1.0, seconds=0.001, label=LABEL, closed=False):
    """Judge an ellipse that is off by ``shift`` px and whose axes are ``grow`` times too long."""
    axes = (grow * 20.0, grow * 30.0)
    pupil = Pupil.found(FRAME, Ellipse((50.0 + shift, 40.0), axes, 0.0), confidence)
    return judged(Case(FRAME, label, closed), pupil, seconds)


def nothing(label=LABEL, closed=False):
    return judged(Case(FRAME, label, closed), Pupil.missing(FRAME), 0.001)


def test_rates_count_all_labelled_pupils_also_those_without_an_answer():
    scores = scored([answer(0.5), answer(1.0), answer(1.5), answer(4), answer(9), nothing()])

    assert scores.pupils == scores.pictures == 6
    assert scores.within_1_px == pytest.approx(2 / 6)
    assert scores.within_2_px == pytest.approx(3 / 6)
    assert scores.within_5_px == pytest.approx(4 / 6)
    assert scores.within_1_percent == pytest.approx(2 / 6)
    assert scores.center_error_px == pytest.approx(1.5)


def test_precision_is_the_share_right_of_the_confident_answers():
    outcomes = [answer(1, 0.6), answer(3, 0.9), answer(9, 0.7), answer(1, 0.59), nothing()]

    scores = scored(outcomes)

    assert scores.confident == pytest.approx(3 / 5)
    assert scores.precision_2_px == pytest.approx(1 / 3)
    assert scores.precision_5_px == pytest.approx(2 / 3)
    assert scores.precision_1_percent == pytest.approx(1 / 3)


def test_confident_answers_on_closed_eyes_are_false_alarms_and_count_nowhere_else():
    closed = {"label": None, "closed": True}
    outcomes = [answer(0.0, 0.9, **closed), answer(0.0, 0.3, **closed), nothing(**closed)]

    scores = scored([*outcomes, answer(0.5)])

    assert (scores.closed, scores.false_alarms) == (3, 1)
    assert (scores.pupils, scores.within_1_px, scores.precision_2_px) == (1, 1.0, 1.0)
    assert sum(entry.count for entry in scores.reliability.bins) == 1


def test_without_labels_there_is_the_share_confident_and_no_rate():
    scores = scored([answer(0, 0.9, label=None), answer(0, 0.1, label=None)])

    assert scores.confident == 0.5
    assert scores.within_5_px is scores.iou is scores.center_error_px is None
    assert scores.reliability.auc is scores.reliability.calibration_error is None


def test_the_diameter_error_is_that_of_the_long_axis_and_the_overlap_that_of_the_areas():
    scores = scored([answer(0.0, grow=0.9)])

    assert scores.diameter_error_px == pytest.approx(3.0)
    assert scores.iou == pytest.approx(0.81, abs=1e-3)


def test_times_are_percentiles_in_milliseconds():
    ms = scored([answer(seconds=index / 1000) for index in range(101)]).ms

    assert (ms.median, ms.p95, ms.p99) == pytest.approx((50, 95, 99))


def test_right_asks_for_the_area_too():
    assert answer(0.9).right
    assert not answer(1.1).right
    assert answer(0.0, grow=1.1).right
    assert not answer(0.0, grow=1.15).right
    assert answer(0.0, grow=1.15).near
    assert not answer(0.0, grow=0.88).right


def test_bins_compare_what_was_said_with_what_came_true():
    outcomes = [answer(0, 0.95), answer(0, 0.92), answer(9, 0.93), answer(9, 0.25), nothing()]

    found = reliability(outcomes)

    assert [entry.count for entry in found.bins] == [1, 0, 1, 0, 0, 0, 0, 0, 0, 3]
    assert found.bins[9].confidence == pytest.approx(2.8 / 3)
    assert found.bins[9].right == pytest.approx(2 / 3)
    assert found.bins[1].right is None
    assert found.calibration_error == pytest.approx((3 * (2.8 - 2) / 3 + 0.25 + 0) / 5)
    assert found.near_at_0_9 == pytest.approx(2 / 3)


def test_a_confidence_of_one_is_in_the_last_bin():
    assert reliability([answer(0, 1.0)]).bins[-1].count == 1


@pytest.mark.parametrize(
    ("said", "near", "area"),
    [
        ([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [0, 0, 1, 1], 0.0),
        ([0.1, 0.8, 0.5, 0.9], [0, 0, 1, 1], 0.75),
        ([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 1], 0.5),
        ([0.5, 0.2, 0.5], [0, 0, 1], 0.75),
    ],
)
def test_auc_is_how_often_the_near_one_was_the_surer_one(said, near, area):
    assert auc(np.array(said), np.array(near, bool)) == pytest.approx(area)


def test_auc_needs_both_near_and_far():
    assert auc(np.array([0.2, 0.9]), np.array([True, True])) is None


def test_a_datum_without_an_ellipse_is_a_circle_at_its_place():
    pupil = Pupil(eye=0, timestamp=0.0, confidence=0.8, norm_pos=(0.5, 0.25), diameter=12.0)

    assert outline(pupil, FRAME) == Ellipse((50.0, 60.0), (12.0, 12.0), 0.0)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0])
def test_an_ellipse_that_is_none_counts_as_no_answer(bad):
    pupil = Pupil.found(FRAME, Ellipse((50.0, 40.0), (bad, 20.0), 0.0), 1.0)

    outcome = judged(Case(FRAME, LABEL), pupil, 0.001)

    assert outcome.center is None
    assert outcome.confidence == 0.0
    assert math.isinf(outcome.distance)


def test_a_confidence_that_is_no_number_is_none():
    assert answer(0.0, confidence=math.nan).confidence == 0.0
    assert answer(0.0, confidence=7.0).confidence == 1.0
