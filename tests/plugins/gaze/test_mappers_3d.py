"""The 3D mappers, with the figures of spec: calibration 11.2, and what they do with odd data."""

import math
from dataclasses import replace

import numpy as np
import pytest
from harness import a_pupil
from looks_in_space import CENTERS, EYES, GOLDEN, Looks, at, normals_at, y_down

from gazed import (
    ArgumentError,
    MessageError,
    PluginError,
    gaze_to_wire,
    pack,
    pupil_to_wire,
    unpack,
)
from gazed_plugins.gaze import Gazer3D, GazerHMD3D, NeonGazer3D, PosthocGazerHMD3D
from gazed_plugins.hmd_calibration.fit_3d import answer

POINTS = y_down(GOLDEN)
M0 = [
    [-0.963554, 0.097117, 0.249264, 25.287887],
    [0.105927, 0.994127, 0.022143, -0.383859],
    [-0.245649, 0.047739, -0.968183, 34.155907],
    [0.0, 0.0, 0.0, 1.0],
]
M1 = [
    [-0.944741, -0.064960, 0.321318, -45.325685],
    [-0.074090, 0.997119, -0.016255, 0.192254],
    [-0.319336, -0.039163, -0.946832, 31.723068],
    [0.0, 0.0, 0.0, 1.0],
]
TRANSLATIONS = [eye.tolist() for eye in EYES]
FEW = Looks(GOLDEN[:3] + GOLDEN[8:12])
MODELS = {
    "right_model": {"eye_camera_to_world_matrix": M0, "gaze_distance": 500.0},
    "left_model": {"eye_camera_to_world_matrix": M1, "gaze_distance": 500.0},
    "binocular_model": {"eye_camera_to_world_matrix0": M0, "eye_camera_to_world_matrix1": M1},
}


def a_look(eye, point, timestamp=0.0, confidence=1.0, **more):
    (normal,) = normals_at(eye, np.array([point]))
    return seen(eye, CENTERS[eye].tolist(), normal.tolist(), timestamp, confidence, **more)


def seen(eye, center, normal, timestamp=0.0, confidence=1.0, **more):
    extra = {"sphere": {"center": center, "radius": 10.4}, "circle_3d": {"normal": normal}, **more}
    usual = {"method": "gazed 3d 1 real-time", "tag": "3d", "extra": extra}
    return a_pupil(eye, timestamp, confidence, **usual)


def last_of(mapper, *pupils):
    return [mapper.map_gaze(pupil) for pupil in pupils][-1]


def both(mapper, point, timestamp=0.0):
    (gaze,) = last_of(mapper, a_look(0, point, timestamp), a_look(1, point, timestamp + 0.002))
    return gaze


@pytest.fixture(scope="module")
def params():
    return answer(Looks(noise_deg=0.0).request())["params"]


@pytest.mark.parametrize(
    ("target", "point"),
    [
        (0, (0.000, 0.000, 483.584)),
        (1, (128.008, -0.015, 476.949)),
        (7, (0.000, 0.000, 714.115)),
        (14, (0.000, 0.000, 1111.209)),
        (19, (193.424, -154.150, 1096.370)),
    ],
)
@pytest.mark.parametrize("choices", [{}, {"depth": "pupil-3"}])
def test_the_originals_parameters_give_the_originals_points(bench, target, point, choices):
    mapper = bench.start(GazerHMD3D, **MODELS, **choices)

    gaze = both(mapper, POINTS[target])

    assert gaze.extra["gaze_point_3d"] == pytest.approx(point, abs=0.1)


def test_both_eyes_gaze_has_the_fields_that_clients_read(bench):
    gaze = both(bench.start(GazerHMD3D, params=MODELS), POINTS[0], 5.0)

    fields = gaze_to_wire(gaze)

    assert fields["topic"] == "gaze.3d.01."
    assert fields["timestamp"] == pytest.approx(5.001)
    assert [entry["id"] for entry in fields["base_data"]] == [0, 1]
    assert set(fields["eye_centers_3d"]) == set(fields["gaze_normals_3d"]) == {"0", "1"}
    vectors = [
        fields["gaze_point_3d"],
        *fields["eye_centers_3d"].values(),
        *fields["gaze_normals_3d"].values(),
    ]
    assert all(len(vector) == 3 for vector in vectors)
    assert all(type(number) is float for vector in vectors for number in vector)
    assert fields["eye_centers_3d"]["0"] == pytest.approx(EYES[0].tolist(), abs=1e-3)
    assert math.hypot(*fields["gaze_normals_3d"]["1"]) == pytest.approx(1.0, abs=1e-5)


