"""What is told while there is time to put it right."""

import math
import time
from dataclasses import replace

import numpy as np
import pytest
from harness import a_pupil
from wearer import Wearer

from gazed_plugins.hmd_calibration import HMDCalibration
from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.preflight import Preflight, clock_offset
from gazed_plugins.hmd_calibration.shown import Pair, mirrored
from gazed_plugins.hmd_calibration.start import Start
from gazed_plugins.simulated_headset.headset import mount_of

pytestmark = pytest.mark.usefixtures("fits_in_threads")

START = Start(((33.0, 0.0, 0.0), (-33.0, 0.0, 0.0)), (1000.0, 1000.0), 35.0)
GRID = [(a / 10, b / 10) for a in (-3, -1, 0, 1, 3) for b in (-2, 0, 2)]


class Watch:
    """A preflight that is fed by hand."""

    def __init__(self, start=START):
        self.census = Census(0.8)
        self.preflight = Preflight(start, self.census)

    def see(self, eye, count=100, confidence=1.0, at=100.0, **more):
        for k in range(count):
            pupil = a_pupil(eye, at + k / 100, confidence, **more)
            self.census.add(pupil)
            self.preflight.add_pupil(pupil)

    def show(self, position, timestamp=100.5, kind="mm_pos"):
        self.preflight.add_target(kind, (-1, timestamp, *position))

    def concerns(self, seconds=2.0):
        return [(found.code, found.eye) for found in self.preflight.new_concerns(seconds)]


def seen_by(eye, tangents, mirror=1.0):
    """norm_pos of an eye of the simulated headset that looks along these tangents."""
    x, y = tangents
    length = math.sqrt(x * x + y * y + 1)
    mount = mount_of(eye)
    pupil = mount.eye + np.array([x, mirror * y, 1.0]) * 10 / length
    across, down, away = mount.to_camera(pupil)
    return 0.5 + across / away, 0.5 - down / away


def follow(watch, mirror=1.0, noise=0.0):
    for k, tangents in enumerate(GRID * 3):
        for eye in (0, 1):
            x, y = seen_by(eye, tangents, mirror)
            place = (x + noise * math.sin(997 * k), y + noise * math.sin(991 * k))
            watch.see(eye, 1, at=100 + k / 10, norm_pos=place, method="3d", tag="3d")
        watch.show((500 * tangents[0], 500 * tangents[1], 500), 100 + k / 10)


def test_two_good_eyes_are_no_concern():
    watch = Watch()
    watch.see(0)
    watch.see(1)

    assert watch.concerns() == []


def test_each_concern_is_told_once():
    watch = Watch()

    assert watch.concerns() == [("no_pupil_data", 0), ("no_pupil_data", 1)]
    assert watch.concerns() == []
    assert [concern.code for concern in watch.preflight.raised] == ["no_pupil_data"] * 2


def test_the_eyes_are_given_a_second():
    assert Watch().concerns(seconds=0.5) == []


@pytest.mark.parametrize(
    ("confidence", "expected"),
    [
        (None, [("no_pupil_data", 1), ("one_eye", 0)]),
        (0.0, [("no_pupil_seen", 1), ("one_eye", 0)]),
        (0.79, [("no_pupil_seen", 1), ("one_eye", 0)]),
    ],
)
def test_one_eye_is_told_with_what_the_other_lacks(confidence, expected):
    watch = Watch()
    watch.see(0)
    if confidence is not None:
        watch.see(1, confidence=confidence)

    assert watch.concerns() == expected


def test_low_confidence_is_told_of_the_eye():
    watch = Watch()
    watch.see(0)
    watch.see(1, 50)
    watch.see(1, 50, confidence=0.3)

    assert watch.concerns() == [("low_confidence", 1)]


@pytest.mark.parametrize(
    ("shown", "offset"),
    [((100.0, 105.0), 0.0), ((98.5, 99.5), 0.0), ((40.0, 60.0), -40.0), ((190.0, 200.0), 85.0)],
)
def test_a_clock_is_off_when_the_times_do_not_meet(shown, offset):
    assert clock_offset((100.0, 105.0), shown) == pytest.approx(offset)


def test_a_clock_that_is_off_is_told_with_its_offset():
    watch = Watch()
    watch.see(0)
    watch.see(1)
    watch.show((0.4, 0.4), 5000.0, "norm_pos")

    (concern,) = watch.preflight.new_concerns(2.0)

    assert concern.code == "clock_off"
    assert concern.offset == pytest.approx(4899.0, abs=1.0)
    assert concern.to_wire()["offset"] == concern.offset


def test_metres_are_told():
    watch = Watch()
    follow(watch)
    watch.preflight.shown.farthest = 0.0
    for k in range(5):
        watch.show((0.1, 0.1 * k, 0.6), 100.0 + k)

    assert watch.concerns() == [("units", None)]


def test_3d_references_without_3d_pupil_data_are_told():
    watch = Watch()
    watch.see(0)
    watch.see(1)
    watch.show((0, 0, 600))

    assert watch.concerns() == [("no_3d_pupil_data", None)]


