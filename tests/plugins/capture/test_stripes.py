"""Pictures whose lines are mixed up."""

from __future__ import annotations

import numpy as np
import pytest

from gazed_plugins.capture.stripes import StripeWatch, striped
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer


@pytest.fixture(scope="module", params=["easy", "hard"])
def eye(request):
    look = LOOKS[request.param]
    return Renderer(0, 192, look, 1).frame(Wearer(1).state(0, 0.5), 0, 0.0, 0.0).gray


def test_an_eye_is_not_striped(eye):
    assert not striped(eye)


def test_lines_out_of_place_are_found(eye):
    mixed = eye.copy()
    mixed[::2] = np.roll(mixed[::2], 60, axis=1)
    inverted = eye.copy()
    inverted[::2] = 255 - inverted[::2]

    assert striped(inverted) or striped(mixed)


def test_noise_and_plain_pictures_are_not_striped():
    noise = np.random.default_rng(1).integers(0, 255, (192, 192)).astype(np.uint8)

    assert not striped(noise)
    assert not striped(np.zeros((192, 192), np.uint8))


def test_one_striped_picture_is_not_enough(eye):
    lines, watch = eye.copy(), StripeWatch()
    lines[::2] = 255 - lines[::2]

    found = [watch.found(lines, moment) for moment in (0.0, 0.05, 0.2, 0.41, 0.62)]

    assert found == [False, False, False, True, False]