def test_one_eyes_gaze_has_the_fields_that_clients_read(bench):
    (gaze,) = bench.start(GazerHMD3D, **MODELS).map_gaze(a_look(1, POINTS[0]))

    fields = gaze_to_wire(gaze)

    assert fields["topic"] == "gaze.3d.1."
    center, normal = np.array(fields["eye_center_3d"]), np.array(fields["gaze_normal_3d"])
    assert center == pytest.approx(EYES[1], abs=1e-3)
    assert fields["gaze_point_3d"] == pytest.approx((center + 500.0 * normal).tolist())


def test_whole_numbers_on_the_wire_become_floats(bench):
    (gaze,) = bench.start(GazerHMD3D, **MODELS).map_gaze(seen(0, [1, 0, 35], [0, 0, -1]))

    assert all(type(number) is float for number in gaze.extra["gaze_point_3d"])


@pytest.mark.parametrize("depth", [400.0, 600.0, 1000.0, 2000.0, 5000.0])
def test_our_calibration_finds_directions_and_distances(bench, params, depth):
    (point,) = y_down([at(depth, 8.0, -6.0)])

    gaze = both(bench.start(GazerHMD3D, **params), point)

    assert gaze.extra["gaze_point_3d"] == pytest.approx(point, rel=0.01)


def test_an_eye_alone_looks_as_far_as_both_did_lately(bench, params):
    mapper = bench.start(GazerHMD3D, **params)
    (near,) = y_down([at(500.0, 5.0, 3.0)])
    for k in range(60):
        both(mapper, near, 0.01 * k)

    (gaze,) = mapper.map_gaze(a_look(0, near, timestamp=2.0))

    assert gaze.topic == "gaze.3d.0."
    assert gaze.extra["gaze_point_3d"] == pytest.approx(near, abs=5.0)


def test_an_eye_alone_keeps_the_originals_distance_by_option(bench):
    mapper = bench.start(GazerHMD3D, **MODELS, depth="pupil-3")
    for k in range(60):
        both(mapper, POINTS[14], 0.01 * k)

    (gaze,) = mapper.map_gaze(a_look(0, POINTS[14], timestamp=2.0))

    away = np.subtract(gaze.extra["gaze_point_3d"], gaze.extra["eye_center_3d"])
    assert np.linalg.norm(away) == pytest.approx(500.0, abs=0.01)


def test_with_a_world_camera_the_original_takes_the_last_distance(bench):
    mapper = bench.start(Gazer3D, **MODELS, depth="pupil-3")
    met = both(mapper, POINTS[14]).extra["gaze_point_3d"]

    (gaze,) = mapper.map_gaze(a_look(0, POINTS[14], timestamp=2.0))

    away = np.subtract(gaze.extra["gaze_point_3d"], gaze.extra["eye_center_3d"])
    assert np.linalg.norm(away) == pytest.approx(np.linalg.norm(met), abs=0.1)


def diverging():
    (right,), (left,) = (
        normals_at(eye, np.array([[side, 0.0, 1000.0]])) for eye, side in ((0, 200.0), (1, -200.0))
    )
    return (
        seen(0, CENTERS[0].tolist(), right.tolist()),
        seen(1, CENTERS[1].tolist(), left.tolist(), 0.001),
    )


def test_lines_that_diverge_meet_far_ahead(bench, params):
    (gaze,) = last_of(bench.start(GazerHMD3D, **params), *diverging())

    assert gaze.extra["gaze_point_3d"] == pytest.approx((0.0, 0.0, 20_000.0), abs=1.0)


