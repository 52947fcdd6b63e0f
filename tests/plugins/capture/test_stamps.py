"""The camera's own time: mapped while it can be trusted, left alone when it cannot."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from gazed_plugins.capture.stamps import Stamper

RATE = 200.0
DELAY = 0.008


def pictures(count, start=5000.0, jitter=0.002, seed=1):
    """Return (when taken, when received) of a camera's pictures."""
    rng = random.Random(seed)
    received = -math.inf
    for index in range(count):
        taken = start + index / RATE
        received = max(taken + DELAY + rng.expovariate(1 / jitter), received + 1e-5)
        yield taken, received


def errors(stamper, device_of, count=4000, **more):
    """Return stamp minus truth of each picture, and whether the device's time was used."""
    found, used = [], []
    for taken, received in pictures(count, **more):
        stamp = stamper.stamp(received, device_of(taken))
        assert stamp <= received
        found.append(stamp - taken)
        used.append(stamper.uses_device)
    return np.array(found), np.array(used)


def test_a_camera_on_the_machines_clock_is_believed_as_it_is():
    stamper = Stamper()

    error, used = errors(stamper, lambda taken: taken)

    assert used[300:].all()
    assert np.abs(error[300:]).max() < 1e-6


@pytest.mark.parametrize("offset", [-4000.0, -0.3, 1e6])
def test_a_clock_of_its_own_is_mapped_without_the_transports_jitter(offset):
    stamper = Stamper()

    error, used = errors(stamper, lambda taken: taken + offset)

    assert used[300:].all()
    # What no picture undercuts is the transport's shortest delay; it cannot be known.
    assert np.abs(error[used] - DELAY).max() < 0.001


@pytest.mark.parametrize("drift", [-3e-4, 3e-4])
def test_a_drifting_clock_is_followed(drift):
    stamper = Stamper()

    error, used = errors(stamper, lambda taken: 77.0 + taken * (1 + drift), count=12_000)

    assert used[300:].all()
    assert np.abs(error[used] - DELAY).max() < 0.0015


@pytest.mark.parametrize("rate", [0.5, 0.9, 0.98, 1.02, 1.1, 2.0])
def test_a_clock_at_a_wrong_pace_is_never_trusted(rate):
    stamper = Stamper()

    error, used = errors(stamper, lambda taken: taken * rate)

    assert not used.any()
    assert error.min() >= DELAY


@pytest.mark.parametrize("garbage", [0.0, -1.0, math.nan, math.inf, None, 1234.5])
def test_nonsense_leaves_the_time_of_arrival(garbage):
    stamper = Stamper()
    for _, received in pictures(600):
        assert stamper.stamp(received, garbage) == received


@pytest.mark.parametrize("jump", [-3600.0, -0.2, 0.2, 3600.0])
def test_a_jump_of_the_clock_never_reaches_a_stamp(jump):
    stamper = Stamper()
    switch = 5000.0 + 1000 / RATE

    error, used = errors(stamper, lambda taken: taken + (jump if taken > switch else 0.0) + 9.0)

    assert used[990]
    assert not used[1005]
    assert stamper.failures == 1
    assert error.min() >= 0
    assert np.abs(error).max() < DELAY + 0.05


def test_trials_grow_longer_with_each_failure():
    stamper = Stamper()
    trusted = []
    for taken, received in pictures(8000):
        lap = int(taken - 5000.0) // 4
        stamper.stamp(received, taken + 50.0 * lap)
        trusted.append(stamper.uses_device)

    laps = np.array(trusted).reshape(-1, 800).mean(axis=1)
    assert laps[0] > 0.5
    assert laps[-1] == 0.0


def test_a_host_that_was_held_up_keeps_trusting_the_camera():
    stamper = Stamper()
    for index, (taken, received) in enumerate(pictures(2000)):
        held_up = 5005.2 + index * 1e-5 if 1000 <= index < 1040 else 0.0
        stamp = stamper.stamp(max(received, held_up), taken)
        if index > 300:
            assert stamp == pytest.approx(taken, abs=1e-5)

    assert stamper.failures == 0


def test_stamps_rise_strictly_whatever_comes():
    rng = random.Random(7)
    stamper = Stamper()
    last, received = -math.inf, 100.0
    for _ in range(20_000):
        received += rng.expovariate(200.0)
        device = rng.choice([received - 0.01, 0.0, math.nan, rng.uniform(0, 1e6), None, received])
        if rng.random() < 0.001:
            stamper.reset()
        stamp = stamper.stamp(received, device)
        assert last < stamp <= received
        last = stamp
