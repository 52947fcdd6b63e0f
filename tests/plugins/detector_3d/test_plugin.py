"""The plugin on a bench: every field in every datum, requests, and numbers that are finite."""

from __future__ import annotations

import math

import numpy as np
import pytest
from eyes_in_space import CAMERA, SIZE, degrees_between, moments
from harness import Bench

from gazed import NO_ELLIPSE, Ellipse, Frame, Pupil, pupil_to_wire
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_2d.shapes import to_ellipse
from gazed_plugins.detector_3d import Detector3D
from gazed_plugins.simulated_headset import sequence

FIELDS = {
    "topic": str,
    "id": int,
    "method": str,
    "timestamp": float,
    "norm_pos": list,
    "location": list,
    "diameter": float,
    "confidence": float,
    "ellipse": dict,
    "sphere": dict,
    "projected_sphere": dict,
    "circle_3d": dict,
    "diameter_3d": float,
    "theta": float,
    "phi": float,
    "model_confidence": float,
    "model_id": int,
    "model_birth_timestamp": float,
    "plausible": dict,
}


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path, "eye0") as bench:
        bench.start(Detector3D, name="Detector_3D")
        yield bench


def frame(timestamp=1.0, focal_length=CAMERA.focal_length_px, size=SIZE):
    return Frame(
        eye=0,
        index=0,
        timestamp=timestamp,
        received=timestamp,
        gray=np.zeros((size, size), np.uint8),
        focal_length_px=focal_length,
    )


def detected(bench, ellipse=None, confidence=0.95, **more):
    picture = frame(**more)
    found = [] if ellipse is None else [Pupil.found(picture, ellipse, confidence)]
    return bench.call("detect_pupil", frame=picture, found=found)


def watch(bench, seconds=6.0, seed=1):
    for moment in moments(seed, seconds=seconds):
        (pupil,) = detected(
            bench, to_ellipse(tuple(moment.shape.tolist())), timestamp=moment.timestamp
        )
        bench.settle()
    return pupil, moment


def test_gaze_direction_and_pupil_size_are_right_after_some_seconds(bench):
    pupil, moment = watch(bench)

    circle = pupil.extra["circle_3d"]
    assert degrees_between(np.array(circle["normal"]), moment.normal) < 0.5
    assert pupil.extra["diameter_3d"] == pytest.approx(moment.diameter_mm, rel=0.02)
    assert pupil.extra["sphere"]["center"] == pytest.approx(moment.center.tolist(), abs=0.5)
    assert pupil.extra["sphere"]["radius"] == pytest.approx(10.392304845413264)
    assert pupil.extra["model_confidence"] > 0.8
    assert pupil.confidence > 0.8
    theta, phi = pupil.extra["theta"], pupil.extra["phi"]
    back = [math.sin(theta) * math.cos(phi), math.cos(theta), math.sin(theta) * math.sin(phi)]
    assert back == pytest.approx(circle["normal"], abs=1e-9)


@pytest.mark.parametrize("which", ["seen", "no pupil", "unsure", "no 2D detector"])
def test_every_field_is_in_every_datum(bench, which):
    ellipse = {"no pupil": NO_ELLIPSE, "no 2D detector": None}.get(
        which, Ellipse((96, 96), (38, 40), 20)
    )
    (pupil,) = detected(bench, ellipse, confidence=0.3 if which == "unsure" else 0.9)

    datum = pupil_to_wire(pupil)

    assert datum["topic"] == "pupil.0.3d"
    assert "3d" in datum["method"]
    for name, kind in FIELDS.items():
        assert type(datum[name]) is kind, name
    if which != "seen":
        assert datum["circle_3d"] == {"center": [0, 0, 0], "normal": [0, 0, -1], "radius": 0}
        assert (datum["confidence"], datum["model_confidence"]) == (0.0, 0.0)
    assert _all_finite(datum)


def test_the_model_confidence_grows_as_the_eyeball_is_found(bench):
    (first,) = detected(bench, Ellipse((96, 96), (38, 40), 20))

    last, _ = watch(bench)

    assert first.extra["model_confidence"] < 0.1 < 0.8 < last.extra["model_confidence"]


def test_what_is_no_human_eye_is_called_implausible(bench):
    watch(bench)

    (pupil,) = detected(bench, Ellipse((96, 96), (150, 152), 0), timestamp=7.0)

    assert pupil.extra["plausible"]["size"] is False
    assert pupil.extra["model_confidence"] <= 0.1
    assert pupil.confidence < 0.5


