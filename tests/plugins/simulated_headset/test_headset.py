"""The HMD frame, the camera frames, and what must hold between them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gazed_plugins.simulated_headset.headset import EYES_MM, mount_of
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import looking

TARGETS = [(0.0, 0.0, 600.0), (150.0, -80.0, 700.0), (-300.0, 200.0, 2000.0)]


def ray_in_hmd(state):
    mount = mount_of(state.eye)
    origin = mount.to_hmd(np.array(state.center))
    return origin, mount.normal_to_hmd(np.array(state.normal))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("eye", [0, 1])
@pytest.mark.parametrize("slip", [(0.0, 0.0, 0.0), (1.0, -2.0, 0.5)])
def test_an_eyes_line_of_sight_goes_through_the_target(eye, target, slip):
    origin, direction = ray_in_hmd(looking(eye, target, slip_mm=slip))

    along = np.array(target) - origin

    assert np.linalg.norm(np.cross(direction, along)) < 1e-9
    assert direction @ along > 0


@pytest.mark.parametrize("eye", [0, 1])
def test_an_eye_sits_where_clients_are_told(eye):
    origin, _ = ray_in_hmd(looking(eye, TARGETS[0]))

    assert origin == pytest.approx(EYES_MM[eye])
    assert EYES_MM[eye][0] == (32.0 if eye == 0 else -32.0)


@pytest.mark.parametrize("eye", [0, 1])
def test_a_slipped_headset_leaves_the_eyes_behind(eye):
    origin, _ = ray_in_hmd(looking(eye, TARGETS[0], slip_mm=(1.0, -2.0, 0.5)))

    assert origin == pytest.approx(np.array(EYES_MM[eye]) - (1.0, -2.0, 0.5))


@pytest.mark.parametrize("eye", [0, 1])
def test_looking_into_the_camera_gives_a_normal_toward_it(eye):
    mount = mount_of(eye)
    state = looking(eye, tuple(mount.position))

    toward = -np.array(state.center) / np.linalg.norm(state.center)

    assert state.normal == pytest.approx(toward)
    assert state.normal[2] < -0.99
    assert 34 < math.dist(state.center, (0, 0, 0)) < 36


def test_looking_up_goes_up_in_the_upright_picture_and_down_in_the_other():
    up, down = (0.0, 100.0, 1000.0), (0.0, -100.0, 1000.0)

    assert looking(1, up).normal[1] < looking(1, down).normal[1]
    assert looking(0, up).normal[1] > looking(0, down).normal[1]


def test_the_right_eyes_picture_is_the_mirror_image_of_the_left_ones():
    left = Renderer(1).truth(looking(1, (120.0, 60.0, 800.0)))
    right = Renderer(0).truth(looking(0, (-120.0, 60.0, 800.0)))

    (x1, y1), (x0, y0) = left.ellipse.center, right.ellipse.center

    assert (x0, y0) == pytest.approx((x1, 192 - y1))
    assert right.ellipse.axes == pytest.approx(left.ellipse.axes)
    assert right.ellipse.angle == pytest.approx(-left.ellipse.angle)
