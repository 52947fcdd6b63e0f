"""``gazed bench``: detectors of third parties with known errors give known figures."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazed_plugins.bench.plot import COLORS

EYES = Path(__file__).parents[4] / "shared" / "eyes"
LABEL = "1,50,40,30,20,90,1.0"
CLOSED = "0,,,,,,"

OFF = """
ANSWERS = [(0.5, 0.95), (1.5, 0.85), (4.0, 0.65), (20.0, 0.25), (0.0, 0.7)]

class Off_By:
    def __init__(self, context, scale: float = 1.0):
        self.scale = scale

    @hookimpl
    def detect_pupil(self, frame):
        shift, confidence = ANSWERS[frame.index]
        ellipse = Ellipse((50.0 + self.scale * shift, 40.0), (20.0, 30.0), 0.0)
        return Pupil.found(frame, ellipse, confidence)
"""
COUNTS = """
class Counts:
    def __init__(self, context):
        self.seen = 0

    @hookimpl
    def detect_pupil(self, frame, found):
        self.seen += 1
        return Pupil.found(frame, Ellipse((50.0, 40.0), (20.0, 30.0), 0.0), self.seen / 10)
"""
BLIND = """
class Blind:
    def __init__(self, context):
        pass

    @hookimpl
    def detect_pupil(self, frame):
        return Pupil.missing(frame)
"""
STUMBLES = """
class Stumbles:
    def __init__(self, context):
        pass

    @hookimpl
    def detect_pupil(self, frame):
        if frame.index == 2:
            raise RuntimeError("cannot read this")
"""
REFUSES = """
class Refuses:
    def __init__(self, context):
        raise PluginError("there is no camera to be had")

    @hookimpl
    def detect_pupil(self, frame):
        pass
"""
TALKS_NONSENSE = """
class Talks_Nonsense:
    def __init__(self, context):
        pass

    @hookimpl
    def detect_pupil(self, frame):
        return {"center": "left"}
