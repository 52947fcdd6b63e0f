"""A calibration as clients see it."""

import logging
import random

import psutil
import pytest
from harness import Bench, a_pupil
from looks_in_space import Looks
from wearer import Wearer, calibrate, pupil_at

from gazed import pack
from gazed_plugins.gaze import GazeMapperHMD2D, GazePipeline, GazerHMD3D
from gazed_plugins.hmd_calibration import HMDCalibration

# The shared bench is there before: its calibration has a process of its own, as in service.
pytestmark = pytest.mark.usefixtures("fits_in_threads")

IN_3D = {"mm_pos": [0, 0, 500], "timestamp": 100.0}
RESULTS = ("calibration.successful", "calibration.failed")


@pytest.fixture(scope="module")
def calibrated(shared_bench):
    """A bench on which one calibration has succeeded."""
    calibrate(shared_bench, Wearer())
    return shared_bench


def results(bench):
    return [subject for subject in bench.subjects() if subject in RESULTS]


def said(bench):
    """The subjects of what belongs to sessions, in order."""
    mine = ("calibration.", "validation.", "start_plugin", "plugin.")
    return [subject for subject in bench.subjects() if subject.startswith(mine)]


def reason(bench):
    return bench.told("calibration.failed")["reason"]


def test_a_calibration_tells_its_result_before_it_tells_that_it_stopped(calibrated):
    assert said(calibrated) == [
        "calibration.started",
        "calibration.setup.v2",
        "start_plugin",
        "plugin.started",
        "calibration.successful",
        "calibration.result.v2",
        "calibration.quality",
        "calibration.stopped",
    ]


def test_the_original_order_is_there_by_option(bench):
    bench.start(HMDCalibration, "HMD_Calibration", event_order="pupil-2")

    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")
    bench.settle()

    assert said(bench) == [
        "calibration.started",
        "calibration.stopped",
        "calibration.setup.v2",
        "calibration.failed",
    ]


def test_after_a_calibration_gaze_is_where_the_wearer_looks(calibrated):
    for eye in (0, 1):
        seen = pupil_at(eye, (0.6, 0.35))
        calibrated.deliver_pupil(a_pupil(eye, 200.0, norm_pos=seen))

    gaze = calibrated.data("gaze.")
    assert [sent.name for sent in gaze] == ["gaze.2d.0.", "gaze.2d.1."]
    for sent in gaze:
        assert sent.fields["norm_pos"] == pytest.approx([0.6, 0.35], abs=0.01)


