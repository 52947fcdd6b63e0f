"""The detector's plugin on a bench: data for each frame, regions, switches, properties."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from harness import Bench

from gazed import Frame, PluginError
from gazed_plugins.detector_2d import Detector2D


def picture(x=100, y=90, size=(192, 192)):
    gray = np.full(size[::-1], 140, np.uint8)
    cv2.circle(gray, (x, y), 22, 30, -1)
    return cv2.GaussianBlur(gray, (5, 5), 0)


def frame(gray, index=0, roi=None):
    return Frame(eye=0, index=index, timestamp=2.0 + index, received=2.0, gray=gray, roi=roi)


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path, "eye0") as bench:
        bench.start(Detector2D, name="Detector_2D")
        yield bench


def detected(bench, *arguments, **more):
    return bench.call("detect_pupil", frame=frame(*arguments, **more), found=[])


def test_each_frame_gives_one_datum(bench):
    (pupil,) = detected(bench, picture())

    assert (pupil.eye, pupil.timestamp, pupil.method, pupil.tag) == (0, 2.0, "2d c++", "2d")
    assert abs(pupil.ellipse.center[0] - 100) < 0.3
    assert abs(pupil.ellipse.center[1] - 90) < 0.3
    assert abs(pupil.norm_pos[1] - (1 - 90 / 192)) < 0.002
    assert pupil.confidence > 0.6


def test_a_frame_without_a_pupil_gives_a_datum_that_says_so(bench):
    noise = np.random.default_rng(1).integers(100, 110, (192, 192)).astype(np.uint8)

    (pupil,) = detected(bench, noise)

    assert pupil.confidence < 0.6


@pytest.mark.parametrize(
    "gray",
    [
        np.zeros((192, 192), np.uint8),
        np.full((192, 192), 255, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((400, 2), np.uint8),
        picture()[::-1, ::2],
    ],
)
def test_odd_pictures_are_survived(bench, gray):
    (pupil,) = detected(bench, gray)

    assert 0.0 <= pupil.confidence <= 1.0
    assert all(np.isfinite([*pupil.ellipse.center, *pupil.ellipse.axes, pupil.ellipse.angle]))


def test_a_region_of_interest_hides_what_is_outside_and_keeps_the_places(bench):
    gray = np.minimum(picture(50, 60), picture(140, 120))

    (left,) = detected(bench, gray, roi=(10, 20, 95, 110))
    (right,) = detected(bench, gray, index=1, roi=(98, 70, 191, 191))

    assert np.allclose(left.ellipse.center, (50, 60), atol=0.5)
    assert np.allclose(right.ellipse.center, (140, 120), atol=0.5)


def test_switched_off_it_gives_nothing_until_it_is_switched_on(bench):
    bench.send("pupil_detector.set_enabled", value=False)
    assert detected(bench, picture()) == []

    bench.send("pupil_detector.set_enabled", value=True, eye_id=0)

    assert len(detected(bench, picture())) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"value": False, "eye_id": 1},
        {"value": False, "detector_plugin_class_name": "Pye3DPlugin"},
        {"value": "no"},
        {},
    ],
)
def test_a_switch_for_others_or_without_a_value_changes_nothing(bench, fields):
    bench.send("pupil_detector.set_enabled", **fields)

    assert len(detected(bench, picture())) == 1


def test_properties_are_told_to_who_asks_and_change_as_told(bench):
    name = "Detector2DPlugin"
    bench.send(
        "pupil_detector.set_properties",
        detector_plugin_class_name=name,
        values={"pupil_size_max": 80, "canny_treshold": 150.0, "unknown": 1},
    )

    bench.send("pupil_detector.broadcast_properties", eye_id=0, detector_plugin_class_name=name)

    values = bench.told(f"pupil_detector.properties.0.{name}")["values"]
    assert values["pupil_size_max"] == 80
    assert values["canny_treshold"] == 150
    assert "unknown" not in values
    assert {"coarse_detection", "ellipse_roundness_ratio", "support_pixel_ratio_exponent"} <= set(
        values
    )


@pytest.mark.parametrize(
    "values",
    [
        {"pupil_size_max": "big"},
        {"pupil_size_max": float("nan")},
        {"pupil_size_max": 1e300},
        {"pupil_size_max": 2**63},
        {"ellipse_roundness_ratio": float("inf")},
        5,
        None,
    ],
)
def test_wrong_properties_are_refused_and_the_old_ones_stay(bench, caplog, values):
    name = "Detector2DPlugin"
    bench.send("pupil_detector.set_properties", detector_plugin_class_name=name, values=values)

    bench.send("pupil_detector.broadcast_properties")

    assert bench.told(f"pupil_detector.properties.0.{name}")["values"]["pupil_size_max"] == 100
    assert caplog.records


def test_the_old_form_sets_one_property(bench):
    bench.send("pupil_detector.set_property.2d", name="intensity_range", value=17, target="eye0")

    bench.send("pupil_detector.broadcast_properties")

    values = bench.told("pupil_detector.properties.0.Detector2DPlugin")["values"]
    assert values["intensity_range"] == 17


def told_properties(bench):
    bench.send("pupil_detector.broadcast_properties")
    return bench.told("pupil_detector.properties.0.Detector2DPlugin")


def set_properties(bench, **values):
    name = "Detector2DPlugin"
    bench.send("pupil_detector.set_properties", detector_plugin_class_name=name, values=values)


def test_our_own_properties_are_told_with_their_types_and_ranges(bench):
    told = told_properties(bench)

    assert told["values"]["bright_pupil"] is False
    assert told["ranges"]["bright_pupil"]["type"] == "bool"
    assert (
        told["ranges"]["largest_diameter"].items()
        >= {
            "type": "float",
            "low": 0.01,
            "high": 1.0,
            "unit": "picture widths",
        }.items()
    )


def test_bright_pupils_are_found_once_that_is_set(bench):
    bright = 255 - picture()
    assert detected(bench, bright)[0].confidence < 0.6

    set_properties(bench, bright_pupil=True)

    (pupil,) = detected(bench, bright)
    assert pupil.confidence > 0.6
    assert abs(pupil.ellipse.center[0] - 100) < 0.3


@pytest.mark.parametrize(
    "values",
    [
        {"flattest": 0.0},
        {"smallest_diameter": 2.0},
        {"smallest_diameter": 0.9},
        {"bright_pupil": 1},
    ],
)
def test_values_out_of_range_are_refused_and_change_nothing(bench, caplog, values):
    set_properties(bench, **values)

    told = told_properties(bench)["values"]
    assert told == {**told, "flattest": 0.25, "smallest_diameter": 0.035, "bright_pupil": False}
    assert next(iter(values)) in caplog.text


def test_sizes_bound_the_pupil_in_pixels_or_in_widths_whichever_was_set_last(bench):
    set_properties(bench, pupil_size_max=30)
    assert detected(bench, picture())[0].confidence < 0.6

    set_properties(bench, largest_diameter=0.5)

    assert detected(bench, picture())[0].confidence > 0.6


def test_sizes_in_pixels_follow_the_width_of_the_picture(bench):
    detected(bench, picture())
    set_properties(bench, pupil_size_min=30, pupil_size_max=61)

    large = cv2.resize(picture(), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    (pupil,) = detected(bench, large, index=1)

    values = told_properties(bench)["values"]
    assert (values["pupil_size_min"], values["pupil_size_max"]) == (60, 122)
    assert pupil.confidence > 0.6


def test_the_old_roundness_is_our_flatness(bench):
    set_properties(bench, ellipse_roundness_ratio=0.5)

    assert told_properties(bench)["values"]["flattest"] == 0.5


@pytest.mark.parametrize(("sent", "taken"), [(0.01, 0.05), (-1.0, 0.05), (5, 1.0)])
def test_an_old_roundness_beyond_the_bounds_of_ours_becomes_the_nearest(bench, sent, taken):
    set_properties(bench, ellipse_roundness_ratio=sent)

    assert told_properties(bench)["values"]["flattest"] == taken


@pytest.mark.parametrize("target", ["eye1", "eye2", "world"])
def test_the_old_form_for_another_target_changes_nothing(bench, target):
    bench.send("pupil_detector.set_property.2d", name="intensity_range", value=17, target=target)

    assert told_properties(bench)["values"]["intensity_range"] == 23


def test_properties_without_a_meaning_are_noted(bench, caplog):
    caplog.set_level("INFO")

    set_properties(bench, canny_aperture=7, intensity_range=20)

    assert "canny_aperture, intensity_range noted" in caplog.text


def test_arguments_are_the_same_as_properties(tmp_path):
    with Bench(tmp_path, "eye0") as bench:
        bench.start(Detector2D, name="Detector_2D", bright_pupil=True, flattest=0.4)

        assert detected(bench, 255 - picture())[0].confidence > 0.6
        assert told_properties(bench)["values"]["flattest"] == 0.4


def test_bounds_that_no_pupil_fits_between_are_refused(tmp_path):
    with (
        Bench(tmp_path, "eye0") as bench,
        pytest.raises(PluginError, match="not below largest_diameter"),
    ):
        bench.start(Detector2D, name="Detector_2D", largest_diameter=0.02)


def test_the_slow_version_says_in_one_line_why_and_what_it_costs(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("gazed_plugins.detector_2d.plugin.why_slow", lambda: "it is not there")
    with Bench(tmp_path, "eye0") as bench:
        bench.start(Detector2D, name="Detector_2D")

    (line,) = [record for record in caplog.records if "compiled" in record.message]
    assert "it is not there" in line.message
    assert "install a C compiler" in line.message
