"""Calibrations kept by request: saved, listed, loaded, deleted."""

import json
import os

import pytest
from harness import a_pupil

from gazed_plugins.calibrations import Calibrations
from gazed_plugins.gaze import GazeMapperHMD2D

ODD_NAMES = [
    "",
    ".",
    "..",
    "../outside",
    "/etc/passwd",
    "a/b",
    "a\\b",
    "C:evil",
    ".hidden",
    "-option",
    "nul\0",
    "line\nbreak",
    "trailing ",
    "trailing.",
    "x" * 65,
    "a*",
]


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_kept_unasked(succeed, bench, folder):
    succeed()
    bench.settle()

    assert files(folder) == []


def test_a_saved_calibration_is_a_file_with_all_that_is_known_of_it(succeed, ask, folder, weights):
    succeed()

    answer = ask("save", name="p07", note="left lens fogged")

    assert answer["fact"] == "saved"
    assert (answer["name"], answer["version"]) == ("p07", 1)
    content = json.loads((folder / "p07.1.json").read_text())
    assert content["format"] == "gazed calibration"
    assert content["format_version"] == 1
    assert content["params"] == {"params0": weights}
    assert content["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert content["quality"]["accuracy"] == 0.01
    assert content["headset"] == {"translations": [[33, 0, 0], [-33, 0, 0]]}
    assert content["note"] == "left lens fogged"
    assert content["saved"].startswith("20")
    assert content["timestamp"] == 12.5


def test_the_options_of_its_mapper_are_kept_with_a_calibration(succeed, ask, folder, weights):
    succeed(mapper_options={"matching": "pupil-2"})

    ask("save", name="p07")

    params = json.loads((folder / "p07.1.json").read_text())["params"]
    assert params == {"params0": weights, "matching": "pupil-2"}


def test_saving_under_a_known_name_makes_a_new_version(succeed, ask):
    succeed(0.01)
    ask("save", name="p07")
    succeed(0.02)

    assert ask("save", name="p07")["version"] == 2

    assert ask("show", name="p07")["quality"]["accuracy"] == 0.02
    assert ask("show", name="p07", version=1)["quality"]["accuracy"] == 0.01


def test_a_number_is_not_given_twice_when_an_older_version_was_deleted(succeed, ask):
    succeed()
    for _ in range(3):
        ask("save", name="p07")
    ask("delete", name="p07", version=2)

    assert ask("save", name="p07")["version"] == 4


def test_without_a_calibration_there_is_nothing_to_save(ask, folder):
    answer = ask("save", name="p07")

    assert answer["fact"] == "failed"
    assert answer["asked"] == "save"
    assert "there is nothing to save" in answer["reason"]
    assert files(folder) == []


def test_the_list_has_everything_but_the_parameters(succeed, ask):
    assert ask("list")["unsaved"] is None
    succeed()
    ask("save", name="p07")
    ask("save", name="a.b c-d_é")

    answer = ask("list")

    assert answer["fact"] == "listed"
    assert [entry["name"] for entry in answer["calibrations"]] == ["a.b c-d_é", "p07"]
    assert "params" not in answer["calibrations"][0]
    assert answer["damaged"] == []
    assert answer["unsaved"]["quality"]["accuracy"] == 0.01


def test_a_loaded_calibration_maps_as_before(succeed, ask, bench, weights):
    succeed()
    ask("save", name="p07")

    answer = ask("load", name="p07")

    assert answer["fact"] == "loaded"
    assert answer["gazer_class_name"] == "Gaze_Mapper_HMD_2D"
    assert answer["quality"]["accuracy"] == 0.01
    assert bench.told("start_plugin")["args"] == {"params0": weights}
    assert isinstance(bench.plugins["Gaze_Mapper_HMD_2D"], GazeMapperHMD2D)
    (gaze,) = bench.call("map_gaze", pupil=a_pupil(0, norm_pos=(0.5, 0.5)))[0]
    assert gaze.norm_pos == pytest.approx((0.05 + 0.5 / 3, 0.75))


def test_one_can_be_loaded_at_the_start(succeed, ask, bench):
    succeed()
    ask("save", name="p07")

    bench.start(Calibrations, load="p07")
    bench.settle()

    assert bench.told("calibrations.loaded")["name"] == "p07"


def test_a_mapper_that_cannot_start_is_a_failure(succeed, ask, folder):
    succeed()
    ask("save", name="p07")
    path = folder / "p07.1.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "params": {"params0": [[1], [2], 7]}}))

    answer = ask("load", name="p07")

    assert answer["fact"] == "failed"
    assert answer["reason"].startswith("Gaze_Mapper_HMD_2D could not be started: ")


def test_a_mapper_that_never_answers_is_a_failure(succeed, ask, bench, folder, monkeypatch):
    succeed()
    ask("save", name="p07")
    path = folder / "p07.1.json"
    path.write_text(path.read_text().replace("Gaze_Mapper_HMD_2D", "Unheard_Of"))
    monkeypatch.setattr("gazed_plugins.hmd_calibration.mapper_start._PATIENCE_SECONDS", 0.0)

    bench.send("calibrations.should_load", name="p07")
    bench.settle()
    bench.call("tick")

    assert bench.told("calibrations.failed")["reason"] == "Unheard_Of did not start within 0 s."


@pytest.mark.parametrize("verb", ["show", "load", "delete"])
def test_what_is_not_there_is_a_failure_that_says_what_is(verb, succeed, ask):
    succeed()
    ask("save", name="p07")

    assert ask(verb, name="p08")["reason"] == "there is no calibration 'p08'; there are: p07"
    assert ask(verb, name="p07", version=3)["reason"] == "'p07' has no version 3; there are: 1"


def test_deleting_removes_all_versions_or_one(succeed, ask, folder):
    succeed()
    for name in ("a", "a", "a", "b"):
        ask("save", name=name)

    assert ask("delete", name="a", version=2)["versions"] == [2]
    assert files(folder) == ["a.1.json", "a.3.json", "b.1.json"]
    assert ask("delete", name="a")["versions"] == [1, 3]
    assert files(folder) == ["b.1.json"]


@pytest.mark.parametrize("verb", ["save", "show", "load", "delete"])
@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_name_cannot_leave_the_folder(verb, name, succeed, ask, folder, tmp_path):
    succeed()
    (tmp_path / "settings" / "outside.1.json").write_text("{}")

    answer = ask(verb, name=name)

    assert answer["fact"] == "failed"
    assert "cannot name a calibration" in answer["reason"]
    assert files(folder) == []
    assert (tmp_path / "settings" / "outside.1.json").exists()


@pytest.mark.parametrize(
    "fields",
    [{}, {"name": 7}, {"name": "p", "version": "new"}, {"name": "p", "note": 3}],
)
def test_a_request_that_says_nonsense_is_answered(fields, ask):
    assert ask("save", **fields)["fact"] == "failed"


def test_an_answer_carries_what_the_request_carried(ask):
    assert ask("list", request="abc")["request"] == "abc"
    assert ask("show", name="p", request=5)["request"] == 5


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is no JSON"),
        (b'{"format": "gazed calibration", "format_', "it is no JSON"),
        (b"\xff\xfe", "decode"),
        (b"[]", "it is no calibration of gazed"),
        (b'{"format": "gazed calibration", "format_version": 2}', "has version 2"),
        (b'{"format": "gazed calibration", "format_version": 1}', "'name' is missing"),
    ],
)
def test_a_damaged_file_is_listed_as_such_and_stops_nothing(content, problem, succeed, ask, folder):
    succeed()
    ask("save", name="good")
    (folder / "bad.1.json").write_bytes(content)

    listed = ask("list")

    assert [entry["name"] for entry in listed["calibrations"]] == ["good"]
    (damaged,) = listed["damaged"]
    assert damaged["file"] == "bad.1.json"
    assert problem in damaged["reason"]
    assert ask("load", name="bad")["reason"].startswith("bad.1.json is damaged: ")
    assert ask("delete", name="bad")["fact"] == "deleted"


