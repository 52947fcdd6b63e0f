"""One target looked at, and gaze lies on it from then on."""

from __future__ import annotations

import math
import random
import re
from dataclasses import replace

import pytest
from made_gaze import EYES, at_angle, gaze_2d, gaze_3d, normal

from gazed import Gaze
from gazed_plugins.drift_correction import DriftCorrection
from gazed_plugins.drift_correction.drift import Need, drift_of

RATE = 200
AHEAD = [0.0, 0.0, 1000.0]


class Eyes:
    """Eyes that look at a point while the service thinks they look elsewhere."""

    def __init__(self, right=1.0, up=0.5, noise=0.05, apart=0.0):
        self._off = {0: (right + apart / 2, up), 1: (right - apart / 2, up)}
        self._noise = noise
        self._dice = random.Random(1)

    def look(self, point, timestamp, confidence=1.0, eyes=(0, 1)) -> Gaze:
        """Return what the mapper makes of a look at a point (y down)."""
        lines = {str(eye): self._line(eye, point) for eye in eyes}
        gaze = gaze_3d(point, timestamp, confidence, eyes)
        if len(eyes) == 2:
            return replace(gaze, extra={**gaze.extra, "gaze_normals_3d": lines})
        (line,) = lines.values()
        seen = [c + 1000.0 * n for c, n in zip(EYES[eyes[0]], line, strict=True)]
        return replace(gaze, extra={**gaze.extra, "gaze_normal_3d": line, "gaze_point_3d": seen})

    def _line(self, eye, point):
        x, y, z = normal(eye, point)
        right, up = (value + self._dice.gauss(0, self._noise) for value in self._off[eye])
        azimuth, elevation = math.atan2(x, z), math.asin(-y)
        return list(at_angle(math.degrees(azimuth) + right, math.degrees(elevation) + up, 1.0))


def ask(bench, **fields):
    bench.send("drift_correction.should_correct", **{"mm_pos": AHEAD, **fields})


def show(bench, data):
    """Let gaze data pass; return what becomes of each."""
    results = [bench.call("refine_gaze", gaze=gaze) for gaze in data]
    return [found[0] if found else gaze for gaze, found in zip(data, results, strict=True)]


def times(seconds=1.05, start=0.0):
    return [start + k / RATE for k in range(round(seconds * RATE))]


def correct(bench, eyes, target=AHEAD, **fields):
    ask(bench, mm_pos=target, **fields)
    x, y, z = target
    show(bench, [eyes.look((x, -y, z), time) for time in times()])


def off(gaze, point):
    """Return how many degrees each eye's line is off a point, and the ratio of distances."""
    angles = []
    for eye, (x, y, z) in gaze.extra["gaze_normals_3d"].items():
        cosine = sum(a * b for a, b in zip((x, y, z), normal(int(eye), point), strict=True))
        angles.append(math.degrees(math.acos(min(1.0, cosine))))
    return max(angles), math.hypot(*gaze.extra["gaze_point_3d"]) / math.hypot(*point)


@pytest.mark.parametrize("place", [(0.0, 0.0), (10.0, -6.0)])
def test_gaze_lies_on_the_target_and_near_it_elsewhere(bench, place):
    bench.start(DriftCorrection)
    eyes, quiet = Eyes(2.0, -1.5, apart=0.6), Eyes(2.0, -1.5, apart=0.6, noise=0.0)
    x, y, z = at_angle(*place)

    correct(bench, eyes, [x, -y, z])

    told = bench.told("drift_correction.corrected")
    assert told["degrees"] == pytest.approx(math.hypot(2.3, 1.5), abs=0.06)
    assert (told["right"], told["up"]) == pytest.approx((-2.0, 1.5), abs=0.06)
    assert set(told["eyes"]) == {"0", "1"}
    assert told["used"] == 2 * told["eyes"]["0"]["used"] > 300
    (at_target,) = show(bench, [quiet.look((x, y, z), 2.0)])
    degrees, distance = off(at_target, (x, y, z))
    assert degrees < 0.02
    assert distance == pytest.approx(1.0, abs=0.02)
    elsewhere = at_angle(-8.0, 7.0)
    assert off(show(bench, [quiet.look(elsewhere, 2.0)])[0], elsewhere)[0] < 0.3


def test_y_of_the_target_is_up_as_in_references(bench):
    bench.start(DriftCorrection)

    correct(bench, Eyes(0.0, 0.0), [0.0, 200.0, 1000.0])

    assert bench.told("drift_correction.corrected")["degrees"] < 0.05


