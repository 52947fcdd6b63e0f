"""Openness against the simulated wearer's lids; what may and may not be taken for a closed eye."""

from itertools import pairwise

import numpy as np
import pytest
from lids_watched import RATE, seen, watch

from gazed_plugins.eyelids import Closed, Closure, LidModel, cell_at, view_of

DARK_PLACE = 3 * 8 + 3


def halves(times, values):
    """Return the moments at which values pass a half, and whether downwards."""
    pairs = pairwise(zip(times, values, strict=True))
    return [
        (t0 + (t1 - t0) * (v0 - 0.5) / (v0 - v1), v0 > v1)
        for (t0, v0), (t1, v1) in pairs
        if (v0 - 0.5) * (v1 - 0.5) < 0
    ]


def events(times, openness):
    closure, found = Closure(), []
    for timestamp, value in zip(times, openness, strict=True):
        event = closure.see(value, timestamp, pupil=False)
        if event is not None:
            found.append(event)
    return found


def an_eye(brightness=1.0, closed=False, seed=0):
    """Return a view: skin, with a dark pupil in an iris unless closed, and some noise."""
    view = np.full((8, 8), 160.0)
    if not closed:
        view[2:6, 2:6] = 90.0
        view[3, 3] = 40.0
    return (view + np.random.default_rng(seed).normal(0, 1, (8, 8))).ravel() * brightness


def shown(model, states, rate=100.0, start=0.0, **more):
    """Show open ("o"), closed ("c") and strange ("x") eyes one after another."""
    for index, state in enumerate(states):
        view = an_eye(closed=state == "c", seed=index, **more)
        if state == "x":
            view[DARK_PLACE] = 250.0
        confidence = 0.95 if state == "o" else 0.0
        model.learn(view, start + index / rate, confidence, DARK_PLACE if state == "o" else None)
    return start + len(states) / rate


def test_openness_follows_the_lids_at_every_level(watched):
    said, true = np.clip(watched.openness[watched.known], 0, 1), watched.truth[watched.known]

    assert np.sqrt(np.mean((said - true) ** 2)) < 0.08
    assert np.corrcoef(said, true)[0, 1] > 0.95
    assert np.median(said[true > 0.99]) == pytest.approx(1.0, abs=0.05)
    assert said[true < 0.01].max() < 0.35


def test_every_blink_after_the_first_is_timed_and_nothing_else(watched):
    times, known = watched.times[watched.known], watched.known
    found = events(times, watched.openness[known])
    true = halves(times, watched.truth[known])

    assert len(found) == len(true) >= 2
    for event, (moment, down) in zip(found, true, strict=True):
        assert isinstance(event, Closed) == down
        assert event.timestamp == pytest.approx(moment, abs=0.03)


def test_pictures_of_this_wearer_look_like_this_wearer(watched):
    assert np.percentile(watched.likeness[watched.known], 1) > 0.5


def test_nothing_is_said_before_a_closed_eye_was_seen():
    model = LidModel()

    shown(model, "o" * 200)

    assert not model.ready
    assert model.read(an_eye()) is None


def test_one_blink_is_enough_to_tell_open_from_closed():
    model = LidModel()

    shown(model, "o" * 100 + "c" * 15 + "o" * 20)

    assert model.closings == 1
    assert model.read(an_eye()).openness == pytest.approx(1.0, abs=0.05)
    assert model.read(an_eye(closed=True)).openness == pytest.approx(0.0, abs=0.05)
    assert model.read((an_eye() + an_eye(closed=True)) / 2).openness == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    "states",
    [
        pytest.param("o" * 100 + "c" * 200 + "o" * 20, id="two seconds without a pupil"),
        pytest.param("o" * 100 + "c" + "o" * 20, id="one picture without a pupil"),
        pytest.param("o" * 100 + "x" * 15 + "o" * 20, id="a reflection brighter than skin"),
        pytest.param("c" * 300, id="never a pupil"),
    ],
)
def test_what_is_no_blink_teaches_nothing(states):
    model = LidModel()

    shown(model, states)

    assert not model.ready


def test_a_pupil_that_is_missed_while_the_eye_is_open_teaches_nothing():
    model = LidModel()
    for index in range(200):
        lost = 100 <= index < 115
        model.learn(an_eye(seed=index), index / 100, 0.0 if lost else 0.9, DARK_PLACE)

    assert not model.ready


