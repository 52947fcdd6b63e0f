"""Fixations out of gaze data."""

from __future__ import annotations

import math
import random
from itertools import combinations

import pytest
from made_gaze import at_angle, gaze_2d, gaze_3d

from gazed_plugins.fixations import FixationDetector
from gazed_plugins.fixations.window import Window
from gazed_plugins.gaze.view import View

EVERY = 1e6
RATE = 100


def look(bench, *data):
    for gaze in data:
        bench.call("on_gaze", gaze=gaze)
    return [sent.fields for sent in bench.data("fixations")]


def staying(seconds, right=0.0, up=0.0, start=0.0, rate=RATE):
    point = at_angle(right, up)
    return [gaze_3d(point, start + k / rate) for k in range(round(seconds * rate) + 1)]


def wandering(seed, count=800):
    """Fixations with noise and drift, saccades, unsure data, and data that come late."""
    dice = random.Random(seed)
    right = up = 0.0
    data = []
    for k in range(count):
        if dice.random() < 0.012:
            right, up = dice.uniform(-8, 8), dice.uniform(-8, 8)
        right, up = right + dice.gauss(0, 0.12), up + dice.gauss(0, 0.12)
        confidence = 0.3 if dice.random() < 0.05 else 0.9
        timestamp = k / RATE + dice.choice((0.0, 0.0, 0.0, -0.016)) + dice.uniform(0.0, 1e-4)
        data.append(gaze_3d(at_angle(right, up), timestamp, confidence))
    return data


def plainly(data, max_dispersion=3.0, min_duration=0.3):
    """Yield (id, first timestamp, dispersion, count) each time that time goes on, word for word."""
    kept, number, before, told = [], -1, False, -1.0
    for gaze in data:
        if gaze.confidence < 0.6:
            continue
        kept = sorted([*kept, gaze], key=lambda one: one.timestamp)
        newest = kept[-1].timestamp
        while len(kept) > 1 and kept[1].timestamp < newest - min_duration:
            kept.pop(0)
        points = [one.extra["gaze_point_3d"] for one in kept]
        widest = max((angle(*pair) for pair in combinations(points, 2)), default=0.0)
        long = len(kept) > 2 and newest - kept[0].timestamp >= min_duration
        if fixation := long and widest < max_dispersion:
            number += not before
            if not before or newest > told:
                yield number, kept[0].timestamp, widest, len(kept)
                told = newest
        before = fixation


def angle(one, other):
    dot = sum(a * b for a, b in zip(one, other, strict=True))
    return math.degrees(math.acos(min(1.0, dot / math.hypot(*one) / math.hypot(*other))))


@pytest.mark.parametrize("seed", range(3))
def test_they_are_exactly_those_of_the_plain_algorithm(bench, seed):
    bench.start(FixationDetector, max_rate=EVERY)
    data = wandering(seed)

    found = look(bench, *data)

    expected = list(plainly(data))
    assert len(expected) > 100
    assert len({number for number, *_ in expected}) > 2
    said = [(one["id"], one["timestamp"], len(one["base_data"])) for one in found]
    assert said == [(number, first, count) for number, first, _, count in expected]
    widest = [dispersion for _, _, dispersion, _ in expected]
    assert [one["dispersion"] for one in found] == pytest.approx(widest, abs=1e-5)


def test_a_fixation_has_what_clients_read(bench):
    bench.start(FixationDetector)

    first = look(bench, *staying(0.3, right=4.0, rate=100))[0]

    assert set(first) == {
        "topic", "id", "norm_pos", "method", "timestamp", "duration", "dispersion",
        "confidence", "base_data", "gaze_point_3d",
    } - {"norm_pos"}  # fmt: skip
    assert (first["topic"], first["id"], first["method"]) == ("fixations", 0, "3d gaze")
    assert (first["timestamp"], first["duration"]) == (0.0, pytest.approx(300.0))
    assert first["gaze_point_3d"] == pytest.approx(list(at_angle(4.0, 0.0)))
    assert first["dispersion"] == pytest.approx(0.0, abs=1e-5)
    assert first["confidence"] == 1.0
    assert len(first["base_data"]) == 31
    assert first["base_data"][1] == ["gaze.3d.01.", 0.01]


def test_a_lasting_one_is_told_again_with_its_id_but_not_too_often(bench):
    bench.start(FixationDetector, max_rate=30.0)

    found = look(bench, *staying(2.3))

    assert {one["id"] for one in found} == {0}
    assert len(found) == 51
    assert {round(one["duration"]) for one in found} <= {300, 310}


