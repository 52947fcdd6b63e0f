"""What becomes of a result: the mapper starts, the quality is told, failures explain themselves."""

import sys
import types

import pytest
from harness import a_pupil
from wearer import Wearer, calibrate

from gazed import PluginError
from gazed_plugins.gaze import GazeMapperHMD2D
from gazed_plugins.hmd_calibration import HMDCalibration, fit
from gazed_plugins.hmd_calibration.kinds import KINDS, Fit, Kind, row_2d

pytestmark = pytest.mark.usefixtures("fits_in_threads")

MM = {"mm_pos": [0.0, 0.0, 600.0], "timestamp": 100.0}


class Refuses:
    """A mapper that cannot be started."""

    role = "gaze_mapper"

    def __init__(self, context, params0=None, params1=None):
        raise PluginError("not today")


class Silent:
    """Does not start, and nobody says so."""


def failure(bench):
    return bench.told("calibration.failed")


def sessions(bench):
    return [name for name in bench.subjects() if name.startswith("calibration.")]


def test_a_mapper_that_does_not_start_is_a_failure_and_the_one_before_comes_back(bench):
    calibrate(bench, Wearer())
    before = bench.told("start_plugin")["args"]
    bench._offers["Gaze_Mapper_HMD_2D"] = Refuses

    calibrate(bench, Wearer(seed=5))

    assert failure(bench)["code"] == "mapper"
    assert failure(bench)["reason"] == "Gaze_Mapper_HMD_2D could not be started: not today"
    assert sessions(bench).count("calibration.successful") == 1
    assert sessions(bench).count("calibration.result.v2") == 1
    starts = [sent.fields["args"] for sent in bench.notifications if sent.name == "start_plugin"]
    assert len(starts) == 3
    assert starts[2] == before != starts[1]


def test_a_mapper_that_nobody_hears_of_is_a_failure(bench, monkeypatch):
    monkeypatch.setattr("gazed_plugins.hmd_calibration.mapper_start._PATIENCE_SECONDS", 0.01)
    del bench._offers["Gaze_Mapper_HMD_2D"]
    calibrate(bench, Wearer())

    while not bench.subjects("calibration.failed"):
        bench.call("tick")

    assert failure(bench)["reason"] == "Gaze_Mapper_HMD_2D did not start within 0.01 s."
    assert sessions(bench)[-1] == "calibration.stopped"


def test_starting_the_plugin_again_begins_anew_and_changes_only_what_is_given(bench):
    plugin = bench.start(HMDCalibration, "HMD_Calibration", event_order="pupil-2")
    bench.send("calibration.should_start")

    plugin.update(min_calibration_confidence=0.5)

    assert failure(bench)["code"] == "stopped"
    assert "started anew" in failure(bench)["reason"]
    calibrate(bench, Wearer(confidence=0.6))
    assert sessions(bench)[-3:] == [
        "calibration.successful",
        "calibration.result.v2",
        "calibration.quality",
    ]


