"""Pictures against their truth."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest

from gazed_plugins.simulated_headset.direction import Direction, point_at
from gazed_plugins.simulated_headset.eyeball import Eyeball
from gazed_plugins.simulated_headset.geometry import STANDARD_EYE, Camera
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import looking

PLAIN = replace(LOOKS["easy"], lashes=0, glints=0, noise=0.0, iris_texture=0.0)
STRAIGHT = (0.0, 0.0, 1000.0)
LEVELS = ["easy", "medium", "hard"]


def some_states(eye, count, opening=1.0):
    draw = random.Random(eye)
    for _ in range(count):
        direction = Direction(draw.uniform(-14, 14), draw.uniform(-14, 14), 0.001)
        yield looking(
            eye,
            point_at(direction),
            pupil_diameter_mm=draw.uniform(2.5, 4.5),
            opening=opening,
        )


def with_and_without_pupil(size, eye, look):
    """Return two painters of the same globe, the second with a pupil as bright as its iris."""
    return [
        Eyeball(eye, Camera.of_size(size), STANDARD_EYE, one, np.random.default_rng(1))
        for one in (look, replace(look, pupil=look.iris))
    ]


def darkened(painters, look, state, size):
    """Return which share of each pixel the pupil takes."""
    dark, bright = (painter.drawn(state, slice(0, size)) for painter in painters)
    return (bright - dark).astype(float) / (look.iris - look.pupil)


def moments(share, ellipse):
    rows, columns = np.mgrid[: len(share), : len(share)]
    x, y = ellipse.center
    near = np.hypot(columns - x, rows - y) < ellipse.diameter / 2 + 8
    share = np.where(near, share, 0)
    area = share.sum()
    return (share * columns).sum() / area - x, (share * rows).sum() / area - y, area


@pytest.mark.parametrize("size", [192, 400])
@pytest.mark.parametrize("eye", [0, 1])
def test_pupils_are_drawn_where_the_truth_says(size, eye):
    renderer, painters = Renderer(eye, size, PLAIN), with_and_without_pupil(size, eye, PLAIN)
    errors = []
    for state in some_states(eye, 20):
        ellipse = renderer.truth(state).ellipse
        right, down, area = moments(darkened(painters, PLAIN, state, size), ellipse)
        errors.append((right, down, area / (np.pi / 4 * ellipse.axes[0] * ellipse.axes[1]) - 1))

    assert np.abs(np.mean(errors, axis=0)).max() < 0.003
    assert np.abs(errors).max() < 0.015


@pytest.mark.parametrize("blur", [0.0, 0.7, 1.6])
def test_lens_lids_and_eight_bits_move_no_centre(blur):
    look = replace(PLAIN, blur_px=blur)
    dark, bright = Renderer(1, 192, look), Renderer(1, 192, replace(look, pupil=look.iris))
    errors = []
    for state in some_states(1, 20):
        truth = dark.truth(state)
        share = 1 - dark.clean(state) / np.maximum(bright.clean(state).astype(float), 1)
        if truth.visible_share == 1:
            errors.append(moments(share, truth.ellipse)[:2])

    assert len(errors) > 15
    assert np.abs(np.mean(errors, axis=0)).max() < 0.01
    assert np.abs(errors).max() < 0.03


def test_motion_blur_moves_no_centre():
    look = replace(PLAIN, exposure=0.005)
    still = looking(1, STRAIGHT, pupil_diameter_mm=3.0)
    moving = replace(still, turn=(6.0, -3.0, 0.0))
    painters = with_and_without_pupil(192, 1, look)
    smeared, sharp = (darkened(painters, look, state, 192) for state in (moving, still))

    right, down, _ = moments(smeared, Renderer(1, 192, look).truth(moving).ellipse)

    assert np.abs(smeared - sharp).max() > 0.3
    assert max(abs(right), abs(down)) < 0.01


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("eye", [0, 1])
def test_a_visible_pupil_is_darker_than_what_surrounds_it(level, eye):
    look = LOOKS[level]
    renderer = Renderer(eye, 192, look, seed=2)
    for state in some_states(eye, 5, look.opening):
        truth, picture = renderer.truth(state), renderer.clean(state)
        rows, columns = np.mgrid[:192, :192]
        x, y = truth.ellipse.center
        distance = np.hypot(columns - x, rows - y)
        inside = picture[distance < truth.ellipse.axes[0] / 2 - 3]
        around = picture[(distance > truth.ellipse.diameter / 2 + 3) & (distance < 40)]
        if truth.visible_share == 1:
            assert np.percentile(inside, 25) < np.median(around) - 10


@pytest.mark.parametrize("level", LEVELS)
def test_shut_lids_hide_the_pupil(level):
    renderer = Renderer(0, 192, LOOKS[level], seed=5)
    state = looking(0, STRAIGHT, opening=0.0)

    truth, picture = renderer.truth(state), renderer.clean(state)

    x, y = (round(value) for value in truth.ellipse.center)
    assert truth.visible_share == 0
    assert not truth.visible
    assert np.median(picture[y - 10 : y + 11, x - 10 : x + 11]) > LOOKS[level].pupil + 25


def test_ever_less_of_the_pupil_is_visible_while_the_lids_shut():
    renderer = Renderer(1, 192)
    openings = [1.0, 0.7, 0.5, 0.4, 0.0]

    shares = [
        renderer.truth(looking(1, STRAIGHT, opening=opening)).visible_share for opening in openings
    ]

    assert shares[0] == 1
    assert shares[-1] == 0
    assert shares == sorted(shares, reverse=True)
    assert 0 < shares[2] < 1


def test_the_same_state_differs_by_the_sensors_noise_only():
    renderer = Renderer(0, 192, LOOKS["medium"])
    state = looking(0, STRAIGHT)

    frames = [renderer.frame(state, index, index / 200).gray for index in range(20)]

    noise = np.stack(frames).astype(float) - renderer.clean(state)
    assert noise.std() == pytest.approx(LOOKS["medium"].noise, rel=0.05)
    assert abs(noise.mean()) < 0.05
    assert abs(np.corrcoef(noise[0].ravel(), noise[1].ravel())[0, 1]) < 0.05


def test_a_frame_says_what_a_camera_would():
    frame = Renderer(1, 400).frame(looking(1, STRAIGHT), 7, 3.5, 3.6)

    assert (frame.eye, frame.index, frame.timestamp, frame.received) == (1, 7, 3.5, 3.6)
    assert (frame.width, frame.height, frame.gray.dtype) == (400, 400, np.uint8)
    assert frame.gray.flags.c_contiguous
    assert frame.focal_length_px == pytest.approx(561.471804)


def test_the_same_seed_is_the_same_picture_and_another_one_another_person():
    state = looking(0, STRAIGHT)

    first, again, other = (Renderer(0, seed=seed).clean(state) for seed in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_kept_pictures_take_no_more_room_than_allowed():
    renderer = Renderer(0, 192, cache_bytes=5 * 192 * 192)
    states = list(some_states(0, 8))

    pictures = [renderer.clean(state) for state in states]

    kept = [
        renderer.clean(state) is picture
        for state, picture in reversed(list(zip(states, pictures, strict=True)))
    ]
    assert kept == [True] * 5 + [False] * 3


def test_the_truth_repeats_the_state_it_was_drawn_from():
    state = looking(0, (150.0, -80.0, 700.0), pupil_diameter_mm=3.3, opening=0.9)

    truth = Renderer(0).truth(state)

    assert (truth.eye, truth.center, truth.normal) == (0, state.center, state.normal)
    assert (truth.pupil_diameter_mm, truth.opening) == (3.3, 0.9)
    assert truth.gaze_point == (150.0, -80.0, 700.0)


@pytest.mark.parametrize("size", [192, 400])
def test_eyes_turned_as_far_as_they_go_are_drawn_too(size):
    for eye in (0, 1):
        renderer = Renderer(eye, size, LOOKS["hard"])
        for azimuth in (-30, 30):
            for elevation in (-30, 30):
                for nearness in (1 / 150, 1e-6):
                    point = point_at(Direction(azimuth, elevation, nearness))
                    state = looking(eye, point, pupil_diameter_mm=5.0, slip_mm=(9.0, 9.0, -9.0))
                    renderer.clean(state)
                    assert 0 <= renderer.truth(state).visible_share <= 1
