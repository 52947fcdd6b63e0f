"""What an eyeball's place that is not known exactly costs gaze, stated and tried."""

from __future__ import annotations

import math

import numpy as np
import pytest
from eyes_in_space import CAMERA, degrees_between, ellipse_seen

from gazed_plugins.detector_3d.belief import Belief, gaze_error_deg
from gazed_plugins.detector_3d.form import ROUND
from gazed_plugins.detector_3d.optics import STANDARD_EYE, tangents, unit
from gazed_plugins.detector_3d.outlines import shape_of
from gazed_plugins.detector_3d.refit import prior_around
from gazed_plugins.detector_3d.solver import NumericSolver

CENTER = np.array([2.0, -1.0, 34.0])
MIDDLE = unit(np.array([[0.2, -0.1, -1.0]]))


def looks(count):
    one, other = tangents(MIDDLE)
    angles = np.linspace(0, 2 * math.pi, count, endpoint=False)[:, None]
    return unit(MIDDLE + 0.32 * (np.cos(angles) * one + np.sin(angles) * other))


@pytest.mark.parametrize(
    "spread_mm", [(0.1, 0.1, 0.1), (0.2, 0.02, 0.02), (0.02, 0.02, 0.5)], ids=str
)
def test_the_stated_error_is_what_a_wrong_centre_costs(spread_mm):
    dice, normals, squares = np.random.default_rng(3), looks(6), []
    shapes = np.array([shape_of(ellipse_seen(CENTER, normal, 4.0)) for normal in normals])
    for off in dice.normal(0.0, spread_mm, (60, 3)):
        found = NumericSolver().fit_pupils(shapes, CAMERA, CENTER + off, STANDARD_EYE).normals
        squares += [degrees_between(*pair) ** 2 for pair in zip(found, normals, strict=True)]

    stated = gaze_error_deg(CENTER, np.diag(np.square(spread_mm)), normals)

    assert math.sqrt(np.mean(squares) / 2) == pytest.approx(stated, rel=0.25)


def test_before_anything_was_seen_gaze_may_be_anywhere():
    belief = Belief.before(prior_around(np.array([0.0, 0.0, 35.0]), (6.0, 6.0, 4.0)), ROUND)

    assert belief.error_deg > 20
    assert np.sqrt(np.diag(belief.covariance)) == pytest.approx([6.0, 6.0, 4.0])


def test_what_is_no_covariance_is_an_error_without_end():
    assert gaze_error_deg(CENTER, np.diag([-1.0, -1.0, -1.0]), MIDDLE) == math.inf
