"""A calibration as clients see it."""

import logging
import random

import psutil
import pytest
from harness import a_pupil
from wearer import Wearer, calibrate, pupil_at

from gazed import pack
from gazed_plugins.gaze import GazeMapperHMD2D
from gazed_plugins.hmd_calibration import HMDCalibration

IN_3D = {"mm_pos": [0, 0, 500], "timestamp": 100.0}
RESULTS = ("calibration.successful", "calibration.failed")


@pytest.fixture(scope="module")
def calibrated(shared_bench):
    """A bench on which one calibration has succeeded."""
    calibrate(shared_bench, Wearer())
    return shared_bench


def results(bench):
    return [subject for subject in bench.subjects() if subject in RESULTS]


def reason(bench):
    return bench.told("calibration.failed")["reason"]


def test_a_calibration_tells_its_result_before_it_tells_that_it_stopped(calibrated):
    assert calibrated.subjects() == [
        "calibration.started",
        "calibration.setup.v2",
        "calibration.successful",
        "calibration.result.v2",
        "start_plugin",
        "calibration.stopped",
    ]


def test_the_original_order_is_there_by_option(bench):
    bench.start(HMDCalibration, "HMD_Calibration", event_order="pupil-2")

    bench.send("calibration.should_start")
    bench.send("calibration.should_stop")
    bench.settle()

    assert bench.subjects() == [
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
    for eye in ("0", "1"):
        assert 0.0 < success["quality"][eye]["rms"] < 0.03
        assert success["quality"][eye]["unexplained"] < 0.01


def test_the_params_of_the_result_are_the_arguments_of_the_mapper(calibrated):
    result = calibrated.told("calibration.result.v2")
    mapper = calibrated.told("start_plugin")
    assert result["version"] == 2
    assert result["record"] is True
    assert mapper["name"] == result["gazer_class_name"]
    assert mapper["args"] == result["params"]
    assert sorted(result["params"]) == ["params0", "params1"]


def test_the_setup_holds_all_data_as_they_came(bench):
    follower = Wearer()
    follower.pupils.append(a_pupil(1, 150.0, 0.2, tag="3d", method="pye3d", extra={"theta": 1.5}))
    references = [{**IN_3D, "id": 0, "custom": k} for k in range(30)]

    calibrate(bench, follower, references)

    setup = bench.told("calibration.setup.v2")
    assert setup["subject"] == "calibration.setup.v2"
    assert setup["version"] == 2
    assert setup["calib_data"]["ref_list"] == references
    pupils = setup["calib_data"]["pupil_list"]
    assert len(pupils) == len(follower.pupils)
    assert pupils[-1]["topic"] == "pupil.1.3d"
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
    assert set(bench.told("calibration.failed")["quality"]) == {"0", "1"}
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
    assert bench.subjects()[-3:] == [
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
    assert bench.subjects()[1:] == [
        "calibration.setup.v2",
        "calibration.failed",
        "calibration.stopped",
    ]


def test_no_references_are_a_failure(bench):
    calibrate(bench, Wearer(), references=[])

    assert reason(bench) == "No reference data to match"


def test_3d_references_are_a_failure_that_says_what_to_send(bench):
    references = [{"mm_pos": [0, 0, 500], "timestamp": 100.0, "id": 0}]

    calibrate(
        bench, Wearer(), references, translation_eye0=[33, 0, 0], translation_eye1=[-33, 0, 0]
    )

    assert reason(bench) == (
        "3D references (mm_pos) need a 3D calibration, which this version does not have; "
        "send norm_pos references"
    )


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
    assert bench.notifications == []


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

    assert bench.subjects() == ["calibration.failed"]
    assert problem in reason(bench)


def test_a_start_that_cannot_be_read_is_refused(bench):
    bench.send_frames([b"notify.calibration.should_start", b"\xc1"])

    assert bench.subjects() == ["calibration.failed"]


def test_a_second_start_is_only_a_warning(bench, caplog):
    bench.send("calibration.should_start")
    bench.send("calibration.should_start")

    assert bench.subjects() == ["calibration.started"]
    assert "Calibration already running." in caplog.messages


def test_a_stop_without_a_calibration_is_silent(bench):
    bench.send("calibration.should_stop")
    bench.settle()

    assert bench.notifications == []


def test_commands_may_have_more_behind_a_dot(bench):
    bench.send("calibration.should_start.foo")
    bench.send("calibration.add_ref_data.foo", ref_data=[])
    bench.send("calibration.should_stop.foo")
    bench.settle()

    assert results(bench) == ["calibration.failed"]


@pytest.mark.parametrize("subject", ["validation.should_start", "accuracy_test.should_start"])
def test_validation_is_answered(bench, subject):
    bench.send(subject)

    assert bench.told("validation.failed")["reason"] == (
        "Validation is not available for 2D calibrations."
    )


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
