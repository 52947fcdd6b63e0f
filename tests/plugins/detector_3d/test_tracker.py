"""The eye model learns, is exact, follows slips, and says how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest
from eyes_in_space import CAMERA, degrees_between, moments

from gazed_plugins.detector_3d.center import Prior, Problem
from gazed_plugins.detector_3d.compiled import CompiledSolver
from gazed_plugins.detector_3d.optics import EyeShape
from gazed_plugins.detector_3d.solver import NumericSolver, why_slow
from gazed_plugins.detector_3d.tracker import EyeTracker
from gazed_plugins.simulated_headset.geometry import STANDARD_EYE, EyeModel

DISTANCE = STANDARD_EYE.cornea_distance
STRANGE_EYES = {
    "cornea 7.4 mm": EyeModel(cornea_radius=7.4),
    "cornea 8.2 mm": EyeModel(cornea_radius=8.2),
    "cornea 0.3 mm forward": EyeModel(cornea_distance=DISTANCE + 0.3),
    "cornea 0.3 mm back": EyeModel(cornea_distance=DISTANCE - 0.3),
    "index 1.32": EyeModel(refractive_index=1.32),
}


@dataclass
class Followed:
    """A tracker's way through what was seen: arrays over time, and its changes of state."""

    times: np.ndarray
    errors_deg: np.ndarray
    centers_mm: np.ndarray
    radii_mm: np.ndarray
    changes: list[tuple[float, str]]
    tracker: EyeTracker

    def during(self, begin, end):
        chosen = (self.times >= begin) & (self.times < end)
        return self.errors_deg[chosen].mean(), self.centers_mm[chosen].mean()


def follow(seen, tracker=None):
    tracker = tracker or EyeTracker(CAMERA)
    rows, changes = [], []
    for moment in seen:
        sight = tracker.see(moment.shape, moment.timestamp, certain=True)
        work = tracker.due(moment.timestamp)
        if work and tracker.accept(work()):
            changes.append((moment.timestamp, tracker.state))
        error = degrees_between(sight.normal, moment.normal)
        off = float(np.linalg.norm(tracker.current.center - moment.center))
        rows.append((moment.timestamp, error, off, sight.radius_mm - moment.diameter_mm / 2))
    return Followed(*np.array(rows).T, changes, tracker)


def test_a_wearers_gaze_eyeball_and_pupil_are_found_from_noisy_ellipses():
    people = [follow(moments(seed, seconds=14)) for seed in (11, 12, 13)]

    assert np.mean([person.during(8, 14)[0] for person in people]) < 0.10
    assert np.mean([person.during(8, 14)[1] for person in people]) < 0.10
    for person in people:
        assert person.radii_mm[person.times > 8].std() < 0.01
        assert person.during(2, 14)[1] < 0.5
        assert [state for _, state in person.changes] == ["steady"]


@pytest.mark.parametrize("name", STRANGE_EYES)
def test_an_eye_unlike_the_model_costs_a_quarter_of_a_degree_at_most(name):
    followed = follow(moments(21, seconds=14, eye=STRANGE_EYES[name]))

    assert followed.during(6, 14)[0] < 0.25


def test_a_pupil_beside_the_axis_costs_a_quarter_of_a_degree_at_most():
    followed = follow(moments(22, seconds=14, off_axis_mm=0.3))

    assert followed.during(6, 14)[0] < 0.25


@pytest.mark.parametrize(
    ("slip", "within"), [((1.0, 0.0, 0.0), 3.0), ((0.0, 2.1, 2.1), 5.0)], ids=["1 mm", "3 mm"]
)
def test_a_slip_is_noticed_and_followed(slip, within):
    followed = follow(moments(31, seconds=20, slip=(10.0, slip)))

    (moved,) = [time for time, state in followed.changes if state == "moved"]
    assert 10.0 < moved < 11.0
    assert followed.during(10, 10.2)[0] > 2.0
    assert followed.during(10 + within, 20)[0] < 0.5
    assert followed.tracker.slips == 1


def test_nothing_slips_while_the_wearer_only_looks_around():
    followed = follow(moments(41, seconds=40, rate=50))

    assert followed.tracker.slips == 0


def test_the_stated_error_is_large_before_much_was_seen_and_covers_the_true_one_later():
    tracker = EyeTracker(CAMERA)
    before = tracker.current.error_deg

    followed = follow(moments(51, seconds=10), tracker)

    assert before > 10
    assert followed.during(8, 10)[0] < 2 * tracker.current.error_deg < 2.0


def test_one_direction_only_leaves_the_model_young():
    tracker = EyeTracker(CAMERA)
    first = next(iter(moments(61)))

    for index in range(800):
        tracker.see(first.shape, index / 100, certain=True)
        work = tracker.due(index / 100)
        if work:
            tracker.accept(work())

    assert tracker.state == "young"
    assert np.isfinite(tracker.current.center).all()
    assert tracker.current.error_deg > 1.0


def test_ellipses_on_the_brow_do_not_move_the_eyeball_for_good():
    dice = np.random.default_rng(1)
    brow = np.array([150.0, 20.0, 9.0, 0.0, 6.0])
    tracker = EyeTracker(CAMERA)
    seen = list(moments(71, seconds=16))

    def disturbed():
        for index, moment in enumerate(seen):
            if index % 7 == 0:
                tracker.see(brow + dice.normal(0, 3, 5), moment.timestamp, certain=True)
            yield moment

    followed = follow(disturbed(), tracker)

    assert followed.during(10, 16)[0] < 0.5
    assert np.isfinite(followed.errors_deg).all()