def test_after_a_saccade_there_is_another_one(bench):
    bench.start(FixationDetector)

    found = look(bench, *staying(0.5), *staying(0.5, right=5.0, start=0.51))

    assert {one["id"] for one in found} == {0, 1}
    assert min(one["timestamp"] for one in found if one["id"] == 1) == 0.51


def test_gaze_that_wanders_far_is_none(bench):
    bench.start(FixationDetector, max_dispersion=0.5)

    data = [gaze_3d(at_angle(k / 20, 0.0), k / 100) for k in range(100)]

    assert look(bench, *data) == []


def test_three_glances_at_one_place_with_pauses_between_are_none(bench):
    bench.start(FixationDetector)

    assert look(bench, *(gaze_3d(at_angle(0, 0), time) for time in (0.0, 5.0, 5.01))) == []


def test_a_blink_does_not_end_a_fixation(bench):
    bench.start(FixationDetector)
    shut = [gaze_3d(at_angle(20.0, 9.0), 0.4 + k / 100, 0.2) for k in range(15)]

    found = look(bench, *staying(0.4), *shut, *staying(0.5, start=0.55))

    assert {one["id"] for one in found} == {0}
    assert found[-1]["timestamp"] > 0.7


def test_when_the_clock_is_set_back_it_begins_anew(bench):
    bench.start(FixationDetector)

    found = look(bench, *staying(0.5, start=1000.0), *staying(0.5))

    assert next(one["id"] for one in found if one["timestamp"] < 500) == 1


def test_2d_gaze_is_judged_in_the_view_it_is_in(bench):
    bench.start(FixationDetector, focal_length=1000.0, view_size=[1000, 1000], max_rate=EVERY)
    aside = math.tan(math.radians(2.0))

    data = [gaze_2d((0.5 + aside * (k % 2), 0.4), k / 100) for k in range(40)]
    found = look(bench, *data)

    assert {one["method"] for one in found} == {"2d gaze"}
    assert "gaze_point_3d" not in found[0]
    assert found[0]["dispersion"] == pytest.approx(2.0, abs=0.05)
    assert found[-1]["norm_pos"] == pytest.approx([0.5 + aside / 2, 0.4], abs=1e-3)


def test_a_wider_world_view_makes_the_same_places_lie_farther_apart(bench):
    bench.start(FixationDetector)
    bench.send("world_view.report", **View.pinhole(300.0, (1280, 720)).to_wire())

    data = [gaze_2d((0.5 + 0.02 * (k % 2), 0.5), k / 100) for k in range(40)]

    assert look(bench, *data) == []


def test_eyes_with_displays_of_their_own_are_not_mixed(bench):
    bench.start(FixationDetector)
    data = [gaze_2d((0.4 + 0.2 * (k % 2), 0.5), k / 100, eye=k % 2) for k in range(80)]

    found = look(bench, *data)

    assert {entry[0] for one in found for entry in one["base_data"]} == {"gaze.2d.0."}


def test_the_left_eye_stands_in_where_the_right_one_is_not_seen(bench):
    bench.start(FixationDetector)
    both = [gaze_2d((0.4 + 0.2 * (k % 2), 0.5), k / 100, eye=k % 2) for k in range(80)]
    left = [gaze_2d((0.6, 0.5), 0.8 + k / 100, eye=1) for k in range(80)]

    found = look(bench, *both, *left)

    assert found[-1]["base_data"][0][0] == "gaze.2d.1."
    assert found[-1]["id"] == 1


def test_nothing_is_published_for_nobody_and_the_ids_go_on(bench):
    bench.start(FixationDetector)
    bench.wishes = ["gaze."]
    assert look(bench, *staying(0.5)) == []

    bench.wishes = ["fixations"]

    assert look(bench, *staying(0.5, right=8.0, start=0.51))[0]["id"] == 1


def test_a_direction_that_is_none_is_passed_over(bench):
    bench.start(FixationDetector)

    assert look(bench, *(gaze_3d((0.0, 0.0, 0.0), k / 100) for k in range(60))) == []


def test_the_work_for_a_datum_does_not_grow_with_the_time_watched():
    window = Window(0.3, 3.0)

    for gaze in staying(5.0):
        window.add(gaze, (0.0, 0.0, 1.0))

    assert len(window.gaze) <= 0.3 * RATE + 2