def test_a_wrong_type_in_a_file_is_named(succeed, ask, folder):
    succeed()
    ask("save", name="p")
    path = folder / "p.1.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "params": [1]}))

    assert ask("load", name="p")["reason"] == "p.1.json is damaged: 'params' is [1], not dict"


def test_other_files_in_the_folder_are_left_alone(succeed, ask, folder):
    succeed()
    for name in ("readme.txt", ".p07.1.json.part", "p07.json", "p07.0.json", "..1.json"):
        (folder / name).write_text("{}")

    assert ask("list")["calibrations"] == ask("list")["damaged"] == []
    assert ask("save", name="p07")["version"] == 1


def test_a_disk_that_fails_is_a_failure_and_leaves_no_half_file(succeed, ask, folder, monkeypatch):
    def full(_descriptor):
        raise OSError("No space left on device")

    succeed()
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = ask("save", name="p07")

    assert answer["reason"] == "No space left on device"
    assert ask("list")["calibrations"] == []
    assert ask("save", name="p07")["version"] == 1


def test_what_json_cannot_hold_is_a_failure(succeed, ask, folder):
    succeed(accuracy=float("nan"))

    assert "cannot be written" in ask("save", name="p07")["reason"]
    assert ask("list")["calibrations"] == []


def test_requests_are_answered_in_their_order(succeed, bench):
    succeed()
    for verb in ("save", "load", "list", "delete", "list"):
        bench.send(f"calibrations.should_{verb}", name="p07")
    bench.settle()

    facts = [subject.removeprefix("calibrations.") for subject in bench.subjects("calibrations.")]
    assert facts == ["saved", "loaded", "listed", "deleted", "listed"]
    lists = [sent.fields for sent in bench.notifications if sent.name == "calibrations.listed"]
    assert [len(listed["calibrations"]) for listed in lists] == [1, 0]


def test_who_waits_when_the_plugin_stops_is_answered(succeed, bench):
    succeed()
    for _ in range(3):
        bench.send("calibrations.should_list")

    bench.stop("Calibrations")
    bench.settle()

    reasons = [sent.fields["reason"] for sent in bench.notifications]
    assert reasons == ["the plugin Calibrations was stopped"] * 3


def test_other_requests_of_that_kind_are_somebody_elses(bench):
    bench.send("calibrations.should_dance")

    assert bench.notifications == []
