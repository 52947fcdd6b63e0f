"""Pupils that are not quite round: what that costs gaze when nobody thinks of it, and now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from eyes_in_space import CAMERA, degrees_between, moments

from gazed_plugins.detector_3d.form import Form, form_of_spread, improved
from gazed_plugins.detector_3d.tracker import EyeTracker

OVAL = np.array([-0.01, 0.005])


def oval_by(oval):
    return Form(-np.asarray(oval), np.eye(2))


def test_a_pupil_that_is_oval_by_a_hundredth_costs_half_a_degree_at_most():
    tracker, errors = EyeTracker(CAMERA), []

    for moment in moments(101, seconds=14):
        oval = replace(moment, shape=oval_by(OVAL).without(moment.shape))
        sight = tracker.see(oval.shape, oval.timestamp, certain=True)
        work = tracker.due(oval.timestamp)
        if work:
            tracker.accept(work())
        errors.append(degrees_between(sight.normal, oval.normal))

    assert np.mean(errors[-400:]) < 0.5
    assert tracker.current.form.oval == pytest.approx(OVAL, abs=0.002)


def test_taking_a_form_away_leaves_place_and_size():
    shapes = np.array([[90.0, 70.0, 20.0, 1.0, 24.0], [50.0, 60.0, 10.0, 0.0, 10.0]])

    rounder = oval_by(OVAL).without(shapes)

    assert (rounder[:, :2] == shapes[:, :2]).all()
    assert np.allclose(rounder[:, 2] + rounder[:, 4], shapes[:, 2] + shapes[:, 4])
    assert rounder[1] == pytest.approx([50.0, 60.0, 9.9, 0.05, 10.1])


def test_a_step_finds_the_form_that_leaves_nothing_and_says_what_the_centre_owes_it():
    carries, slopes = np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), np.eye(2) / 1e-4

    def explain(form):
        return carries @ form.oval, slopes @ (form.oval - OVAL)

    form, doubt = improved(form_of_spread(0.0), form_of_spread(0.1), explain)

    assert form.oval == pytest.approx(OVAL, rel=1e-4)
    assert np.diag(doubt) == pytest.approx([1e-8, 4e-8, 9e-8], rel=1e-4)


def test_a_pupil_known_to_be_round_stays_round():
    form, _ = improved(
        form_of_spread(0.0), form_of_spread(1e-9), lambda form: (np.zeros(3), form.oval - OVAL)
    )

    assert form.oval == pytest.approx([0.0, 0.0], abs=1e-9)