def test_lines_that_diverge_are_negated_by_option(bench, params):
    (gaze,) = last_of(bench.start(GazerHMD3D, **params, depth="pupil-3"), *diverging())

    assert gaze.extra["gaze_point_3d"] == pytest.approx((0.0, 0.0, 197.6), abs=0.1)


def test_parallel_lines_give_a_finite_point(bench, params):
    far = np.array([0.0, 0.0, 1e12])

    gaze = both(bench.start(GazerHMD3D, **params), far)

    assert gaze.extra["gaze_point_3d"][2] == pytest.approx(20_000.0, abs=1.0)


def test_gaze_follows_the_eyeballs_centre(bench, params):
    mapper = bench.start(GazerHMD3D, **params)
    before = both(mapper, POINTS[7])
    moved = [
        seen(
            eye, (CENTERS[eye] + (0.5, 0.0, 0.0)).tolist(), normals_at(eye, POINTS[7:8])[0].tolist()
        )
        for eye in (0, 1)
    ]

    (after,) = last_of(mapper, *moved)

    shift = np.subtract(after.extra["eye_centers_3d"]["0"], before.extra["eye_centers_3d"]["0"])
    assert np.linalg.norm(shift) == pytest.approx(0.5, abs=1e-6)


def test_2d_data_are_left_to_others(bench):
    assert bench.start(GazerHMD3D, **MODELS).map_gaze(a_pupil(0)) is None


@pytest.mark.parametrize(
    "extra",
    [
        {},
        {"sphere": None, "circle_3d": {"normal": [0.0, 0.0, -1.0]}},
        {"sphere": {"center": [0.0, 0.0]}, "circle_3d": {"normal": [0.0, 0.0, -1.0]}},
        {"sphere": {"center": [0.0, 0.0, 35.0]}, "circle_3d": {"normal": ["a", "b", "c"]}},
        {"sphere": {"center": [0.0, 0.0, math.nan]}, "circle_3d": {"normal": [0.0, 0.0, -1.0]}},
    ],
)
def test_data_without_numbers_give_no_gaze(bench, extra):
    mapper = bench.start(GazerHMD3D, **MODELS)
    odd = a_pupil(0, 1.0, method="third party 3d", tag="3d", extra=extra)

    assert mapper.map_gaze(odd) == []
    assert last_of(mapper, a_look(1, POINTS[0], 1.001)) == []
    assert both(mapper, POINTS[0], 9.0).topic == "gaze.3d.01."


def test_an_eye_without_a_model_gives_no_gaze(bench):
    mapper = bench.start(GazerHMD3D, right_model=MODELS["right_model"])

    assert mapper.map_gaze(a_look(1, POINTS[0])) == []
    assert mapper.map_gaze(a_look(0, POINTS[0], 3.0))[0].topic == "gaze.3d.0."


def test_one_eyes_model_maps_that_eye_also_while_both_are_seen(bench):
    mapper = bench.start(GazerHMD3D, right_model=MODELS["right_model"])
    stream = [a_look(eye, POINTS[0], 0.01 * k + 0.004 * eye) for k in range(5) for eye in (0, 1)]

    gaze = [datum.topic for pupil in stream for datum in mapper.map_gaze(pupil)]

    assert gaze == ["gaze.3d.0."] * 5


def test_the_originals_matching_holds_a_lone_eyes_data(bench):
    mapper = bench.start(GazerHMD3D, **MODELS, matching="pupil-2")

    released = [mapper.map_gaze(a_look(0, POINTS[0], k / 120)) for k in range(11)]

    assert released[:10] == [[]] * 10
    assert released[10][0].timestamp == 0.0


@pytest.mark.parametrize("gazer", [GazerHMD3D, PosthocGazerHMD3D, Gazer3D, NeonGazer3D])
def test_a_mapper_without_a_model_does_not_start(bench, gazer):
    with pytest.raises(PluginError, match="has no model"):
        bench.start(gazer, left_model={}, right_model={}, binocular_model={})