def test_the_success_says_how_good_it_is(calibrated):
    success = calibrated.told("calibration.successful")
    assert success["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert success["record"] is True
    assert isinstance(success["timestamp"], float)
    assert success["references"] == 216
    assert success["pupil_data"] == 432
    assert success["matched"] == {"0": 216, "1": 216}
    quality = success["quality"]
    assert quality["unit"] == "viewport"
    assert 0.0 < quality["accuracy"] < 0.03
    assert quality["used"] == quality["total"] == 432
    assert len(quality["targets"]) == 9
    for eye in ("0", "1"):
        assert 0.0 < quality["eyes"][eye]["accuracy"] < 0.03
        assert quality["eyes"][eye]["unexplained"] < 0.01
        assert quality["eyes"][eye]["total"] == 216


def test_the_params_of_the_result_are_the_arguments_of_the_mapper(calibrated):
    result = calibrated.told("calibration.result.v2")
    mapper = calibrated.told("start_plugin")
    known = ("gazer_class_name", "timestamp", "params", "record", "version", "subject", "topic")
    assert sorted(result) == sorted(known)  # Player ignores a result with one key more
    assert result["version"] == 2
    assert result["record"] is True
    assert mapper["name"] == result["gazer_class_name"]
    assert mapper["args"] == result["params"]
    assert sorted(result["params"]) == ["params0", "params1"]


def test_the_setup_holds_the_data_that_the_fit_reads_as_they_came(bench):
    follower = Wearer()
    follower.pupils.append(a_pupil(1, 150.0, 0.9, tag="3d", method="pye3d"))
    follower.pupils.append(a_pupil(1, 150.0, 0.2, extra={"theta": 1.5}))
    place = {"norm_pos": [0.5, 0.5], "timestamp": 100.0, "id": 0}
    references = [{**place, "custom": k} for k in range(30)]

    calibrate(bench, follower, references)

    setup = bench.told("calibration.setup.v2")
    assert setup["subject"] == "calibration.setup.v2"
    assert setup["version"] == 2
    assert setup["calib_data"]["ref_list"] == references
    pupils = setup["calib_data"]["pupil_list"]
    assert len(pupils) == len(follower.pupils) - 1
    assert pupils[-1]["topic"] == "pupil.1.2d"
    assert pupils[-1]["theta"] == 1.5


def test_one_eye_is_calibrated_alone(bench):
    calibrate(bench, Wearer(eyes=(1,)))

    assert list(bench.told("calibration.result.v2")["params"]) == ["params1"]
    assert bench.told("calibration.successful")["matched"] == {"0": 0, "1": 216}


def test_after_a_calibration_no_process_is_left_and_no_ticks_are_asked_for(calibrated):
    assert psutil.Process().children() == []
    assert calibrated.call("tick") == []


def test_an_eye_that_looks_elsewhere_is_left_out(bench, caplog):
    follower = Wearer(eyes=(0,))
    dice = random.Random(5)
    follower.pupils += [
        a_pupil(1, pupil.timestamp, norm_pos=(dice.random(), dice.random()))
        for pupil in follower.pupils
    ]

    calibrate(bench, follower)

    assert list(bench.told("calibration.result.v2")["params"]) == ["params0"]
    assert "eye1: not calibrated, its data do not fit" in caplog.messages


def test_targets_that_nobody_looked_at_are_a_failure(bench):
    dice = random.Random(2)
    targets = [(dice.random(), dice.random()) for _ in range(20)]
    elsewhere = [(dice.random(), dice.random()) for _ in range(20)]

    calibrate(bench, Wearer(targets, elsewhere))

    assert reason(bench) == "Parameters could not be estimated from data."
    assert set(bench.told("calibration.failed")["quality"]["eyes"]) == {"0", "1"}
    assert "start_plugin" not in bench.subjects()


def test_a_failure_comes_with_its_figures_and_the_old_mapper_stays(bench):
    eye0 = [[1.0] * 7, [1.0] * 7, 7]
    mapper = bench.start(GazeMapperHMD2D, "Gaze_Mapper_HMD_2D", params0=eye0)
    late = [{**entry, "timestamp": 900.0} for entry in Wearer().references]

    calibrate(bench, Wearer(), late)

    failure = bench.told("calibration.failed")
    assert failure["reason"] == "Not enough ref points or pupil data available for calibration."
    assert failure["references"] == 216
    assert failure["pupil_data"] == 432
    assert failure["matched"] == {"0": 0, "1": 0}
    assert failure["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert failure["record"] is True
    assert said(bench)[-3:] == [
        "calibration.setup.v2",
        "calibration.failed",
        "calibration.stopped",
    ]
    assert bench.plugins["Gaze_Mapper_HMD_2D"] is mapper


def test_unsure_pupil_data_do_not_count(bench, caplog):
    calibrate(bench, Wearer(confidence=0.79))

    assert reason(bench) == "Not enough ref points or pupil data available for calibration."
    assert "100 % of the pupil data have a confidence below 0.8 and are not used" in caplog.messages


def test_the_threshold_on_confidence_can_be_set(bench):
    bench.send("set_min_calibration_confidence", value=0.5)

    calibrate(bench, Wearer(confidence=0.5))

    assert results(bench) == ["calibration.successful"]


@pytest.mark.parametrize("value", [1.5, "high", None])
def test_a_threshold_that_is_none_is_dropped(bench, value):
    bench.send("set_min_calibration_confidence", value=value)

    assert len(bench.bad_messages) == 1


def test_nothing_at_all_is_a_failure(bench):
    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")
    bench.settle()

    assert reason(bench) == "No pupil data to match"
    assert said(bench)[1:] == [
        "calibration.setup.v2",
        "calibration.failed",
        "calibration.stopped",
    ]


def test_who_gives_translations_means_a_3d_calibration(bench):
    eyes = {"translation_eye0": [33, 0, 0], "translation_eye1": [-33, 0, 0]}
    bench.send("calibration.should_start", **eyes)
    bench.send("calibration.should_stop")
    bench.settle()

    assert bench.told("calibration.failed")["gazer_class_name"] == "GazerHMD3D"


def test_no_references_are_a_failure(bench):
    calibrate(bench, Wearer(), references=[])

    assert reason(bench) == "No reference data to match"


def test_the_result_says_how_many_references_were_malformed(bench):
    calibrate(bench, Wearer(), ["text", IN_3D, {"timestamp": 1.0}, IN_3D])

    failure = bench.told("calibration.failed")
    assert failure["malformed_references"] == 2
    assert failure["references"] == 2


@pytest.mark.parametrize("payload", [pack({"ref_data": 3}), pack({}), b"\xc1"])
def test_references_that_are_no_list_are_counted_as_malformed(bench, payload):
    bench.send("calibration.should_start")

    bench.send_frames([b"notify.calibration.add_ref_data", payload])
    bench.send("calibration.should_stop")
    bench.settle()

    assert bench.told("calibration.failed")["malformed_references"] == 1


def test_references_without_a_calibration_are_an_error_in_the_log(bench, caplog):
    bench.send("calibration.add_ref_data", ref_data=[])

    assert "Ref data can only be added when calibration is running." in caplog.messages
    assert said(bench) == []


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"translation_eye0": [1, 2]}, "'translation_eye0' must be a list of 3 numbers"),
        ({"translation_eye1": [1, 2, None]}, "'translation_eye1' must hold finite numbers"),
        ({"hmd_video_frame_size": 1000}, "'hmd_video_frame_size' must be a list of 2 numbers"),
        ({"hmd_video_frame_size": [0, 1000]}, "must be positive"),
        ({"outlier_threshold": "35"}, "'outlier_threshold' must hold finite numbers"),
    ],
)
def test_a_start_with_wrong_settings_is_refused_with_the_reason(bench, settings, problem):
    bench.send("calibration.should_start", **settings)
    bench.send("calibration.should_stop")
    bench.settle()

    assert said(bench) == ["calibration.failed"]
    assert problem in reason(bench)