@pytest.mark.parametrize(
    ("translations", "codes"),
    [
        (((-33.0, 0, 0), (33.0, 0, 0)), ["eyes_swapped"]),
        (((0.033, 0, 0), (-0.033, 0, 0)), ["translations"]),
        (((0.0, 0, 0), (0.0, 0, 0)), ["translations"]),
        (((31.0, 0, 0), (-29.0, 0, 0)), []),
    ],
)
def test_translations_that_cannot_be_are_told(translations, codes):
    watch = Watch(Start(translations, (1000.0, 1000.0), 35.0))
    follow(watch)

    assert [code for code, _ in watch.concerns()] == codes


def test_translations_that_are_assumed_are_told():
    watch = Watch(replace(START, assumed=True))
    follow(watch)

    assert watch.concerns() == [("translations_assumed", None)]


def test_targets_with_y_down_are_told():
    watch = Watch()
    follow(watch, mirror=-1.0, noise=0.01)

    assert watch.concerns() == [("y_inverted", None)]


def test_targets_with_y_up_are_not():
    watch = Watch()
    follow(watch, noise=0.01)

    assert watch.concerns() == []


@pytest.mark.parametrize("turn", [0.0, 0.5, 1.6, 3.1, 4.7])
@pytest.mark.parametrize(("flip", "expected"), [(1, False), (-1, True)])
def test_a_turned_camera_changes_nothing(turn, flip, expected):
    cos, sin = math.cos(turn), math.sin(turn)
    pairs = [
        Pair((a, flip * b), (-0.3 * (a * cos - b * sin), 0.2 * (a * sin + b * cos)))
        for a, b in GRID
    ]

    assert mirrored(pairs) is expected


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [Pair((0.1 * k, 0.0), (-0.1 * k, 0.0)) for k in range(30)],
        [Pair((0.1, 0.2), (0.3, 0.4))] * 30,
        [Pair(place, (math.sin(7e5 * k), math.sin(3e5 * k))) for k, place in enumerate(GRID * 3)],
        [Pair((0.01 * a, 0.01 * b), (-a, b)) for a, b in GRID],
    ],
)
def test_what_cannot_be_known_is_not_told(pairs):
    assert mirrored(pairs) is None


def test_progress_is_told_while_a_calibration_runs(bench):
    bench.start(HMDCalibration, "HMD_Calibration", progress=0.05)
    wearer = Wearer()
    bench.send("calibration.should_start")
    assert 0.0 < bench.call("tick")[0] <= 0.05
    for pupil in wearer.pupils:
        bench.deliver_pupil(pupil)
    bench.send("calibration.add_ref_data", ref_data=wearer.references)
    bench.settle()
    while not bench.subjects("calibration.progress"):
        bench.call("tick")

    told = bench.told("calibration.progress")
    assert told["references"] == 216
    assert told["pupil_data"] == 432
    assert told["eyes"]["0"] == {"pupil_data": 216, "pupil_data_3d": 0, "share_confident": 1.0}
    assert told["warnings"] == []
    bench.send("calibration.should_stop")
    bench.settle()
    count = len(bench.subjects("calibration.progress"))
    time.sleep(0.1)
    assert bench.call("tick") == []
    assert len(bench.subjects("calibration.progress")) == count


def test_a_warning_is_in_one_report_in_the_log_and_in_the_result(bench, caplog):
    bench.start(HMDCalibration, "HMD_Calibration", progress=0.01)
    bench.send("calibration.should_start")
    for k in range(50):
        bench.deliver_pupil(a_pupil(0, 100.0 + k))
    entry = {"norm_pos": [0.5, 0.5], "timestamp": 9.0}
    bench.send("calibration.add_ref_data", ref_data=[entry])
    while len(bench.subjects("calibration.progress")) < 3:
        bench.call("tick")
    bench.send("calibration.should_stop")
    bench.settle()

    reports = [sent for sent in bench.notifications if sent.name == "calibration.progress"]
    told = [warning for sent in reports for warning in sent.fields["warnings"]]
    assert [warning["code"] for warning in told] == ["clock_off"]
    assert told[0]["text"] in caplog.messages
    assert told[0] in bench.told("calibration.failed")["warnings"]


def test_no_progress_is_told_to_who_wants_none(bench):
    bench.start(HMDCalibration, "HMD_Calibration", progress=0.0)

    bench.send("calibration.should_start")

    assert bench.call("tick") == []


def test_the_eyes_can_be_checked_before_a_calibration(bench, monkeypatch):
    monkeypatch.setattr("gazed_plugins.hmd_calibration.check._SECONDS", 0.05)
    bench.deliver_pupil(a_pupil(1, 99.0))
    bench.send("calibration.should_check")
    for k in range(30):
        bench.deliver_pupil(a_pupil(0, 100.0 + k))
    while not bench.subjects("calibration.checked"):
        bench.call("tick")

    told = bench.told("calibration.checked")
    assert told["eyes"]["0"]["pupil_data"] == 30
    assert told["eyes"]["1"]["pupil_data"] == 0
    codes = [(entry["code"], entry["eye"]) for entry in told["warnings"]]
    assert codes == [("no_pupil_data", 1), ("one_eye", 0)]
    assert bench.call("tick") == []
