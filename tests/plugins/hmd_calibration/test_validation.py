"""A validation: the messages of a calibration, and nothing is replaced."""

import pytest
from harness import a_pupil
from wearer import Wearer, calibrate

from gazed_plugins.gaze import GazeMapperHMD2D

pytestmark = pytest.mark.usefixtures("fits_in_threads")

RESULTS = ("validation.successful", "validation.failed")
OTHERS = [(0.35, 0.3), (0.65, 0.3), (0.5, 0.6), (0.3, 0.7), (0.7, 0.65)]


def validate(bench, wearer, verb="validation", references="validation.add_ref_data"):
    bench.send(f"{verb}.should_start")
    for pupil in wearer.pupils:
        bench.deliver_pupil(pupil)
    bench.send(references, ref_data=wearer.references)
    bench.send(f"{verb}.should_stop")
    bench.settle()


def results(bench):
    return [subject for subject in bench.subjects() if subject in RESULTS]


@pytest.fixture
def calibrated(bench):
    calibrate(bench, Wearer())
    return bench


def test_it_ends_in_one_result_with_the_quality_and_changes_nothing(calibrated):
    mapper = calibrated.plugins["Gaze_Mapper_HMD_2D"]

    validate(calibrated, Wearer(OTHERS, seed=7))

    assert calibrated.subjects("validation.") == [
        "validation.started",
        "validation.data",
        "validation.successful",
        "validation.quality",
        "validation.stopped",
    ]
    result = calibrated.told("validation.successful")
    assert result["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert 0.0 < result["quality"]["accuracy"] < 0.03
    assert len(result["quality"]["targets"]) == len(OTHERS)
    assert result["matched"] == {"0": 120, "1": 120}
    assert calibrated.plugins["Gaze_Mapper_HMD_2D"] is mapper
    assert calibrated.subjects().count("calibration.successful") == 1
    assert calibrated.subjects().count("start_plugin") == 1


def test_it_measures_a_shift_that_came_after_the_calibration(calibrated):
    shifted = [(x + 0.03, y) for x, y in OTHERS]

    validate(calibrated, Wearer(OTHERS, looked_at=shifted, seed=7))

    assert calibrated.told("validation.successful")["quality"]["accuracy"] == pytest.approx(
        0.03, abs=0.01
    )


def test_its_data_hold_all_that_accuracy_needs(calibrated):
    validate(calibrated, Wearer(OTHERS))

    data = calibrated.told("validation.data")
    assert data["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert data["gazer_params"] == calibrated.told("calibration.result.v2")["params"]
    assert len(data["pupil_list"]) == len(data["ref_list"]) * 2 == 240
    assert data["record"] is True


@pytest.mark.parametrize("verb", ["validation", "accuracy_test"])
@pytest.mark.parametrize("prefix", ["validation", "calibration", "accuracy_test"])
def test_old_and_new_spellings_mean_the_same(calibrated, verb, prefix):
    validate(calibrated, Wearer(OTHERS), verb, f"{prefix}.add_ref_data")

    assert results(calibrated) == ["validation.successful"]


def test_the_original_order_is_there_by_option(calibrated):
    calibrated.plugins["HMD_Calibration"].update(event_order="pupil-2")

    validate(calibrated, Wearer(OTHERS))

    assert calibrated.subjects("validation.")[:3] == [
        "validation.started",
        "validation.stopped",
        "validation.data",
    ]


def test_without_a_calibration_it_is_refused(bench):
    validate(bench, Wearer(OTHERS))

    assert bench.subjects("validation.") == ["validation.failed"]
    failure = bench.told("validation.failed")
    assert "There is no headset calibration to validate" in failure["reason"]
    assert failure["code"] == "refused"


def test_a_mapper_that_a_client_started_can_be_validated(calibrated):
    params = calibrated.told("start_plugin")["args"]
    calibrated.notify("start_plugin", {"name": "Gaze_Mapper_HMD_2D", "args": params}, None)
    calibrated.settle()

    validate(calibrated, Wearer(OTHERS))

    assert results(calibrated) == ["validation.successful"]


def test_a_mapper_whose_models_came_in_one_argument_can_be_validated(calibrated):
    args = {"params": calibrated.told("start_plugin")["args"]}
    facts = {"name": "Gaze_Mapper_HMD_2D", "args": args, "role": "gaze_mapper"}
    calibrated.send("plugin.started", **facts)

    validate(calibrated, Wearer(OTHERS))

    assert results(calibrated) == ["validation.successful"]


def test_a_mapper_that_was_stopped_cannot(calibrated):
    calibrated.send("plugin.stopped", name="Gaze_Mapper_HMD_2D", host="service")

    validate(calibrated, Wearer(OTHERS))

    assert results(calibrated) == ["validation.failed"]


def test_references_of_another_kind_are_a_failure(calibrated):
    calibrated.send("validation.should_start")
    calibrated.deliver_pupil(a_pupil(0, 100.0))
    entry = {"mm_pos": [0, 0, 500], "timestamp": 100.0}
    calibrated.send("validation.add_ref_data", ref_data=[entry])
    calibrated.send("validation.should_stop")
    calibrated.settle()

    failure = calibrated.told("validation.failed")
    assert failure["reason"] == "Gaze_Mapper_HMD_2D needs norm_pos references, and none were sent."
    assert failure["missing"] == ["references"]


def test_no_data_are_a_failure(calibrated):
    calibrated.send("validation.should_start")
    calibrated.send("validation.should_stop")
    calibrated.settle()

    assert calibrated.told("validation.failed")["reason"] == "No pupil data to match"
    assert calibrated.subjects()[-1] == "validation.stopped"


def test_gaze_far_from_all_targets_is_a_failure(calibrated):
    elsewhere = [(1.0 - x, 1.0 - y) for x, y in OTHERS]

    validate(calibrated, Wearer([OTHERS[0]] * 5, looked_at=[elsewhere[0]] * 5))

    assert calibrated.told("validation.failed")["reason"] == (
        "The gaze was nowhere near the targets."
    )


def test_it_is_refused_while_a_calibration_runs(calibrated):
    calibrated.send("calibration.should_start")

    calibrated.send("validation.should_start")
    calibrated.send("validation.add_ref_data", ref_data=Wearer(OTHERS).references)
    calibrated.send("validation.should_stop")
    calibrated.send("calibration.should_stop")
    calibrated.settle()

    assert "a calibration is running" in calibrated.told("validation.failed")["reason"]
    assert calibrated.told("calibration.failed")["references"] == 0


def test_a_calibration_that_starts_ends_it(calibrated):
    calibrated.send("validation.should_start")

    calibrate(calibrated, Wearer())

    assert calibrated.told("validation.failed")["code"] == "stopped"
    assert calibrated.subjects().count("calibration.successful") == 2


def test_stopping_a_calibration_does_not_stop_it(calibrated):
    calibrated.send("validation.should_start")

    calibrated.send("calibration.should_stop")
    calibrated.settle()

    assert results(calibrated) == []


def test_the_mapper_stays_known_when_the_calibration_plugin_begins_anew(calibrated):
    calibrated.plugins["HMD_Calibration"].update()

    validate(calibrated, Wearer(OTHERS))

    assert results(calibrated) == ["validation.successful"]


def test_after_another_calibration_that_one_is_validated(calibrated):
    one_eye = {"params1": calibrated.told("start_plugin")["args"]["params1"]}
    calibrated.start(GazeMapperHMD2D, "Gaze_Mapper_HMD_2D", **one_eye)
    facts = {"name": "Gaze_Mapper_HMD_2D", "args": one_eye, "role": "gaze_mapper"}
    calibrated.send("plugin.started", **facts)

    validate(calibrated, Wearer(OTHERS))

    eyes = calibrated.told("validation.successful")["quality"]["eyes"]
    assert (eyes["0"]["fitted"], eyes["1"]["fitted"]) == (False, True)