def test_a_start_that_cannot_be_read_is_refused(bench):
    bench.send_frames([b"notify.calibration.should_start", b"\xc1"])

    assert said(bench) == ["calibration.failed"]


def test_a_second_start_is_only_a_warning(bench, caplog):
    bench.send("calibration.should_start")
    bench.send("calibration.should_start")

    assert said(bench) == ["calibration.started"]
    assert "Calibration already running." in caplog.messages


def test_a_stop_without_a_calibration_is_silent(bench):
    bench.send("calibration.should_stop")
    bench.settle()

    assert said(bench) == []


def test_commands_may_have_more_behind_a_dot(bench):
    bench.send("calibration.should_start.foo")
    bench.send("calibration.add_ref_data.foo", ref_data=[])
    bench.send("calibration.should_stop.foo")
    bench.settle()

    assert results(bench) == ["calibration.failed"]


def test_commands_during_the_fit_are_obeyed_after_it(bench):
    follower = Wearer()
    bench.send("calibration.should_start")
    for pupil in follower.pupils:
        bench.deliver_pupil(pupil)
    bench.send("calibration.add_ref_data", ref_data=follower.references)
    bench.send("calibration.should_stop")

    bench.send("calibration.should_start")
    bench.send("calibration.add_ref_data", ref_data=follower.references)
    bench.send("calibration.should_stop")
    bench.settle()

    assert results(bench) == ["calibration.successful", "calibration.failed"]
    assert bench.told("calibration.failed")["references"] == 216
    assert bench.subjects("calibration.st") == ["calibration.started", "calibration.stopped"] * 2


def test_many_queued_calibrations_end_in_one_result_each(bench):
    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")
    for _ in range(40):
        bench.send("calibration.should_start", outlier_threshold=-1)
        bench.send("calibration.should_stop")
    bench.settle()

    assert results(bench) == ["calibration.failed"] * 41


def test_pupil_data_that_were_sent_before_the_stop_and_arrive_after_it_still_count(bench):
    follower = Wearer()
    bench.send("calibration.should_start")
    bench.send("calibration.add_ref_data", ref_data=follower.references)
    bench.settle()
    bench.send("calibration.should_stop")

    for pupil in follower.pupils:
        bench.deliver_pupil(pupil)
    bench.settle()

    assert results(bench) == ["calibration.successful"]


def test_each_failure_is_in_the_log(bench, caplog):
    caplog.set_level(logging.INFO)
    bench.send("calibration.should_start", outlier_threshold=0)

    assert caplog.messages[0] == "Calibration Failed!"
    assert caplog.messages[1] == reason(bench)


@pytest.mark.parametrize(("fit", "depth"), [("gazed", None), ("pupil-3", "pupil-3")])
def test_with_the_originals_fit_the_mapper_does_as_the_originals(
    tmp_path, fits_in_threads, fit, depth
):
    looks = Looks()
    with Bench(tmp_path, offers={"GazerHMD3D": GazerHMD3D}) as bench:
        bench.start(GazePipeline, "Gaze")
        bench.start(HMDCalibration, "HMD_Calibration", fit=fit)
        bench.send(
            "calibration.should_start", translation_eye0=[33, 0, 0], translation_eye1=[-33, 0, 0]
        )
        for row in sorted(looks.rows, key=lambda row: row[1]):
            bench.deliver_pupil(_seen_in_3d(row))
        shown = [{"mm_pos": place, "timestamp": when} for _, when, *place in looks.references]
        bench.send("calibration.add_ref_data", ref_data=shown)
        bench.send("calibration.should_stop")
        bench.settle()

        assert _started(bench, "GazerHMD3D")["args"].get("depth") == depth
        assert bench.told("calibration.successful")["mapper_options"].get("depth") == depth
        params = bench.told("calibration.result.v2")["params"]
        assert set(params) == {"left_model", "right_model", "binocular_model"}


def _started(bench, name):
    sent = [one.fields for one in bench.notifications if one.name == "plugin.started"]
    return next(fields for fields in sent if fields["name"] == name)


def _seen_in_3d(row):
    eye, timestamp, confidence, sure, *numbers = row
    extra = {
        "sphere": {"center": numbers[:3], "radius": 10.39},
        "circle_3d": {"center": numbers[:3], "normal": numbers[3:], "radius": 2.0},
        "model_confidence": sure,
    }
    return a_pupil(int(eye), timestamp, confidence, method="3d", tag="3d", extra=extra)