def test_the_way_to_the_target_blinks_and_a_glance_do_not_count(bench):
    bench.start(DriftCorrection)
    eyes = Eyes(1.0, 0.0)
    ask(bench)
    data = []
    for time in times():
        place = (6.0, 3.0) if time < 0.22 else (-9.0, 2.0) if 0.6 < time < 0.7 else (0.0, 0.0)
        confidence = 0.2 if 0.4 < time < 0.5 else 1.0
        seen = at_angle(20.0, 9.0) if confidence < 0.6 else at_angle(*place)
        data.append(eyes.look(seen, time, confidence))

    show(bench, data)

    told = bench.told("drift_correction.corrected")
    assert (told["right"], told["up"]) == pytest.approx((-1.0, 0.0), abs=0.06)


def test_a_second_correction_replaces_the_first_and_tells_the_change(bench):
    bench.start(DriftCorrection)
    correct(bench, Eyes(1.0, 0.0))
    bench.clock.set(60.0)
    ask(bench)

    show(bench, [Eyes(1.5, 0.0).look((0, 0, 1000), time) for time in times(start=60.0)])

    last = bench.notifications[-1].fields
    assert last["right"] == pytest.approx(-1.5, abs=0.05)
    assert last["change"]["right"] == pytest.approx(-0.5, abs=0.08)


def test_one_eye_that_is_seen_corrects_both(bench):
    bench.start(DriftCorrection)
    ask(bench)
    show(bench, [Eyes(1.0, 1.0).look((0, 0, 1000), time, eyes=(0,)) for time in times()])

    (gaze,) = show(bench, [Eyes(1.0, 1.0, 0.0).look((0, 0, 1000), 2.0)])

    assert list(bench.told("drift_correction.corrected")["eyes"]) == ["0"]
    assert off(gaze, (0.0, 0.0, 1000.0))[0] < 0.1


def test_gaze_of_one_eye_is_corrected_at_its_distance(bench):
    bench.start(DriftCorrection)
    correct(bench, Eyes(2.0, 0.0))

    (gaze,) = show(bench, [Eyes(2.0, 0.0, 0.0).look((0, 0, 1000), 2.0, eyes=(1,))])

    assert gaze.extra["gaze_normal_3d"] == pytest.approx(normal(1, (0, 0, 1000)), abs=2e-3)
    assert math.dist(gaze.extra["gaze_point_3d"], EYES[1]) == pytest.approx(1000.0, abs=0.01)


def test_2d_gaze_of_each_display_is_shifted(bench):
    bench.start(DriftCorrection)
    bench.send("drift_correction.should_correct", norm_pos=[0.5, 0.5])

    show(bench, [gaze_2d((0.53 - 0.02 * (k % 2), 0.48), k / RATE, eye=k % 2) for k in range(210)])

    told = bench.told("drift_correction.corrected")
    assert set(told["eyes"]) == {"0", "1"}
    assert told["degrees"] == pytest.approx(math.degrees(math.atan2(0.0409, 1.0)), abs=0.05)
    after = show(bench, [gaze_2d((0.63, 0.4), 2.0, eye=0), gaze_2d((0.6, 0.4), 2.0, eye=1)])
    assert after[0].norm_pos == pytest.approx((0.6, 0.42), abs=1e-3)
    assert after[1].norm_pos == pytest.approx((0.59, 0.42), abs=1e-3)


def test_2d_gaze_of_both_eyes_is_shifted_together(bench):
    bench.start(DriftCorrection)
    bench.send("drift_correction.should_correct", norm_pos=[0.5, 0.5])
    show(bench, [gaze_2d((0.52, 0.5), time) for time in times()])

    (gaze,) = show(bench, [gaze_2d((0.3, 0.3), 2.0)])

    assert gaze.norm_pos == pytest.approx((0.28, 0.3), abs=1e-3)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"mm_pos": None}, "the target is missing"),
        ({"mm_pos": [0.0, 0.0]}, "mm_pos is not a list of 3 numbers"),
        ({"mm_pos": [0.0, math.nan, 900.0]}, "mm_pos is nan"),
        ({"mm_pos": [0.0, 0.0, -900.0]}, "-900 mm ahead"),
        ({"timestamp": 400.0}, r"\+400.0 s from the service's clock"),
        ({"timestamp": "now"}, "timestamp is 'now'"),
        ({"duration": 0}, "duration is 0 s"),
        ({"duration": True}, "duration is True"),
    ],
)
def test_a_request_that_makes_no_sense_fails_at_once(bench, fields, problem):
    bench.start(DriftCorrection)

    ask(bench, **fields)

    told = bench.told("drift_correction.failed")
    assert not told["corrected_before"]
    assert re.search(problem, told["reason"])


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ([], "no confident gaze data came"),
        ([Eyes().look((0, 0, 1000), time, 0.5) for time in times()], "no confident gaze data"),
        (
            [Eyes().look((0, 0, 1000), k / 10) for k in range(9)],
            "9 confident gaze data came, and 10",
        ),
        ([Eyes().look(at_angle(40 * t, 0), t) for t in times()], "not steady: .* within 1.5 deg"),
        (
            [Eyes(11.0, 0).look((0, 0, 1000), time) for time in times()],
            "11.. deg off, more than 10",
        ),
        ([gaze_2d((0.5, 0.5), time) for time in times()], "gaze is 2D, and the target has no norm"),
    ],
)
def test_what_is_no_steady_look_at_the_target_corrects_nothing(bench, data, problem):
    bench.start(DriftCorrection)
    ask(bench)

    assert show(bench, data) == data
    bench.clock.set(2.0)
    bench.call("tick")

    reason = bench.told("drift_correction.failed")["reason"]
    assert re.search(problem, reason), reason