@pytest.mark.parametrize(
    ("model", "value", "text"),
    [
        ("right_model", {"eye_camera_to_world_matrix": [[1.0] * 4] * 3}, "4 rows of 4"),
        ("left_model", {"eye_camera_to_world_matrix": [[math.nan] * 4] * 4}, "finite"),
        ("right_model", {"gaze_distance": 500.0}, "eye_camera_to_world_matrix"),
        ("binocular_model", {"eye_camera_to_world_matrix0": M0}, "eye_camera_to_world_matrix1"),
        ("left_model", {"eye_camera_to_world_matrix": M1, "gaze_distance": -1}, "positive"),
    ],
)
def test_a_malformed_model_is_named(bench, model, value, text):
    with pytest.raises(ArgumentError, match=text) as caught:
        bench.start(GazerHMD3D, **{model: value})

    assert model in str(caught.value)


def calib_data(looks, y=1.0):
    pupils = [
        pupil_to_wire(seen(int(eye), list(more[:3]), list(more[3:]), t, sure, model_confidence=1.0))
        for eye, t, sure, _, *more in looks.rows[::2]
    ]
    references = [{"mm_pos": [x, y * up, z], "timestamp": t} for _, t, x, up, z in looks.references]
    return unpack(pack({"ref_list": references, "pupil_list": pupils}))


@pytest.mark.parametrize(("gazer", "y"), [(GazerHMD3D, 1.0), (PosthocGazerHMD3D, -1.0)])
def test_a_mapper_started_with_data_fits_first(bench, gazer, y):
    data = calib_data(FEW, y)

    mapper = bench.start(gazer, calib_data=data, eye_translations=TRANSLATIONS)
    before = mapper.map_gaze(a_look(0, POINTS[8]))
    bench.settle(60.0)

    assert before is None
    assert bench.subjects("calibration.") == [
        "calibration.setup.v2",
        "calibration.successful",
        "calibration.result.v2",
    ]
    assert set(bench.told("calibration.result.v2")["params"]) == set(MODELS)
    assert both(mapper, POINTS[8]).extra["gaze_point_3d"] == pytest.approx(POINTS[8], abs=15.0)


def test_a_fit_of_useless_data_is_told(bench):
    data = {"ref_list": [{"odd": 1}, 5], "pupil_list": [{"id": 7}, None]}

    mapper = bench.start(GazerHMD3D, calib_data=data, eye_translations=[[33, 0, 0], [-33, 0, 0]])
    bench.settle(60.0)

    assert bench.told("calibration.failed")["reason"] == "No pupil data to match"
    assert mapper.map_gaze(a_look(0, POINTS[0])) is None


def test_data_without_translations_are_refused_in_the_originals_words(bench):
    with pytest.raises(PluginError, match="initialised with valid eye translations"):
        bench.start(GazerHMD3D, calib_data={"ref_list": [], "pupil_list": []})


def test_a_world_camera_must_be_known_for_a_fit(bench):
    with pytest.raises(MessageError, match="projection_matrix"):
        bench.start(Gazer3D, calib_data={"ref_list": [], "pupil_list": []})


def test_a_world_cameras_calibration_is_fitted_first(bench):
    camera = {
        "width": 1280,
        "height": 720,
        "projection_matrix": [1000.0, 0.0, 640.0, 0.0, 1000.0, 360.0, 0.0, 0.0, 1.0],
    }
    data = calib_data(replace(FEW, latency=0.0, noise_deg=0.0))
    for entry in data["ref_list"]:
        x, up, z = entry.pop("mm_pos")
        entry["screen_pos"] = [640.0 + 1000.0 * x / z, 360.0 - 1000.0 * up / z]
    data["ref_list"] = data["ref_list"][::10]

    mapper = bench.start(Gazer3D, calib_data=data, world_camera=camera)
    bench.settle(60.0)

    gaze = both(mapper, POINTS[11])
    direction = np.array(gaze.extra["gaze_point_3d"]) / gaze.extra["gaze_point_3d"][2]
    assert direction == pytest.approx(POINTS[11] / POINTS[11][2], abs=0.02)


def test_stopping_ends_a_fit_under_way(bench):
    bench.start(
        GazerHMD3D, calib_data=calib_data(Looks()), eye_translations=[list(e) for e in EYES]
    )

    bench.stop("GazerHMD3D")
    bench.settle(60.0)

    assert "calibration.result.v2" not in bench.subjects()
