"""What the scripted person does, and when."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import numpy as np
import pytest

from gazed_plugins.simulated_headset.direction import direction_of
from gazed_plugins.simulated_headset.headset import mount_of
from gazed_plugins.simulated_headset.wearer import Wearer

RATE = 200
TARGET = (150.0, -80.0, 700.0)


def times(start, seconds):
    return [start + index / RATE for index in range(round(seconds * RATE))]


def degrees_off(state, target):
    mount = mount_of(state.eye)
    line = np.array(target) - mount.to_hmd(np.array(state.center))
    cosine = mount.normal_to_hmd(np.array(state.normal)) @ line / np.linalg.norm(line)
    return math.degrees(math.acos(min(1.0, cosine)))


def test_the_same_seed_is_the_same_wearer_in_whatever_order_one_asks():
    moments = times(1000.0, 5)
    forward = [Wearer(3).state(0, moment) for moment in moments]
    shuffled = random.Random(0).sample(moments, len(moments))
    other = Wearer(3)

    states = {moment: other.state(0, moment) for moment in shuffled}

    assert [states[moment] for moment in moments] == forward


def test_another_seed_is_another_wearer():
    assert Wearer(1).state(0, 50.0).gaze_point != Wearer(2).state(0, 50.0).gaze_point


def test_both_eyes_look_at_one_point_and_blink_together():
    wearer = Wearer(4, blinks_per_minute=30)

    for moment in times(20.0, 4):
        right, left = wearer.state(0, moment), wearer.state(1, moment)
        assert right.gaze_point == left.gaze_point
        assert right.opening == left.opening
        assert right.pupil_diameter_mm == left.pupil_diameter_mm


def test_free_viewing_stays_within_fifteen_degrees_and_makes_saccades():
    wearer = Wearer(5)
    directions = [direction_of(wearer.state(0, moment).gaze_point) for moment in times(0, 20)]

    offsets = [math.hypot(one.azimuth, one.elevation) for one in directions]
    jumps = sum(a.angle_to(b) > 0.5 for a, b in pairwise(directions))

    assert max(offsets) < 15.2
    assert jumps > 20


def test_the_eyes_stay_until_the_reaction_time_is_over_and_then_hold_the_target():
    wearer = Wearer(6, reaction_time=0.2)
    wearer.look_at((0.0, 0.0, 1000.0), 10.0)

    wearer.look_at(TARGET, 12.0)

    assert degrees_off(wearer.state(1, 12.199), (0.0, 0.0, 1000.0)) < 0.1
    assert degrees_off(wearer.state(1, 12.215), TARGET) > 1
    assert all(degrees_off(wearer.state(1, moment), TARGET) < 0.1 for moment in times(12.3, 3))


def test_drift_does_not_move_the_mean_gaze_off_the_target():
    wearer = Wearer(7)
    wearer.look_at(TARGET, 0.0)

    points = [direction_of(wearer.state(0, moment).gaze_point) for moment in times(1, 40)]

    aim = direction_of(TARGET)
    assert abs(np.mean([point.azimuth for point in points]) - aim.azimuth) < 0.02
    assert abs(np.mean([point.elevation for point in points]) - aim.elevation) < 0.02


def test_saccades_follow_the_main_sequence():
    wearer = Wearer(8)
    wearer.look_at((0.0, 0.0, 1000.0), 0.0)
    wearer.look_at((1000 * math.tan(math.radians(10)), 0.0, 1000.0), 1.0)

    fine = [1.15 + index / 4000 for index in range(600)]
    angles = [direction_of(wearer.state(0, moment).gaze_point).azimuth for moment in fine]
    speeds = np.diff(angles) * 4000

    assert 350 < speeds.max() < 500
    assert np.sum(speeds > 5) / 4000 == pytest.approx(0.043, abs=0.005)


def test_the_turn_of_a_moving_eye_is_the_rate_of_its_normal():
    wearer = Wearer(8)
    wearer.look_at((0.0, 0.0, 1000.0), 0.0)
    wearer.look_at((300.0, 0.0, 1000.0), 1.0)
    before, now, after = (wearer.state(0, moment) for moment in (1.2195, 1.22, 1.2205))

    rate = (np.array(after.normal) - before.normal) / 0.001

    assert np.linalg.norm(now.turn) > 3
    assert now.turn == pytest.approx(rate, abs=0.1)
    assert wearer.state(0, 1.5).turn == (0.0, 0.0, 0.0)


def test_a_target_that_moves_is_followed():
    wearer = Wearer(9, reaction_time=0.1)
    shown = [(0.3 * frame, 0.0, 1000.0) for frame in range(300)]
    for frame, target in enumerate(shown):
        wearer.look_at(target, frame / 60)
        if frame > 60:
            assert degrees_off(wearer.state(0, frame / 60), shown[frame - 10]) < 0.2


def test_showing_the_same_target_again_changes_nothing():
    once, often = Wearer(9), Wearer(9)
    once.look_at(TARGET, 5.0)
    for frame in range(120):
        often.look_at(TARGET, 5.0 + frame / 60)

    assert [once.state(0, moment) for moment in times(5, 3)] == [
        often.state(0, moment) for moment in times(5, 3)
    ]


def test_without_a_target_the_eyes_are_free_again():
    wearer, free = Wearer(10), Wearer(10)
    wearer.look_at(TARGET, 5.0)
    wearer.look_at(None, 7.0)

    assert degrees_off(wearer.state(0, 7.1), TARGET) < 0.1
    assert [wearer.state(0, moment) for moment in times(9, 3)] == [
        free.state(0, moment) for moment in times(9, 3)
    ]


@pytest.mark.parametrize("rate", [20])
def test_the_lids_shut_as_often_as_told(rate):
    wearer = Wearer(11, blinks_per_minute=rate)
    openings = [wearer.state(0, moment).opening for moment in times(0, 30)]

    shut = [opening < 0.01 for opening in openings]
    blinks = sum(b and not a for a, b in pairwise(shut))

    assert blinks == rate / 2
    assert max(openings) == 1.0
    assert sum(opening < 1 for opening in openings) / RATE == pytest.approx(
        0.29 * rate / 2, rel=0.1
    )


def test_no_blinks_leave_the_lids_as_open_as_told():
    wearer = Wearer(11, blinks_per_minute=0, opening=0.7)

    assert {wearer.state(0, moment).opening for moment in times(0, 10)} == {0.7}


def test_a_slip_begins_when_told_and_the_gaze_stays_on_the_target():
    wearer = Wearer(12)
    wearer.look_at(TARGET, 0.0)
    wearer.slip((0.0, -2.0, 0.0), 3.0)

    before, after = wearer.state(0, 2.999), wearer.state(0, 3.001)

    mount = mount_of(0)
    moved = mount.normal_to_hmd(np.array(after.center) - before.center)
    assert moved == pytest.approx((0.0, 2.0, 0.0), abs=1e-9)
    assert degrees_off(after, TARGET) < 0.1


def test_a_fixation_is_mostly_one_and_the_same_state():
    wearer = Wearer(13, blinks_per_minute=0)
    wearer.look_at(TARGET, 0.0)

    states = {wearer.state(0, moment) for moment in times(1, 20)}

    assert len(states) / 20 < 10


def test_pupils_change_slowly():
    wearer = Wearer(14)
    diameters = [wearer.state(0, moment).pupil_diameter_mm for moment in times(0, 30)]

    assert max(diameters) - min(diameters) > 0.2
    assert np.abs(np.diff(diameters)).max() < 0.1
    assert all(round(diameter, 2) == diameter for diameter in diameters)
    assert 2.5 < min(diameters) <= max(diameters) < 5.5