def test_a_change_of_brightness_passes():
    model = LidModel()
    now = shown(model, "o" * 100 + "c" * 15 + "o" * 100)

    shown(model, "o" * 600, start=now, brightness=0.6)

    assert model.read(an_eye(0.6)).openness == pytest.approx(1.0, abs=0.1)
    assert model.read(an_eye(0.6, closed=True)).openness == pytest.approx(0.0, abs=0.1)


def test_the_confidence_grows_with_the_blinks_and_falls_where_a_pupil_is_between_closed_lids():
    model = LidModel()
    now = shown(model, "o" * 100 + "c" * 15 + "o" * 20)
    once = model.confidence(model.read(an_eye()), pupil=True)

    shown(model, ("c" * 15 + "o" * 50) * 3, start=now)

    assert model.confidence(model.read(an_eye()), pupil=True) > once + 0.2
    closed = model.read(an_eye(closed=True))
    assert model.confidence(closed, pupil=True) < 0.5 < model.confidence(closed, pupil=False)


def test_something_else_in_the_picture_is_told_by_its_likeness():
    model = LidModel()
    shown(model, "o" * 100 + "c" * 15 + "o" * 20)
    rows = np.arange(64.0) // 8

    assert model.read(an_eye()).likeness > 0.9
    assert model.read(160 - 20 * rows).likeness < 0.5


def test_another_wearer_is_learned_within_three_blinks():
    model = LidModel()
    now = shown(model, "o" * 100 + "c" * 15 + "o" * 100)
    for index in range(1000):
        closed = index % 250 >= 235
        view = an_eye(closed=closed, seed=index).reshape(8, 8).T[::-1].ravel()
        cell = None if closed else 4 * 8 + 3
        model.learn(view, now + index / 100, 0.0 if closed else 0.9, cell)

    view = an_eye().reshape(8, 8).T[::-1].ravel()
    assert model.read(view).openness == pytest.approx(1.0, abs=0.1)
    assert model.read(an_eye(closed=True)).openness == pytest.approx(0.0, abs=0.15)


def test_time_that_runs_backwards_or_stands_still_harms_nothing():
    model = LidModel()
    for start in (100.0, 0.0, 0.0):
        shown(model, "o" * 100 + "c" * 15 + "o" * 20, start=start)

    assert model.closings == 3
    assert model.read(an_eye()).openness == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("level", [0, 255])
def test_black_and_white_pictures_give_finite_numbers(level):
    model = LidModel()
    shown(model, "o" * 100 + "c" * 15 + "o" * 20)
    view = np.full(64, float(level))

    model.learn(view, 2.0, 0.9, 0)
    reading = model.read(view)

    assert np.isfinite([reading.openness, reading.likeness]).all()


def test_a_confidence_that_is_no_number_teaches_nothing():
    model = LidModel()
    for index in range(300):
        model.learn(an_eye(closed=index % 100 > 85, seed=index), index / 100, np.nan, DARK_PLACE)

    assert not model.ready


def test_looking_down_is_no_blink():
    model, closure, low = LidModel(), Closure(), []
    for frame, pupil, truth in seen("medium", 12.0, seed=301, down_deg=20.0):
        view = view_of(frame.gray)
        reading = model.read(view)
        if reading and truth.opening > 0.99:
            low.append(reading.openness)
            assert closure.see(reading.openness, frame.timestamp, pupil=False) is None
        model.learn(view, frame.timestamp, pupil.confidence, cell_at(pupil.norm_pos))

    assert len(low) > RATE * 4
    assert min(low) > 0.6


def test_both_eyes_of_a_wearer_are_read_alike():
    right, left = watch("easy"), watch("easy", eye=1)
    both = right.known & left.known

    assert np.corrcoef(right.openness[both], left.openness[both])[0, 1] > 0.9


def test_an_open_eye_in_doubt_is_learned_anew_within_seconds():
    def reading_after_slip(doubt):
        model = LidModel()
        now = shown(model, ("o" * 450 + "c" * 15) * 4 + "o" * 50)
        if doubt:
            model.doubt()
        for index in range(220):
            view = np.roll(an_eye(seed=index).reshape(8, 8), 1, axis=0).ravel()
            model.learn(view, now + index / 100, 0.9, DARK_PLACE + 8)
        return model.read(view).openness

    told, not_told = reading_after_slip(doubt=True), reading_after_slip(doubt=False)
    assert abs(told - 1) < min(0.1, abs(not_told - 1))