def test_another_person_in_the_headset_is_found_too():
    first = list(moments(81, seconds=8))
    other = list(moments(82, seconds=12, slip=(-1.0, (2.5, 1.5, 1.0))))
    for moment in other:
        object.__setattr__(moment, "timestamp", moment.timestamp + 30.0)

    followed = follow([*first, *other])

    assert followed.during(36, 42)[0] < 0.5


def test_a_frozen_model_learns_nothing():
    tracker = EyeTracker(CAMERA)
    follow(moments(91, seconds=6), tracker)
    center = tracker.current.center.copy()
    tracker.frozen = True

    follow(moments(91, seconds=6, slip=(-1.0, (1.0, 1.0, 0.0))), tracker)

    assert (tracker.current.center == center).all()


def test_a_reset_model_is_as_new():
    tracker = EyeTracker(CAMERA)
    follow(moments(92, seconds=6), tracker)

    tracker.reset()

    assert tracker.state == "young"
    assert tracker.current.center.tolist() == [0.0, 0.0, 35.0]
    assert tracker.due(1000.0) is None


def test_work_begun_before_a_reset_changes_nothing_after_it():
    tracker = EyeTracker(CAMERA)
    works = []
    for moment in moments(93, seconds=3):
        tracker.see(moment.shape, moment.timestamp, certain=True)
        works += filter(None, [tracker.due(moment.timestamp)])
    tracker.reset()

    assert not tracker.accept(works[-1]())
    assert tracker.current.center.tolist() == [0.0, 0.0, 35.0]


@pytest.mark.parametrize("depth", [5.0, math.nan, -30.0])
def test_an_eyeball_that_cannot_be_is_not_accepted(depth):
    tracker = EyeTracker(CAMERA)
    works = []
    for moment in moments(93, seconds=2):
        tracker.see(moment.shape, moment.timestamp, certain=True)
        works += filter(None, [tracker.due(moment.timestamp)])
    refit = works[-1]()
    center = np.array([0.0, 0.0, depth])

    assert not tracker.accept(replace(refit, current=replace(refit.current, center=center)))
    assert tracker.current.center.tolist() == [0.0, 0.0, 35.0]


def test_a_clock_that_is_set_back_costs_nothing():
    tracker = EyeTracker(CAMERA)
    follow(moments(94, seconds=8), tracker)

    followed = follow(moments(94, seconds=8), tracker)

    assert followed.during(0, 8)[0] < 0.15
    assert tracker.state == "steady"


def test_the_pupils_size_hardly_depends_on_where_the_eye_looks():
    tracker = EyeTracker(CAMERA)
    follow(moments(95, seconds=12), tracker)
    tracker.frozen = True
    ratios = []
    for moment in moments(96, seconds=6, noise_px=0.0):
        sight = tracker.see(moment.shape, moment.timestamp, certain=False)
        ratios.append(2 * sight.radius_mm / moment.diameter_mm)

    assert max(ratios) / min(ratios) < 1.015


@pytest.mark.skipif(bool(why_slow()), reason=why_slow() or "compiled")
def test_the_compiled_solver_gives_what_the_one_in_numpy_gives():
    seen = list(moments(97, seconds=6, rate=30))
    shapes, counts = np.array([moment.shape for moment in seen]), np.full(len(seen), 5.0)
    prior = Prior(np.array([0.0, 0.0, 35.0]), np.eye(3) / 16)
    problem = Problem(shapes, counts, CAMERA, EyeShape(), prior, bias_px=0.08)

    one, other = (
        solver.fit_center(problem, start=np.array([2.0, -5.0, 28.0]))
        for solver in (NumericSolver(), CompiledSolver())
    )
    mine, theirs = (
        solver.fit_pupils(shapes, CAMERA, one.center, EyeShape())
        for solver in (NumericSolver(), CompiledSolver())
    )

    assert np.allclose(one.center, other.center, atol=1e-6)
    assert np.allclose(one.covariance, other.covariance, rtol=1e-4)
    assert one.misfit_px == pytest.approx(other.misfit_px, abs=1e-7)
    assert one.cost == pytest.approx(other.cost, rel=1e-6)
    assert np.allclose(one.weights, other.weights, atol=1e-6)
    assert np.allclose(mine.normals, theirs.normals, atol=1e-9)
    assert np.allclose(mine.radii, theirs.radii, atol=1e-9)
    assert np.allclose(mine.residuals, theirs.residuals, atol=1e-6)
    outlines = [
        solver.explained(shapes[0], mine.residuals[0])
        for solver in (NumericSolver(), CompiledSolver())
    ]
    assert np.allclose(*outlines, atol=1e-9)
    assert 0 < np.abs(outlines[0] - shapes[0]).max() < 1.0


def test_outlines_that_mean_nothing_give_finite_numbers():
    tracker = EyeTracker(CAMERA)
    for shape in (
        [0, 0, 0.1, 0, 0.1],
        [1e4, -1e4, 50, 0, 50],
        [96, 96, 300, 0, 1],
        [5, 5, 1, 1, 1],
    ):
        sight = tracker.see(np.array(shape, float), 0.0, certain=True)
        assert all(map(math.isfinite, [*sight.normal, sight.radius_mm])), shape