"""


def result_of(figures, detector, mode="track", name="eyes"):
    (found,) = (
        entry
        for entry in figures["results"]
        if (entry["set"], entry["mode"], entry["detector"]) == (name, mode, detector)
    )
    return found["scores"]


def test_a_third_party_detector_with_known_errors_gets_exactly_known_scores(
    detector, labelled_clip, figures
):
    detector(OFF, "Off_By")
    folder = labelled_clip(LABEL, LABEL, LABEL, LABEL, CLOSED)

    scores = result_of(figures(folder, "--detector", "Off_By"), "Off_By")

    assert (scores["pictures"], scores["pupils"], scores["closed"]) == (5, 4, 1)
    assert [scores[f"within_{px}_px"] for px in (1, 2, 5)] == [0.25, 0.5, 0.75]
    assert scores["within_1_percent"] == 0.25
    assert scores["center_error_px"] == pytest.approx((1.5 + 4.0) / 2)
    assert scores["diameter_error_px"] == 0.0
    assert (scores["confident"], scores["false_alarms"]) == (0.75, 1)
    assert scores["precision_2_px"] == pytest.approx(2 / 3)
    assert scores["precision_5_px"] == 1.0
    assert scores["reliability"]["auc"] == 1.0
    assert scores["reliability"]["calibration_error"] == pytest.approx(
        (0.05 + 0.85 + 0.65 + 0.25) / 4
    )


def test_a_detector_takes_arguments(detector, labelled_clip, figures):
    detector(OFF, "Off_By")
    folder = labelled_clip(LABEL, LABEL)

    found = figures(folder, "--detector", "Off_By", "--detector", 'Off_By={"scale": 10}')

    assert result_of(found, "Off_By")["within_5_px"] == 1.0
    assert result_of(found, 'Off_By={"scale": 10}')["within_5_px"] == 0.5


def test_clips_are_followed_and_their_labelled_frames_searched_afresh(
    detector, labelled_clip, figures
):
    detector(COUNTS, "Counts")
    folder = labelled_clip(*[LABEL] * 8, frames=10)

    found = figures(folder, "--detector", "Counts")

    counts = [entry["count"] for entry in result_of(found, "Counts")["reliability"]["bins"]]
    assert counts == [0, 1, 1, 1, 1, 1, 1, 1, 1, 0]
    alone = result_of(found, "Counts", "search")
    assert [entry["count"] for entry in alone["reliability"]["bins"]][1] == alone["pictures"] == 8


def test_single_pictures_are_only_searched(detector, labelled_stills, figures):
    detector(COUNTS, "Counts")

    found = figures(labelled_stills(LABEL, LABEL), "--detector", "Counts")

    assert {entry["mode"] for entry in found["results"]} == {"search"}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (STUMBLES, "detect_pupil: RuntimeError: cannot read this"),
        (REFUSES, "start: there is no camera to be had"),
        (TALKS_NONSENSE, "what detect_pupil returned: AttributeError: 'dict' object has no"),
        ("import nothing_like_this", "it needs the module 'nothing_like_this'"),
    ],
)
def test_a_detector_that_fails_is_reported_and_the_others_go_on(
    detector, labelled_clip, bench, tmp_path, source, reason
):
    name = source.partition("class ")[2].partition(":")[0] or "Unloadable"
    detector(source, name)
    detector(BLIND, "Blind")
    folder = labelled_clip(*[LABEL] * 4)

    done = bench(
        "detect", folder, "--detector", name, "--detector", "Blind", "--json", tmp_path / "f.json"
    )

    assert done.exit_code == 1
    assert f"{name} takes no part" in done.stdout
    figures = json.loads((tmp_path / "f.json").read_text())
    assert reason in figures["detectors"][name]["failure"]
    assert {entry["detector"] for entry in figures["results"]} == {"Blind"}
    assert result_of(figures, "Blind")["within_5_px"] == 0.0


def test_all_stands_for_every_installed_detector(detector, labelled_clip, figures):
    detector(BLIND, "Blind")

    found = figures(labelled_clip(LABEL), "--detector", "all")

    assert {"Blind", "Detector_2D"} <= set(found["detectors"])
    assert not {"Frame_Publisher", "Detector_3D", "Eyelids"} & set(found["detectors"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Detector_3000", "no plugin named 'Detector_3000' is installed"),
        ("Frame_Publisher", "Frame_Publisher detects no pupils; installed detectors:"),
        ("Detector_2D=3", 'must be a map: NAME={"argument": 1.0}'),
        ('Detector_2D={"speed": 3}', "argument 'speed': there is no such argument"),
    ],
)
def test_what_is_no_detector_is_refused_with_a_sentence(bench, labelled_clip, asked, said):
    done = bench("detect", labelled_clip(LABEL), "--detector", asked)

    assert done.exit_code == 1
    assert said in done.stderr


def test_the_same_pictures_are_compared_where_nobody_knows_the_truth(
    detector, labelled_clip, figures
):
    detector(OFF, "Off_By")
    detector(COUNTS, "Counts")
    video = labelled_clip(LABEL, frames=5) / "clip.avi"

    found = figures(video, "--detector", "Off_By", "--detector", 'Off_By={"scale": 0}')

    (entry,) = (entry for entry in found["agreement"] if entry["mode"] == "track")
    assert entry["detectors"] == ["Off_By", 'Off_By={"scale": 0}']
    assert entry["both_confident"] == pytest.approx(4 / 5)
    assert entry["alike"] == pytest.approx(2 / 4)
    assert result_of(found, "Off_By")["confident"] == pytest.approx(4 / 5)


def test_the_figures_name_versions_and_no_place(detector, labelled_clip, figures, tmp_path):
    detector(BLIND, "Blind")

    found = figures(labelled_clip(LABEL), "--detector", "Blind")

    assert set(found["versions"]) == {"gazed", "python", "numpy", "opencv"}
    assert found["detectors"] == {"Blind": {"version": "1.0", "failure": ""}}
    assert str(tmp_path) not in json.dumps(found)


def test_times_are_set_against_the_detector_named_first(detector, labelled_clip, figures):
    detector(BLIND, "Blind")
    detector(COUNTS, "Counts")

    found = figures(labelled_clip(LABEL), "--detector", "Blind", "--detector", "Counts")

    first, other = (entry for entry in found["results"] if entry["mode"] == "track")
    assert first["ms_ratio"] == 1.0
    expected = first["scores"]["ms"]["median"] / other["scores"]["ms"]["median"]
    assert other["ms_ratio"] == pytest.approx(expected)


def test_the_table_is_plain_text_of_at_most_100_columns(detector, labelled_clip, bench):
    detector(OFF, "Off_By")

    done = bench("detect", labelled_clip(LABEL, LABEL, CLOSED), "--detector", "Off_By")

    assert done.exit_code == 0
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) <= 100
    line = next(line for line in done.stdout.splitlines() if "track" in line)
    assert line.split()[:6] == ["eyes", "track", "2", "50.0", "100.0", "100.0"]


def test_simulated_eyes_blink_and_are_known_exactly(figures):
    found = figures("--simulated", "easy", "--people", "1", "--size", "192,400")

    assert {entry["set"] for entry in found["results"]} >= {
        "simulated easy 192",
        "simulated easy 400",
    }
    scores = result_of(found, "Detector_2D", name="simulated easy 400")
    assert scores["pictures"] == 600
    assert scores["within_1_percent"] > 0.9
    assert scores["iou"] > 0.9


def test_the_plot_shows_each_detector_in_its_colour(detector, labelled_clip, bench, tmp_path):
    detector(OFF, "Off_By")
    detector(BLIND, "Blind")
    folder = labelled_clip(*[LABEL] * 4)

    done = bench(
        *("detect", folder, folder / "clip.avi", "--detector", "Off_By", "--detector", "Blind"),
        *("--plot", tmp_path / "plot.png"),
    )

    assert done.exit_code == 0, done.output
    picture = cv2.imread(str(tmp_path / "plot.png"))
    assert picture.shape[1] == 1440
    assert (picture[0, 0] == 255).all()
    for color in COLORS[:2]:
        assert np.count_nonzero((np.abs(picture.astype(int) - color) < 8).all(axis=2)) > 200


@pytest.mark.parametrize("option", ["--json", "--plot"])
def test_a_place_that_does_not_exist_is_refused_before_the_work(
    bench, labelled_clip, tmp_path, option
):
    done = bench("detect", labelled_clip(LABEL), option, tmp_path / "nowhere" / "file")

    assert done.exit_code == 1
    assert "there is no such folder" in done.stderr
    assert not done.stdout


def test_a_wrong_label_is_a_sentence(bench, labelled_clip):
    done = bench("detect", labelled_clip("1,150,40,30,20,90,1.0"))

    assert done.exit_code == 1
    assert "gt.csv, line 2: the centre (150, 40) is outside" in done.stderr


def test_an_unknown_level_is_refused(bench):
    done = bench("detect", "--simulated", "easy,gruesome")

    assert done.exit_code == 2
    assert "gruesome" in done.stderr


@pytest.mark.skipif(not EYES.exists(), reason="the eye pictures in ../shared/eyes are not here")
def test_real_eyes_are_found_by_our_detector(figures):
    found = figures(EYES, "--most", "12")

    names = {entry["set"] for entry in found["results"]}
    assert names >= {"eyeloop", "mrgaze_a", "pupilext_1", "vrhmd_demo2", "nogt_vrhmd_test1"}
    assert result_of(found, "Detector_2D", name="eyeloop")["within_5_px"] >= 0.9
    assert result_of(found, "Detector_2D", "search", "mrgaze_a")["within_5_px"] >= 0.9