def test_changes_of_the_models_state_are_told(bench):
    watch(bench)

    (changed,) = [sent for sent in bench.notifications if sent.name == "eye_model.changed"]
    assert changed.fields["state"] == "steady"
    assert changed.fields["eye_id"] == 0
    assert changed.fields["slips"] == 0
    assert changed.fields["error_deg"] < 1.0


def test_the_state_is_reported_on_request(bench):
    watch(bench)

    bench.send("eye_model.should_report", eye_id=0)
    bench.send("eye_model.should_report", eye_id=1)

    report = bench.told("eye_model.report")
    assert report["state"] == "steady"
    assert len(report["center"]) == len(report["long_term_center"]) == 3


def test_reset_model_begins_anew_with_another_id(bench):
    before, _ = watch(bench)

    bench.send("pupil_detector.3d.reset_model", id=1)
    (same,) = detected(bench, Ellipse((96, 96), (38, 40), 20), timestamp=6.1)
    bench.send("pupil_detector.3d.reset_model", id=0)
    (after,) = detected(bench, Ellipse((96, 96), (38, 40), 20), timestamp=6.2)

    assert same.extra["model_id"] == before.extra["model_id"]
    assert after.extra["model_id"] != before.extra["model_id"]
    assert after.extra["sphere"]["center"] == [0.0, 0.0, 35.0]


def test_a_frozen_model_does_not_learn_and_says_so(bench):
    bench.send(
        "pupil_detector.set_properties",
        detector_plugin_class_name="Pye3DPlugin",
        values={"is_long_term_model_frozen": True},
    )

    pupil, _ = watch(bench, seconds=2)

    bench.send("pupil_detector.broadcast_properties")
    assert bench.told("pupil_detector.properties.0.Pye3DPlugin")["values"] == {
        "is_long_term_model_frozen": True
    }
    assert pupil.extra["sphere"]["center"] == [0.0, 0.0, 35.0]


def test_another_picture_size_is_another_camera(bench):
    watch(bench, seconds=2)

    (pupil,) = detected(
        bench, Ellipse((200, 200), (76, 80), 20), size=400, focal_length=561.0, timestamp=3.0
    )

    assert pupil.extra["sphere"]["center"] == [0.0, 0.0, 35.0]
    assert pupil.extra["projected_sphere"]["center"] == [200.0, 200.0]


def test_an_unknown_focal_length_is_guessed_and_mentioned_once(bench, caplog):
    for index in range(3):
        detected(bench, Ellipse((96, 96), (38, 40), 20), focal_length=None, timestamp=1.0 + index)

    lines = [record.message for record in caplog.records if "focal length" in record.message]
    assert len(lines) == 1


@pytest.mark.parametrize(
    "ellipse",
    [
        Ellipse((math.nan, 96), (38, 40), 20),
        Ellipse((96, 96), (0, 0), 20),
        Ellipse((96, 96), (0, 40), 20),
        Ellipse((96, 96), (math.inf, 40), 20),
        Ellipse((1e6, -1e6), (38, 40), math.nan),
        Ellipse((96, 96), (-3, 40), 0),
    ],
)
def test_an_ellipse_that_is_none_leaves_no_trace(bench, ellipse):
    (pupil,) = detected(bench, ellipse)

    assert pupil.confidence == 0.0
    assert _all_finite(pupil_to_wire(pupil))


def test_where_the_2d_detector_is_unsure_the_pupil_that_the_model_expects_is_looked_for(bench):
    pictures = list(sequence("easy", seconds=4.0, seed=3))
    flat = PupilDetector()
    for picture, _ in pictures:
        ellipse, confidence = flat.detect(picture.gray)
        found = [Pupil.found(picture, ellipse, confidence)]
        (sure,) = bench.call("detect_pupil", frame=picture, found=found)
        bench.settle()
    picture, truth = pictures[-1]

    unsure = [Pupil.found(picture, Ellipse((20, 20), (9, 9), 0), 0.2)]
    (pupil,) = bench.call("detect_pupil", frame=picture, found=unsure)

    assert sure.confidence > 0.8
    assert math.dist(pupil.ellipse.center, truth.ellipse.center) < 1.0
    assert 0.3 < pupil.confidence <= 0.6
    assert pupil.extra["diameter_3d"] == pytest.approx(truth.pupil_diameter_mm, rel=0.05)


def test_switched_off_it_gives_no_data(bench):
    bench.send("pupil_detector.set_enabled", detector_plugin_class_name="Pye3DPlugin", value=False)

    assert detected(bench, Ellipse((96, 96), (38, 40), 20)) == []


def _all_finite(value):
    if isinstance(value, dict):
        return all(map(_all_finite, value.values()))
    if isinstance(value, list):
        return all(map(_all_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