def test_the_quality_is_told_again_on_request(bench):
    calibrate(bench, Wearer())
    first = bench.told("calibration.quality")

    bench.plugins["HMD_Calibration"].update()
    bench.send("calibration.should_report_quality")

    told = [sent.fields for sent in bench.notifications if sent.name == "calibration.quality"]
    assert told == [first, first]
    assert first["quality"] == bench.told("calibration.successful")["quality"]
    assert first["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert first["matched"] == {"0": 216, "1": 216}


@pytest.mark.parametrize(
    ("mode", "done"), [("calibration", "calibrated"), ("validation", "validated")]
)
def test_a_question_for_a_quality_that_there_is_not_is_answered(bench, mode, done):
    bench.send(f"{mode}.should_report_quality")

    answer = bench.told(f"{mode}.quality")
    assert answer["quality"] == {}
    assert answer["reason"] == f"Nothing has been {done} since the service started."


def test_the_quality_of_a_loaded_calibration_is_told_on_request(bench):
    quality = {"unit": "deg", "accuracy": 0.6}
    bench.send("calibrations.loaded", name="p07", gazer_class_name="GazerHMD3D", quality=quality)

    bench.send("calibration.should_report_quality")

    assert bench.told("calibration.quality")["quality"] == quality


def test_a_result_in_degrees_is_also_told_as_accuracy(bench, monkeypatch):
    def answer(request):
        quality = {"unit": "deg", "accuracy": 0.6, "precision": 0.1, "used": 9, "total": 10}
        return {**fit.answer(request), "quality": quality}

    monkeypatch.setitem(sys.modules, "in_degrees", types.SimpleNamespace(answer=answer))
    monkeypatch.setitem(KINDS, "norm_pos", Kind(2, "Gaze_Mapper_HMD_2D", Fit("in_degrees", row_2d)))

    calibrate(bench, Wearer())

    told = bench.told("calibration.accuracy")
    expected = {"accuracy_deg": 0.6, "precision_deg": 0.1, "used": 9, "total": 10}
    assert {key: told[key] for key in expected} == expected
    assert bench.told("calibration.quality")["quality"]["accuracy"] == 0.6


def test_a_failure_says_what_came_of_each_eye_and_when(bench):
    wearer = Wearer(eyes=(1,), confidence=0.6)
    late = [{**entry, "timestamp": entry["timestamp"] + 900.0} for entry in wearer.references]

    calibrate(bench, wearer, late)

    told = failure(bench)
    assert told["missing"] == ["confidence", "time_overlap"]
    assert told["code"] == "confidence"
    assert told["hint"]
    assert told["min_calibration_confidence"] == 0.8
    right, left = told["eyes"]["0"], told["eyes"]["1"]
    assert (right["pupil_data"], right["first"], right["confidence_quartiles"]) == (0, None, None)
    assert (left["pupil_data"], left["confident"]) == (216, 0)
    assert left["confidence_quartiles"] == [0.6, 0.6, 0.6]
    assert left["first"] == pytest.approx(100.0, abs=0.1)
    assert left["last"] == pytest.approx(104.2, abs=0.1)
    assert told["reference_span"] == pytest.approx([1000.0, 1004.2], abs=0.1)
    codes = {(entry["code"], entry.get("eye")) for entry in told["warnings"]}
    assert ("clock_off", None) in codes


@pytest.mark.parametrize(
    ("pupils", "references", "missing"),
    [
        ([], [], ["pupil_data", "references"]),
        ([a_pupil(0, 100.0)], [], ["references"]),
        ([a_pupil(0, 100.0)], [MM], ["3d_pupil_data"]),
        ([], [MM], ["pupil_data"]),
        ([a_pupil(0, 1.0)], [{"norm_pos": [0, 0], "timestamp": 9.0}], ["time_overlap"]),
        ([a_pupil(0, 1.0)], [{"norm_pos": [0, 0], "timestamp": 1.0}], []),
        ([a_pupil(0, 1.0), a_pupil(1, 9.0)], [{"norm_pos": [0, 0], "timestamp": 5.0}], ["matches"]),
    ],
)
def test_a_failure_names_what_was_missing(bench, pupils, references, missing):
    bench.send("calibration.should_start")
    for pupil in pupils:
        bench.deliver_pupil(pupil)
    bench.send("calibration.add_ref_data", ref_data=references)
    bench.send("calibration.should_stop")
    bench.settle()

    assert failure(bench)["missing"] == missing
    assert failure(bench)["code"] == [*missing, "fit"][0]


def test_a_refused_start_is_a_failure_with_fields_too(bench):
    bench.send("calibration.should_start", translation_eye0=[1, 2])

    told = failure(bench)
    assert told["code"] == "refused"
    assert told["missing"] == []
    assert told["quality"] == {}
    assert told["record"] is True


def test_references_are_read_in_slices_and_commands_keep_their_order(bench):
    wearer = Wearer()
    bench.send("calibration.should_start")
    for pupil in wearer.pupils:
        bench.deliver_pupil(pupil)
    bench.send("calibration.add_ref_data", ref_data=wearer.references * 20)
    bench.send("calibration.add_ref_data", ref_data=[*wearer.references, "text"])
    bench.send("calibration.should_stop")
    assert sessions(bench) == ["calibration.started"]

    bench.settle()

    told = bench.told("calibration.successful")
    assert told["references"] == 216 * 21
    assert told["malformed_references"] == 1


def test_the_mapper_of_one_calibration_is_replaced_by_that_of_the_next(bench):
    calibrate(bench, Wearer())
    first = bench.plugins["Gaze_Mapper_HMD_2D"]

    calibrate(bench, Wearer(seed=3))

    assert isinstance(bench.plugins["Gaze_Mapper_HMD_2D"], GazeMapperHMD2D)
    assert bench.plugins["Gaze_Mapper_HMD_2D"] is not first