def test_3d_gaze_needs_a_target_in_millimetres(bench):
    bench.start(DriftCorrection)
    bench.send("drift_correction.should_correct", norm_pos=[0.5, 0.5])

    show(bench, [Eyes().look((0, 0, 1000), time) for time in times()])

    assert "no mm_pos" in bench.told("drift_correction.failed")["reason"]


def test_each_request_ends_in_one_result(bench):
    bench.start(DriftCorrection)
    ask(bench)
    ask(bench)
    bench.stop("DriftCorrection")

    reasons = [sent.fields["reason"] for sent in bench.notifications if "failed" in sent.name]
    assert reasons == ["a newer request came before this one was done", "the plugin was stopped"]


def test_setting_the_clock_back_ends_a_request(bench):
    bench.start(DriftCorrection)
    bench.clock.set(1000.0)
    ask(bench)

    bench.clock.set(3.0)
    bench.call("tick")

    assert bench.told("drift_correction.failed")["reason"] == "the clock was set back meanwhile"


def test_a_failure_leaves_the_correction_that_there_is(bench):
    bench.start(DriftCorrection)
    correct(bench, Eyes(1.0, 0.0))
    ask(bench, mm_pos=None)

    assert bench.told("drift_correction.failed")["corrected_before"]
    assert off(show(bench, [Eyes(1.0, 0.0).look((0, 0, 1000), 2.0)])[0], (0, 0, 1000))[0] < 0.3


@pytest.mark.parametrize(
    ("subject", "fields"),
    [
        ("drift_correction.should_reset", {}),
        ("plugin.started", {"name": "GazerHMD3D", "role": "gaze_mapper"}),
    ],
)
def test_it_ends_when_asked_for_and_with_the_mapper_it_was_for(bench, subject, fields):
    bench.start(DriftCorrection)
    correct(bench, Eyes(1.0, 0.0))

    bench.send(subject, **fields)

    gaze = Eyes(1.0, 0.0).look((0, 0, 1000), 2.0)
    assert show(bench, [gaze]) == [gaze]
    assert "drift_correction.reset" in bench.subjects()


def test_other_plugins_that_start_change_nothing(bench):
    bench.start(DriftCorrection)
    correct(bench, Eyes(1.0, 0.0))

    bench.send("plugin.started", name="Blink_Detection", role=None)
    bench.send("plugin.started", name="Eye")

    assert "drift_correction.reset" not in bench.subjects()


def test_the_report_tells_how_fast_the_calibration_drifts(bench):
    bench.start(DriftCorrection)
    bench.send("plugin.started", name="GazerHMD3D", role="gaze_mapper")
    for minute in (1, 2, 3):
        bench.clock.set(60.0 * minute)
        ask(bench)
        eyes = Eyes(0.4 * minute, -0.3 * minute, 0.0)
        show(bench, [eyes.look((0, 0, 1000), time) for time in times(start=60.0 * minute)])

    bench.send("drift_correction.should_report")

    report = bench.told("drift_correction.report")
    drift = report["drift_per_minute"]
    assert report["active"]
    assert len(report["corrections"]) == 3
    assert (drift["right"], drift["up"]) == pytest.approx((-0.4, 0.3), abs=0.02)
    assert drift["degrees"] == pytest.approx(0.5, abs=0.02)
    assert drift["moments"] == 4


def test_one_moment_tells_no_drift():
    assert drift_of([Need(3.0, 1.0, 1.0)]) is None
    assert drift_of([Need(3.0, 1.0, 1.0), Need(3.0, 2.0, 1.0)]) is None
