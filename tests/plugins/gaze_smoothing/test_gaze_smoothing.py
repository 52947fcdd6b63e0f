"""Smoothed gaze: how much steadier, how much later, and what is left alone."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from itertools import pairwise

import pytest
from made_gaze import at_angle, gaze_2d, gaze_3d

from gazed_plugins.gaze_smoothing import GazeSmoothing

RATE = 200


def smoothed(bench, data):
    """Return what becomes of each datum."""
    results = [bench.call("refine_gaze", gaze=gaze) for gaze in data]
    return [found[0] if found else gaze for gaze, found in zip(data, results, strict=True)]


def noisy(angle_at, seconds=1.0, noise=0.06):
    dice = random.Random(1)
    data = []
    for k in range(round(seconds * RATE)):
        right, up = angle_at(k / RATE) + dice.gauss(0, noise), dice.gauss(0, noise)
        data.append(gaze_3d(at_angle(right, up), k / RATE))
    return data


def azimuths(data):
    points = [gaze.extra["gaze_point_3d"] for gaze in data]
    return [math.degrees(math.atan2(x, z)) for x, _, z in points]


def steps(values):
    return math.sqrt(sum((b - a) ** 2 for a, b in pairwise(values)))


def saccade(time):
    share = min(max((time - 0.5) / 0.043, 0.0), 1.0)
    return 10.0 * share**3 * (10.0 + share * (6.0 * share - 15.0))


def crossing(data, level):
    angles, times = azimuths(data), [gaze.timestamp for gaze in data]
    k = next(k for k, angle in enumerate(angles) if angle >= level)
    share = (level - angles[k - 1]) / (angles[k] - angles[k - 1])
    return times[k - 1] + share * (times[k] - times[k - 1])


def test_a_resting_gaze_becomes_three_times_as_steady(bench):
    bench.start(GazeSmoothing)
    raw = noisy(lambda _: 3.0)

    calm = smoothed(bench, raw)

    assert steps(azimuths(calm)) < steps(azimuths(raw)) / 3
    assert sum(azimuths(calm)) / len(calm) == pytest.approx(3.0, abs=0.03)


def test_a_saccade_is_as_late_as_the_report_says(bench):
    bench.start(GazeSmoothing)
    raw = noisy(saccade, noise=0.0)

    calm = smoothed(bench, raw)

    late = crossing(calm, 5.0) - crossing(raw, 5.0)
    told = bench.told("gaze_smoothing.report")["delay_ms"]["large_saccade"]
    assert 1000.0 * late == pytest.approx(told, abs=0.2)
    assert told < 3.0


def test_a_steady_movement_lags_by_the_delay_of_its_data(bench):
    bench.start(GazeSmoothing, speed_gain=0.0)
    raw = noisy(lambda time: 10.0 * time, noise=0.0)

    last = smoothed(bench, raw)[-1]

    lag = (azimuths(raw)[-1] - azimuths([last])[0]) / 10.0
    assert last.extra["smoothing_delay"] == pytest.approx(lag, rel=0.02)


def test_normals_stay_unit_vectors_and_keep_pointing_at_the_point(bench):
    bench.start(GazeSmoothing)

    last = smoothed(bench, noisy(saccade, seconds=0.53, noise=0.0))[-1]

    point = last.extra["gaze_point_3d"]
    for eye, normal in last.extra["gaze_normals_3d"].items():
        assert math.hypot(*normal) == pytest.approx(1.0)
        center = last.extra["eye_centers_3d"][eye]
        line = [there - here for there, here in zip(point, center, strict=True)]
        cosine = sum(a * b for a, b in zip(line, normal, strict=True)) / math.hypot(*line)
        assert cosine > math.cos(math.radians(0.2))
    assert math.hypot(*point) == pytest.approx(1000.0, rel=0.01)


def test_gaze_of_one_eye_is_smoothed_in_a_stream_of_its_own(bench):
    bench.start(GazeSmoothing, min_cutoff=1.0, speed_gain=0.0)
    both = [gaze_3d(at_angle(0.0, 0.0), k / RATE) for k in range(50)]
    one = [gaze_3d(at_angle(8.0, 0.0), (k + 0.5) / RATE, eyes=(0,)) for k in range(50)]
    mixed = [gaze for pair in zip(both, one, strict=True) for gaze in pair]

    calm = smoothed(bench, mixed)

    assert azimuths(calm[-2:]) == pytest.approx([0.0, 8.0])
    assert calm[-1].extra["gaze_normal_3d"] == pytest.approx(one[-1].extra["gaze_normal_3d"])


def test_2d_gaze_is_smoothed_too(bench):
    bench.start(GazeSmoothing)
    dice = random.Random(3)
    raw = [gaze_2d((0.5 + dice.gauss(0, 0.001), 0.5), k / RATE) for k in range(200)]

    calm = smoothed(bench, raw)

    assert steps([g.norm_pos[0] for g in calm]) < steps([g.norm_pos[0] for g in raw]) / 3


def test_unsure_gaze_stays_as_it_is_and_is_not_averaged_in(bench):
    bench.start(GazeSmoothing)
    rest = [gaze_3d(at_angle(0.0, 0.0), k / RATE) for k in range(50)]
    wild = gaze_3d(at_angle(25.0, 0.0), 50 / RATE, 0.5)
    after = gaze_3d(at_angle(0.0, 0.0), 51 / RATE)

    calm = smoothed(bench, [*rest, wild, after])

    assert calm[-2] is wild
    assert azimuths(calm[-1:]) == pytest.approx([0.0])


@pytest.mark.parametrize("pause", [0.06, 0.3, -5.0])
def test_after_a_gap_nothing_from_before_it_is_averaged_in(bench, pause):
    bench.start(GazeSmoothing)
    before = [gaze_3d(at_angle(0.0, 0.0), k / RATE) for k in range(50)]
    after = gaze_3d(at_angle(6.0, 0.0), 50 / RATE + pause)

    last = smoothed(bench, [*before, after])[-1]

    assert azimuths([last]) == pytest.approx([6.0])
    assert last.extra["smoothing_delay"] == 0.0


def test_settings_change_while_it_runs_and_are_reported(bench):
    plugin = bench.start(GazeSmoothing)

    plugin.update(min_cutoff=1.0)
    bench.send("gaze_smoothing.should_report")

    first, second, third = (sent.fields for sent in bench.notifications)
    assert first["delay_ms"]["rest"] == pytest.approx(1000 / (2 * math.pi * 4.0), rel=0.01)
    assert second["delay_ms"]["rest"] == pytest.approx(1000 / (2 * math.pi), rel=0.01)
    assert second == third
    assert second["speed_gain"] == 0.5


def test_the_report_is_for_the_rate_at_which_gaze_comes(bench):
    bench.start(GazeSmoothing)

    smoothed(bench, [gaze_3d(at_angle(0.0, 0.0), k / 60) for k in range(2000)])
    bench.send("gaze_smoothing.should_report")

    assert bench.notifications[-1].fields["rate"] == pytest.approx(60.0, rel=0.01)


def test_a_stream_whose_data_change_their_form_begins_anew(bench):
    bench.start(GazeSmoothing)
    placed = replace(gaze_3d(at_angle(0.0, 0.0), 1 / RATE), norm_pos=(0.5, 0.5))

    calm = smoothed(bench, [gaze_3d(at_angle(5.0, 0.0)), placed])

    assert calm[1].norm_pos == pytest.approx((0.5, 0.5))
    assert azimuths(calm) == pytest.approx([5.0, 0.0])


def test_gaze_without_a_direction_is_left_alone(bench):
    bench.start(GazeSmoothing)
    nowhere = gaze_3d((0.0, 0.0, 0.0))

    assert smoothed(bench, [nowhere]) == [nowhere]
