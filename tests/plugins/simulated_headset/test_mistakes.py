"""A wearer who looks elsewhere, and one whose optical axis is not the visual one."""

import math

import numpy as np
import pytest
from harness import Bench

from gazed import PluginError
from gazed_plugins.simulated_headset import SimulatedEye
from gazed_plugins.simulated_headset.headset import mount_of
from gazed_plugins.simulated_headset.wearer import Wearer, looking

TARGETS = [(x, y, 1000.0) for x in range(-200, 201, 40) for y in range(-200, 201, 40)]
AHEAD = (32.0, 0.0, 1000.0)


def looked_at(wearer, targets):
    places = []
    for k, target in enumerate(targets):
        wearer.look_at(target, 10.0 + k)
        places.append(wearer.state(0, 10.9 + k).gaze_point)
    return places


def missed(places, targets):
    return [math.dist(place, target) > 5.0 for place, target in zip(places, targets, strict=True)]


def optical_axis(eye, gaze_point, kappa):
    state = looking(eye, gaze_point, kappa_deg=kappa)
    return mount_of(eye).normal_to_hmd(np.array(state.normal))


def test_a_wearer_looks_at_every_target_unless_told_otherwise():
    assert not any(missed(looked_at(Wearer(3), TARGETS), TARGETS))


def test_a_share_of_the_targets_is_not_looked_at():
    wrong = missed(looked_at(Wearer(3, wrong_fixations=0.2), TARGETS), TARGETS)

    assert 0.1 < np.mean(wrong) < 0.3


def test_both_eyes_make_the_same_mistakes_in_any_order():
    one, other = (Wearer(3, wrong_fixations=0.2) for _ in range(2))

    places = looked_at(one, TARGETS)
    again = looked_at(other, TARGETS[::-1])[::-1]

    assert missed(places, TARGETS) == missed(again, TARGETS)


@pytest.mark.parametrize(("eye", "outward"), [(0, 1.0), (1, -1.0)])
def test_the_optical_axis_points_outward_and_up_of_the_visual_axis(eye, outward):
    straight = (outward * 32.0, 0.0, 1000.0)

    x, y, z = optical_axis(eye, straight, (5.0, 1.5))

    assert math.degrees(math.atan2(x, z)) == pytest.approx(5.0 * outward, abs=0.01)
    assert math.degrees(math.atan2(y, z)) == pytest.approx(1.5, abs=0.01)


def test_the_angle_between_the_axes_is_the_same_in_all_directions():
    straight = optical_axis(0, AHEAD, (5.0, 1.5)) @ optical_axis(0, AHEAD, (0.0, 0.0))

    for point in ((250.0, 0.0, 1000.0), (-200.0, 220.0, 900.0)):
        angle = optical_axis(0, point, (5.0, 1.5)) @ optical_axis(0, point, (0.0, 0.0))
        assert angle == pytest.approx(straight, abs=1e-9)


def test_the_plugin_refuses_an_impossible_eye(tmp_path):
    with Bench(tmp_path, "eye0") as bench, pytest.raises(PluginError, match="kappa is at most"):
        bench.start(SimulatedEye, kappa=[40.0, 0.0])
