"""What the confidence promises, on simulated people that it was not fitted to."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_2d.compiled import CompiledKernel
from gazed_plugins.detector_2d.confidence import Model, models
from gazed_plugins.detector_2d.evidence import NAMES
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.simulated_headset import sequence

PEOPLE = range(40, 58)
SIZE = 192
SURE = 0.6


@pytest.fixture(scope="module")
def answers():
    """Confidences, and whether centre and area were right, of single pictures of all levels."""
    detector, rows = PupilDetector(), []
    for level in ("easy", "medium", "hard"):
        for person in PEOPLE:
            frames = sequence(level, size=SIZE, seconds=2.4, frame_rate=4.0, seed=person)
            for frame, truth in frames:
                if 0.1 <= truth.visible_share < 0.5:
                    continue
                detector.reset()
                ellipse, confidence = detector.detect(frame.gray)
                rows.append((confidence, right(ellipse, truth), truth.visible_share < 0.1))
    return np.array(rows, float)


def right(ellipse, truth):
    if truth.visible_share < 0.5:
        return False
    area = np.prod(ellipse.axes) / np.prod(truth.ellipse.axes)
    return math.dist(ellipse.center, truth.ellipse.center) < 0.01 * SIZE and 0.8 < area < 1.25


def area_under_curve(score, hit):
    """Return how often a hit has a higher score than a miss; ties count half."""
    above = score[hit == 1][:, None] - score[hit == 0][None, :]
    return float(np.mean((above > 0) + 0.5 * (above == 0)))


def test_the_confidence_tells_right_from_wrong(answers):
    confidence, hit, _ = answers.T

    assert area_under_curve(confidence, hit) >= 0.96


def test_who_is_nearly_certain_is_right(answers):
    confidence, hit, _ = answers.T
    certain = confidence >= 0.9

    assert certain.mean() > 0.5
    assert hit[certain].mean() >= 0.97


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.3), (0.3, 0.7), (0.7, 0.9), (0.9, 1.01)])
def test_the_share_that_is_right_is_what_the_confidence_says(answers, low, high):
    confidence, hit, _ = answers.T
    among = (confidence >= low) & (confidence < high)
    said, share, count = confidence[among].mean(), hit[among].mean(), among.sum()

    # Three standard errors of a share, and what a few people may be unlike the others.
    slack = 3 * math.sqrt(max(said * (1 - said), 0.01) / max(count, 1)) + 0.08
    assert count == 0 or abs(share - said) < slack


def test_closed_eyes_are_not_believed(answers):
    confidence, _, closed = answers.T

    assert closed.sum() > 5
    assert (confidence[closed == 1] >= SURE).mean() <= 0.03


def test_a_model_takes_any_number_for_evidence():
    closely, roughly = models()
    odd = np.array([[math.nan] * len(NAMES), [math.inf] * len(NAMES), [-1e30] * len(NAMES)])

    for model in (closely, roughly):
        assert isinstance(model, Model)
        assert np.isfinite(model.logit(odd)).all()


@pytest.mark.skipif(bool(why_slow()), reason="the compiled kernel is not here")
def test_both_versions_read_the_same_numbers():
    known = CompiledKernel()
    gray = next(iter(sequence("easy", seconds=0.01)))[0].gray
    known.look_at(gray, float(SIZE), False)
    shapes, promises = known.everywhere()

    _, roughly = models()
    expected = roughly.logit(np.array(known.rough_evidence()))
    assert len(shapes) == len(promises)
    assert np.allclose(promises, expected, atol=0.01)
