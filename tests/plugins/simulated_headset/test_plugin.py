"""The simulated camera in an eye host."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest
from harness import Bench

from gazed import ArgumentError, Clock, PluginError
from gazed_plugins.simulated_headset import SimulatedEye
from gazed_plugins.simulated_headset.headset import EYES_MM

TARGET = [150.0, -80.0, 700.0]


@pytest.fixture
def bench_of(tmp_path):
    benches = []

    def bench_of(name):
        directory = tmp_path / name
        directory.mkdir()
        bench = Bench(directory, name)
        bench.clock.close()
        bench.clock = Clock(directory / "clock")
        benches.append(bench)
        return bench

    yield bench_of
    for bench in benches:
        bench.__exit__(None, None, None)


@pytest.fixture
def eye(bench_of):
    return bench_of("eye0")


def read(bench, count=1):
    frames = []
    while len(frames) < count:
        frames += bench.call("read_frame")
    return frames


def truths(bench, eye=0):
    return [sent.fields for sent in bench.data(f"simulated.truth.{eye}")]


def test_frames_come_when_they_are_due(eye):
    eye.start(SimulatedEye, frame_rate=200)

    for _ in range(20):
        (frame,) = read(eye)
        assert frame.timestamp <= frame.received <= eye.clock.now()
        assert frame.received - frame.timestamp < 0.2
        assert frame.timestamp * 200 == pytest.approx(round(frame.timestamp * 200), abs=1e-4)


def test_frames_are_counted_and_a_period_apart(eye):
    eye.start(SimulatedEye, frame_rate=100)

    frames = read(eye, 10)

    steps = np.diff([frame.index for frame in frames])
    assert frames[0].index == 0
    assert np.diff([frame.timestamp for frame in frames]) == pytest.approx(steps / 100)


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
def test_a_slow_camera_does_not_hold_up_its_host(eye):
    eye.start(SimulatedEye, frame_rate=2)
    began = time.monotonic()

    eye.call("read_frame")

    assert time.monotonic() - began < 0.4


def test_both_eyes_see_one_wearer_although_started_at_different_times(bench_of):
    right, left = bench_of("eye0"), bench_of("eye1")
    right.start(SimulatedEye, seed=5)
    read(right, 3)
    left.start(SimulatedEye, seed=5)
    for _ in range(20):
        read(right)
        read(left)

    seen = {fields["timestamp"]: fields for fields in truths(right, 0)}
    shared = [(seen[t["timestamp"]], t) for t in truths(left, 1) if t["timestamp"] in seen]

    assert len(shared) > 5
    for one, other in shared:
        assert one["gaze_point"] == other["gaze_point"]
        assert one["opening"] == other["opening"]


def test_frames_that_are_long_overdue_are_left_out_and_counted(eye):
    plugin = eye.start(SimulatedEye, frame_rate=200)
    read(eye, 2)
    end = eye.clock.now() + 0.1
    while eye.clock.now() < end:
        pass

    first, second = read(eye, 2)

    assert plugin.skipped >= 15
    assert first.timestamp > end - 0.03
    assert second.index == 3 + plugin.skipped == 3 + truths(eye)[-1]["skipped"]


def test_truth_is_published_for_who_listens_only(eye):
    eye.start(SimulatedEye)
    eye.wishes = ["pupil."]
    read(eye, 3)
    silent = truths(eye)

    eye.wishes = ["simulated."]
    (frame,) = read(eye)

    assert silent == []
    (fields,) = truths(eye)
    assert fields["timestamp"] == frame.timestamp
    assert fields["index"] == frame.index
    assert fields["id"] == 0


def test_the_published_truth_has_these_fields(eye):
    eye.start(SimulatedEye)

    read(eye)

    (fields,) = truths(eye)
    assert set(fields) == {
        "timestamp", "index", "skipped", "id", "ellipse", "normal", "center",
        "pupil_diameter_mm", "opening", "visible", "visible_share", "gaze_point",
    }  # fmt: skip
    assert set(fields["ellipse"]) == {"center", "axes", "angle"}
    assert math.dist(fields["normal"], (0, 0, 0)) == pytest.approx(1)


def test_the_wearer_looks_at_targets_that_clients_show(eye):
    eye.start(SimulatedEye, reaction_time=0.05)
    eye.send("simulated_headset.target", position=TARGET)
    end = eye.clock.now() + 0.3
    while eye.clock.now() < end:
        read(eye)

    gaze_point = np.array(truths(eye)[-1]["gaze_point"]) - EYES_MM[0]
    target = np.array(TARGET) - EYES_MM[0]

    cosine = gaze_point @ target / np.linalg.norm(gaze_point) / np.linalg.norm(target)
    assert math.degrees(math.acos(min(1.0, cosine))) < 0.15


def test_a_target_counts_from_its_timestamp_on_the_shared_clock(eye):
    eye.clock.set(5000.0)
    eye.start(SimulatedEye, reaction_time=0.2)
    eye.send("simulated_headset.target", position=TARGET, timestamp=eye.clock.now() - 1.0)

    (frame,) = read(eye)

    assert frame.timestamp == pytest.approx(5000.0, abs=1.0)
    assert truths(eye)[-1]["gaze_point"] == pytest.approx(TARGET, abs=2.5)


def test_frames_follow_the_shared_clock_when_a_client_sets_it(eye):
    eye.start(SimulatedEye)
    read(eye, 2)

    eye.clock.set(0.0)
    before, after = read(eye, 2)

    assert abs(before.timestamp) < 1
    assert 0 < after.timestamp - before.timestamp < 1


def test_a_slip_moves_the_globe_in_the_camera(eye):
    eye.start(SimulatedEye, blinks_per_minute=0)
    read(eye)
    eye.send("simulated_headset.slip", mm=[0.0, -2.0, 0.0])
    read(eye, 3)

    before, after = truths(eye)[0]["center"], truths(eye)[-1]["center"]

    assert math.dist(before, after) == pytest.approx(2.0)


def test_a_slip_can_be_there_from_the_start(eye):
    eye.start(SimulatedEye)
    read(eye)
    eye.start(SimulatedEye, slip=[1.0, 0.0, 0.0])
    read(eye)

    centers = [fields["center"] for fields in truths(eye)]

    assert math.dist(*centers) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ("target", {}),
        ("target", {"position": [1.0, 2.0]}),
        ("target", {"position": "here"}),
        ("target", {"position": [1.0, float("nan"), 3.0]}),
        ("target", {"position": [1.0, 2.0, 1e300]}),
        ("target", {"position": TARGET, "timestamp": "now"}),
        ("target", {"position": TARGET, "timestamp": 1e18}),
        ("target", {"position": TARGET, "timestamp": float("inf")}),
        ("slip", {}),
        ("slip", {"mm": [1.0, True, 0.0]}),
        ("slip", {"mm": [1e6, 0.0, 0.0]}),
    ],
)
def test_a_malformed_notification_is_refused_and_the_frames_go_on(eye, subject, fields):
    eye.start(SimulatedEye)

    eye.send(f"simulated_headset.{subject}", **fields)

    assert len(eye.bad_messages) == 1
    assert subject in eye.bad_messages[0]
    assert len(read(eye, 2)) == 2


def test_other_notifications_are_none_of_its_business(eye):
    eye.start(SimulatedEye)

    eye.send("calibration.should_start")

    assert eye.bad_messages == []


def test_it_runs_in_an_eye_host_only(bench_of):
    with pytest.raises(PluginError, match="eye0 or eye1"):
        bench_of("service").start(SimulatedEye)


def test_a_headset_that_slipped_off_is_refused(eye):
    with pytest.raises(PluginError, match="10 mm"):
        eye.start(SimulatedEye, slip=[0.0, 0.0, 50.0])


@pytest.mark.parametrize(
    "args", [{"size": 100}, {"frame_rate": 500}, {"level": "impossible"}, {"seed": 0.5}]
)
def test_impossible_arguments_are_refused(eye, args):
    with pytest.raises(ArgumentError):
        eye.start(SimulatedEye, **args)
