"""Exposure in software: into the range, within the limits, without swinging."""

from __future__ import annotations

import pytest

from gazed_plugins.capture.exposure import (
    BRIGHTEST,
    DARKEST,
    AutoExposure,
    longest_exposure,
    next_exposure,
)


@pytest.mark.parametrize(
    ("rate", "limit"), [(30, 32), (120, 32), (180, 31), (200, 28), (400, 25), (1000, 10)]
)
def test_the_longest_exposure_depends_on_the_rate(rate, limit):
    assert longest_exposure(rate) == limit


@pytest.mark.parametrize("brightness", [DARKEST, 120.0, BRIGHTEST])
def test_a_good_brightness_is_left_alone(brightness):
    assert next_exposure(brightness, 20, 32) == 20


@pytest.mark.parametrize(("brightness", "exposure"), [(0.0, 40), (255.0, 10)])
def test_a_step_at_most_doubles_or_halves(brightness, exposure):
    assert next_exposure(brightness, 20, 100) == exposure


@pytest.mark.parametrize("light", [0.5, 1.0, 2.0, 5.0, 20.0, 100.0])
@pytest.mark.parametrize("start", [1, 10, 28])
def test_it_arrives_and_stays(light, start):
    seen = [start]
    for _ in range(12):
        seen.append(next_exposure(min(255.0, light * seen[-1]), seen[-1], 28))

    assert seen[-1] == seen[-2]
    brightness = min(255.0, light * seen[-1])
    assert DARKEST <= brightness <= BRIGHTEST or seen[-1] == (28 if brightness < DARKEST else 1)


def test_it_waits_until_the_last_step_shows():
    exposure = AutoExposure()
    assert not exposure.due(100.0)

    exposure.begin(200.0, 100.0)
    assert not exposure.due(100.1)
    assert exposure.due(100.21)

    assert exposure.decide(255.0, 100.21) == 14
    assert not exposure.due(100.3)
    assert exposure.decide(120.0, 100.5) is None
