"""Two hundred calibrations with damaged data: each ends in exactly one result, and life goes on."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import msgpack
import numpy as np
import pytest
from fits import FitterInThread
from harness import Bench, a_pupil
from wearer import Wearer

from gazed_plugins.gaze import GazeMapperHMD2D, GazePipeline, GazerHMD3D
from gazed_plugins.hmd_calibration import HMDCalibration
from gazed_plugins.simulated_headset.headset import EYES_MM, mount_of

RESULTS = ("calibration.successful", "calibration.failed")
CALIBRATIONS = 200
TARGETS_MM = [(x, y, z) for z in (600, 1500) for x in (-150, 0, 150) for y in (-120, 0, 120)]
ODD = [None, True, "text", b"\xff", [], {}, [[1]], math.nan, math.inf, -1e300, 1e300, 2**63, 0.0]
MAPPERS = {"Gaze_Mapper_HMD_2D": GazeMapperHMD2D, "GazerHMD3D": GazerHMD3D}


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with (
        pytest.MonkeyPatch.context() as patch,
        Bench(tmp_path_factory.mktemp("bench"), offers=MAPPERS) as bench,
    ):
        patch.setattr("gazed_plugins.hmd_calibration.run.Fitter", FitterInThread)
        bench.start(GazePipeline, "Gaze")
        bench.start(HMDCalibration, "HMD_Calibration")
        yield bench


class Data:
    """What the eyes and the client deliver in one calibration, to be damaged."""

    def __init__(self, dice, samples=5):
        self.start = {}
        wearer = Wearer(seed=dice.randrange(1000))
        self.pupils = wearer.pupils[::5]  # an odd step takes both eyes' in turn
        self.references = [dict(entry) for entry in wearer.references[::3]]
        if dice.random() < 0.7:
            self._in_3d(dice, samples)
        self.late_pupils = []
        self.single = False

    def _in_3d(self, dice, samples):
        self.start = {"translation_eye0": [32, 0, 0], "translation_eye1": [-32, 0, 0]}
        self.pupils, self.references = [], []
        for k, target in enumerate(TARGETS_MM):
            for i in range(samples):
                timestamp = 50.0 + 0.6 * k + i / 30
                self.references.append({"mm_pos": list(target), "timestamp": timestamp})
                self.pupils += [_looking(eye, target, timestamp, dice) for eye in (0, 1)]


def _looking(eye, target, timestamp, dice):
    mount = mount_of(eye)
    center = mount.to_camera(mount.eye)
    way = np.array(target) - np.array(EYES_MM[eye]) + [dice.gauss(0, 1) for _ in range(3)]
    normal = mount.normal_to_camera(way / np.linalg.norm(way))
    pupil = center + 10 * normal
    extra = {
        "sphere": {"center": center.tolist(), "radius": 10.39},
        "circle_3d": {"center": pupil.tolist(), "normal": normal.tolist(), "radius": 2.0},
        "model_confidence": 0.9,
    }
    place = (0.5 + pupil[0] / pupil[2], 0.5 - pupil[1] / pupil[2])
    return a_pupil(eye, timestamp, norm_pos=place, method="3d", tag="3d", extra=extra)


def lose_references(data, dice):
    share = dice.choice([0.1, 0.5, 0.95, 1.0])
    data.references = [entry for entry in data.references if dice.random() >= share]


def lose_pupils(data, dice):
    share = dice.choice([0.1, 0.5, 0.95, 1.0])
    data.pupils = [pupil for pupil in data.pupils if dice.random() >= share]


def lose_an_eye(data, dice):
    lost = dice.randrange(2)
    data.pupils = [pupil for pupil in data.pupils if pupil.eye != lost]


def close_an_eye(data, dice):
    closed = dice.randrange(2)
    data.pupils = [
        replace(pupil, confidence=0.0) if pupil.eye == closed else pupil for pupil in data.pupils
    ]


def come_late(data, dice):
    cut = dice.randrange(len(data.pupils) + 1)
    data.pupils, data.late_pupils = data.pupils[:cut], data.pupils[cut:]


def another_clock(data, dice):
    offset = dice.choice([-1e9, -40.0, -0.3, 0.2, 1.0, 3600.0, 1e15])
    for entry in data.references:
        entry["timestamp"] += offset


def twice(data, dice):
    data.references *= dice.randrange(2, 5)
    data.pupils *= 2


def shuffled(data, dice):
    dice.shuffle(data.references)
    dice.shuffle(data.pupils)


def backwards(data, dice):
    data.references.reverse()
    data.pupils.reverse()


def all_at_once(data, dice):
    data.references = [{**entry, "timestamp": 100.0} for entry in data.references]


def one_place(data, dice):
    data.references = [{**data.references[0], "timestamp": e["timestamp"]} for e in data.references]


def eyes_that_do_not_move(data, dice):
    still = {pupil.eye: pupil for pupil in data.pupils}
    data.pupils = [replace(still[p.eye], timestamp=p.timestamp) for p in data.pupils]


def odd_values(data, dice):
    for entry in dice.sample(data.references, len(data.references) // 4):
        entry[dice.choice(list(entry))] = dice.choice(ODD)


def odd_positions(data, dice):
    for entry in dice.sample(data.references, len(data.references) // 4):
        key = next(iter(entry))
        entry[key] = [dice.choice([*ODD, 0.5]) for _ in range(dice.randrange(5))]


def odd_entries(data, dice):
    for _ in range(30):
        data.references.insert(dice.randrange(len(data.references) + 1), dice.choice(ODD))


def odd_models(data, dice):
    for k in dice.sample(range(len(data.pupils)), len(data.pupils) // 4):
        odd = {"sphere": dice.choice(ODD), "circle_3d": {"normal": [dice.choice(ODD)] * 3}}
        data.pupils[k] = replace(data.pupils[k], extra={**data.pupils[k].extra, **odd})


def huge_models(data, dice):
    scale = dice.choice([0.0, 1e-12, 1e3, 1e9])
    for k, pupil in enumerate(data.pupils):
        center = [scale * value for value in (1.0, 2.0, 35.0)]
        data.pupils[k] = replace(pupil, extra={**pupil.extra, "sphere": {"center": center}})


def odd_start(data, dice):
    keys = ["translation_eye0", "translation_eye1", "hmd_video_frame_size", "outlier_threshold"]
    data.start = {**data.start, dice.choice(keys): dice.choice(ODD)}


def odd_eyes(data, dice):
    data.start["translation_eye0"] = dice.choice([[0, 0, 0], [-32, 0, 0], [1e5, 1e5, -1e5]])


def single_precision(data, dice):
    data.single = True


def behind_the_wearer(data, dice):
    for entry in data.references:
        if "mm_pos" in entry:
            entry["mm_pos"] = [-value for value in entry["mm_pos"]]


def metres(data, dice):
    for entry in data.references:
        if "mm_pos" in entry:
            entry["mm_pos"] = [value / 1000 for value in entry["mm_pos"]]


def unrelated(data, dice):
    places = [next(iter(entry.values())) for entry in data.references]
    dice.shuffle(places)
    for entry, place in zip(data.references, places, strict=True):
        entry[next(iter(entry))] = place


DAMAGES = [
    lose_references,
    lose_pupils,
    lose_an_eye,
    close_an_eye,
    come_late,
    another_clock,
    twice,
    shuffled,
    backwards,
    all_at_once,
    one_place,
    eyes_that_do_not_move,
    odd_models,
    huge_models,
    odd_start,
    odd_eyes,
    single_precision,
    behind_the_wearer,
    metres,
    unrelated,
]
# These leave entries that are no references: they come last.
ODDITIES = [odd_values, odd_positions, odd_entries]


def damaged(dice):
    data = Data(dice)
    for damage in dice.sample(DAMAGES, dice.randrange(1, 4)):
        if data.pupils and data.references:
            damage(data, dice)
    if data.references and dice.random() < 0.3:
        dice.choice(ODDITIES)(data, dice)
    return data


def calibrate(bench, data, dice, timeout=20.0):
    bench.send("calibration.should_start", **data.start)
    for pupil in data.pupils:
        bench.deliver_pupil(pupil)
    size = dice.choice([1000, 40])
    for begin in range(0, len(data.references), size):
        fields = {"ref_data": data.references[begin : begin + size]}
        payload = packed(fields, data.single)
        bench.send_frames([b"notify.calibration.add_ref_data", payload])
    bench.send("calibration.should_stop")
    for pupil in data.late_pupils:
        bench.deliver_pupil(pupil)
    bench.settle(timeout)


def packed(fields, single):
    try:
        return msgpack.packb(fields, use_single_float=single)
    except OverflowError:  # among the damages are numbers that float32 cannot hold
        return msgpack.packb(fields)


def results(bench):
    return [sent for sent in bench.notifications if sent.name in RESULTS]


@pytest.mark.parametrize("seed", range(CALIBRATIONS))
def test_a_damaged_calibration_ends_in_one_result_and_disturbs_nothing(bench, seed):
    dice = random.Random(seed)
    bench.notifications.clear()
    bench.published.clear()

    calibrate(bench, damaged(dice), dice)

    (result,) = results(bench)
    if result.name == "calibration.failed":
        assert result.fields["reason"]
        assert result.fields["code"] != "fit_process", result.fields["reason"]
    assert bench.call("tick") == []
    assert_gaze_goes_on(bench)


def assert_gaze_goes_on(bench):
    mapper = next((bench.plugins[name] for name in MAPPERS if name in bench.plugins), None)
    bench.published.clear()
    dice = random.Random(1)
    for timestamp in (900.0, 900.005):
        for eye in (0, 1):
            bench.deliver_pupil(a_pupil(eye, timestamp))
            bench.deliver_pupil(_looking(eye, (10, 20, 800), timestamp, dice))
    if mapper:
        assert bench.data("gaze."), "the mapper that runs gives no gaze"
    for sent in bench.data("gaze."):
        numbers = sent.fields.get("gaze_point_3d") or sent.fields["norm_pos"]
        assert all(map(math.isfinite, numbers))


def test_a_hundred_thousand_references_end_in_one_result(bench):
    dice = random.Random(0)
    bench.notifications.clear()
    data = Data(dice, samples=12)
    many = [data.references[k % len(data.references)] for k in range(100_000)]
    data.references = [
        {**entry, "timestamp": entry["timestamp"] + k * 1e-7} for k, entry in enumerate(many)
    ]

    calibrate(bench, data, random.Random(2), timeout=100.0)

    (result,) = results(bench)
    assert result.name == "calibration.successful"
    assert result.fields["references"] == 100_000
