"""What the confidence is fitted with: altered pictures keep their truth, fits find the law."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from training.augment import altered, beside, outline
from training.fit_confidence import Rows, area, chosen_count_double, fit_twice, fitted, untaught
from training.pictures import Picture, many

CENTER, AXES, ANGLE = (170.0, 120.0), (70.0, 50.0), 25.0


def drawn():
    """Draw one dark ellipse on bright ground."""
    picture = np.full((260, 340), 200, np.uint8)
    return cv2.ellipse(picture, (CENTER, AXES, ANGLE), 20, -1)


@pytest.mark.parametrize("tiny", [False, True])
def test_the_outline_stays_on_the_pupil_whatever_is_done_to_the_picture(tiny):
    random, shape = np.random.default_rng(3), outline(CENTER, AXES, ANGLE)
    for _ in range(40):
        gray, (x, y, p, q, r) = altered(drawn(), shape, random, tiny)
        matrix = np.array([[p, q], [q, r]])
        height, width = gray.shape
        grid = np.mgrid[:height, :width][::-1].reshape(2, -1) - np.array([[x], [y]])
        far = np.hypot(*np.linalg.solve(matrix, grid)).reshape(gray.shape)

        assert gray[far < 0.8].mean() + 5 < gray[(far > 1.3) & (far < 1.6)].mean()


def test_a_part_beside_the_pupil_shows_none_of_it():
    random, shape = np.random.default_rng(4), outline((60.0, 60.0), (50.0, 40.0), 0.0)
    picture = cv2.ellipse(np.full((400, 500), 200, np.uint8), ((60, 60), (50, 40), 0.0), 20, -1)
    parts = [beside(picture, shape, random) for _ in range(30)]

    assert any(part is not None for part in parts)
    assert all(part is None or part.min() == 200 for part in parts)


def test_the_same_seed_gives_the_same_pictures():
    originals = [Picture(drawn(), outline(CENTER, AXES, ANGLE), "one")]
    one, other = (list(many(originals, 9, np.random.default_rng(5))) for _ in range(2))

    assert all(np.array_equal(a.gray, b.gray) for a, b in zip(one, other, strict=True))


def invented(count):
    """Return rows whose chance of being right is a known law of the first two columns."""
    random, model = np.random.default_rng(6), untaught()
    share = random.random((count, len(model.low)))
    chance = 1 / (1 + np.exp(-(6 * share[:, 0] - 4 * share[:, 1] - 1)))
    right = (random.random(count) < chance).astype(float)
    evidence = model.low + share * (model.high - model.low)
    return Rows(evidence, right, np.arange(count) // 4), chance


def test_a_fit_finds_the_chances():
    rows, chance = invented(12000)

    model = fitted(rows, np.ones(len(chance)))

    found = 1 / (1 + np.exp(-model.logit(rows.evidence)))
    assert np.mean(np.abs(found - chance)) < 0.05
    assert area(model.logit(rows.evidence), rows.right) > 0.8


def test_the_look_that_would_be_taken_counts_as_much_as_all_others():
    rows, _ = invented(400)
    model = fit_twice(rows)

    weights = chosen_count_double(rows, model).reshape(-1, 4)

    assert np.allclose(weights.sum(1), 1)
    assert np.array_equal(weights.argmax(1), model.logit(rows.evidence).reshape(-1, 4).argmax(1))


def test_the_area_under_the_curve_is_one_for_perfect_order_and_half_for_none():
    right = np.array([0.0, 0.0, 1.0, 1.0])

    assert area(np.array([1.0, 2.0, 3.0, 4.0]), right) == 1.0
    assert math.isclose(area(np.zeros(4), right), 0.5)
