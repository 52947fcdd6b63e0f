"""What the fit process answers to a 3D calibration, against the truth of made-up eyes."""

import math
from dataclasses import replace

import numpy as np
import pytest
from looks_in_space import CENTERS, EYES, GOLDEN, ROTATIONS, Looks, at, normals_at, y_down

from gazed import pack, unpack
from gazed_plugins.calibration_3d.mapping import meet
from gazed_plugins.calibration_3d.vectors import degrees_between, unit
from gazed_plugins.hmd_calibration.fit_3d import answer

TRANSLATIONS_OFF = [[35.0, 0.0, 0.0], [-35.0, 0.0, 0.0]]
AHEAD = y_down([at(depth, right, 5.0) for depth in (600, 1000, 2000) for right in (-12, 0, 12)])


def matrices(params):
    model = params["binocular_model"]
    return [np.array(model[f"eye_camera_to_world_matrix{eye}"]) for eye in (0, 1)]


def gaze_with(params, points, eyes=EYES, centers=CENTERS):
    """Return where gaze points with a calibration when the true eyes look at points (n, 3)."""
    lines = []
    for eye, matrix in enumerate(matrices(params)):
        normals = normals_at(eye, points, eyes[eye]) @ matrix[:3, :3].T
        center = matrix[:3, :3] @ centers[eye] + matrix[:3, 3]
        lines.append((np.broadcast_to(center, normals.shape), normals))
    return meet([center for center, _ in lines], [normals for _, normals in lines])


def errors(params, points=AHEAD):
    found = gaze_with(params, points)
    ratios = np.linalg.norm(found, axis=1) / np.linalg.norm(points, axis=1)
    return degrees_between(unit(found), unit(points)), ratios


def numbers(value):
    if isinstance(value, dict):
        value = value.values()
    if isinstance(value, (list, tuple)) or not isinstance(value, (float, int, str, type(None))):
        return [number for entry in value for number in numbers(entry)]
    return [value] if isinstance(value, float) else []


@pytest.fixture(scope="module")
def usual():
    return answer(Looks().request())


def test_directions_and_distances_are_right(usual):
    off, ratios = errors(usual["params"])

    assert off.max() < 0.1
    assert ratios == pytest.approx(1.0, abs=0.05)


def test_the_original_finds_distances_much_worse():
    _, ratios = errors(answer(Looks().request(parity=True))["params"])

    assert np.abs(np.log(ratios)).min() > math.log(1.2)


def test_the_stated_quality_is_the_noise_that_was_put_in(usual):
    quality = usual["quality"]

    # Each eye has a tenth of a degree in two directions; the mean of both has less.
    assert quality["unit"] == "deg"
    assert quality["accuracy"] == pytest.approx(0.1, abs=0.02)
    assert quality["precision"] == pytest.approx(0.1, abs=0.02)
    assert quality["used"] == quality["total"] > 4000
    assert quality["scale"] == 1.0
    for figures in quality["eyes"].values():
        assert figures["fitted"]
        assert figures["accuracy"] == pytest.approx(0.14, abs=0.02)


def test_each_target_has_its_own_quality(usual):
    targets = usual["quality"]["targets"]

    assert [entry["position"] for entry in targets] == [
        pytest.approx(target, abs=1e-6) for target in GOLDEN
    ]
    assert all(entry["used"] == entry["total"] > 100 for entry in targets)
    assert all(0.0 < entry["accuracy"] < 0.3 for entry in targets)


def test_depth_is_told_for_each_distance(usual):
    depths = usual["quality"]["depth_ratio"]

    assert [entry["distance"] for entry in depths] == pytest.approx([614, 1024, 2047], abs=1)
    assert [entry["ratio"] for entry in depths] == pytest.approx([1.0] * 3, abs=0.05)


def test_matched_references_are_counted_for_each_eye(usual):
    assert usual["matched"] == {"0": 40 * len(GOLDEN), "1": 40 * len(GOLDEN)}


def test_a_wrong_distance_between_the_eyes_is_put_right():
    result = answer(Looks(noise_deg=0.05).request(translations=TRANSLATIONS_OFF))

    right, left = (result["quality"]["eyes"][eye]["position"] for eye in "01")
    _, ratios = errors(result["params"])
    assert right[0] - left[0] == pytest.approx(66.0, abs=1.6)
    assert ratios == pytest.approx(1.0, abs=0.05)


def test_targets_at_one_distance_leave_the_eyes_where_the_client_says():
    targets = [at(1000, right, up) for right in (-12, 0, 12) for up in (-10, 0, 10)]

    result = answer(Looks(targets).request(translations=TRANSLATIONS_OFF))

    assert result["quality"]["eyes"]["0"]["position"][0] == pytest.approx(35.0, abs=0.5)
    assert result["quality"]["accuracy"] < 0.2


@pytest.mark.parametrize(
    "wrong", [{3: at(1000, -9, 9)}, {k: at(1000, 0, 14 - 5 * k) for k in range(6)}]
)
def test_targets_not_looked_at_have_no_say(wrong):
    result = answer(Looks(elsewhere=wrong).request())

    off, _ = errors(result["params"])
    assert off.max() < 0.15
    targets = result["quality"]["targets"]
    assert all(targets[k]["accuracy"] is None or targets[k]["used"] == 0 for k in list(wrong)[:1])


@pytest.mark.parametrize("latency", [0.15, 0.2, 0.25])
def test_the_wearers_reaction_time_lies_in_the_range_that_is_told(latency):
    quality = answer(Looks(latency=latency).request())["quality"]

    low, high = quality["latency_range_ms"]
    assert low - 20.0 <= 1000 * latency <= high + 20.0
    assert quality["latency_ms"] == pytest.approx(1000 * latency, abs=70.0)


def test_data_from_before_the_reaction_have_no_say():
    late = answer(Looks(latency=0.25).request())

    assert errors(late["params"])[0].max() < 0.1
    assert late["quality"]["used"] / late["quality"]["total"] > 0.98


def test_blinks_cost_data_and_nothing_else():
    blinks = [(100.4 + 1.7 * k, 100.7 + 1.7 * k) for k in range(12)]

    result = answer(Looks(blinks=blinks).request())

    assert errors(result["params"])[0].max() < 0.15


def test_an_eye_model_that_still_learns_does_not_spoil_the_calibration():
    learning = Looks(center_off=(1.0, 0.5, 2.0))

    assert errors(answer(learning.request())["params"])[0].max() < 0.15


def test_gaze_follows_when_the_headset_slips(usual):
    slip = np.array([0.6, 0.6, 0.5])
    eyes = [eye + slip for eye in EYES]
    centers = [
        center + slip @ rotation for center, rotation in zip(CENTERS, ROTATIONS, strict=True)
    ]

    found = gaze_with(usual["params"], AHEAD, eyes, centers)

    assert degrees_between(unit(found), unit(AHEAD)).max() < 0.1


@pytest.mark.parametrize("eye", [0, 1])
def test_one_eye_alone_is_calibrated_and_says_how_well(eye):
    result = answer(Looks(eyes=(eye,)).request())

    params, quality = result["params"], result["quality"]
    mine, other = ("right_model", "left_model")[:: 1 if eye == 0 else -1]
    assert params[mine]["gaze_distance"] == pytest.approx(1025, abs=2)
    assert params[other] == params["binocular_model"] == {}
    assert quality["eyes"][str(eye)]["accuracy"] < 0.2
    assert not quality["eyes"][str(1 - eye)]["fitted"]
    # Without vergence, targets nearer or farther than usual are seen beside where they are.
    assert 0.3 < quality["accuracy"] < 2.0
    assert quality["depth_ratio"] == []


def test_an_eye_that_looks_elsewhere_is_left_out():
    good, lost = Looks(eyes=(0,)), Looks(GOLDEN[::-1], eyes=(1,))

    result = answer(good.request(pupils=good.rows + lost.rows))

    assert result["params"]["right_model"]
    assert result["params"]["left_model"] == {}
    assert not result["quality"]["eyes"]["1"]["fitted"]


@pytest.mark.parametrize("count", [3, 4, 5, 7, 9, 18])
def test_targets_unrelated_to_the_eyes_are_a_failure(count):
    dice = np.random.default_rng(count)
    shown, seen = ([at(1000, *dice.uniform(-12, 12, 2)) for _ in range(count)] for _ in range(2))

    result = answer(Looks(shown, elsewhere=dict(enumerate(seen))).request())

    assert result["reason"].startswith("The eyes do not follow the targets")
    assert "params" not in result
    assert result["matched"]["0"] == 40 * count


def test_one_spot_is_a_failure():
    result = answer(Looks([at(1000, 3, 3)] * 8).request())

    assert "saw 1 different targets" in result["reason"]


def test_one_narrow_spot_is_a_failure():
    near = [at(1000, 1.2 * math.cos(k), 1.2 * math.sin(k)) for k in range(8)]

    assert "degrees of one spot only" in answer(Looks(near).request())["reason"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"pupils": []}, "No pupil data to match"),
        ({"confidence": 1.1}, "No pupil data to match"),
        ({"references": []}, "No reference data to match"),
        ({"references": [(-1, 900.0, 0.0, 0.0, 1000.0)]}, "Not sufficient data available."),
    ],
)
@pytest.mark.parametrize("parity", [False, True])
def test_missing_data_are_named_as_the_original_names_them(changes, reason, parity):
    request = Looks(GOLDEN[:3]).request(parity=parity)

    assert answer({**request, **changes})["reason"] == reason


def test_a_y_axis_the_wrong_way_round_is_suspected():
    looks = Looks(seed=3)
    mirrored = [(eye, t, x, -y, z) for eye, t, x, y, z in looks.references]

    assert "y pointed the other way" in answer(looks.request(references=mirrored))["reason"]


@pytest.mark.parametrize(("ahead", "words"), [(3.0, "s earlier"), (-3.0, "s later")])
def test_a_clock_that_is_off_is_suspected(ahead, words):
    looks = Looks(seed=3)
    shifted = [(eye, t + ahead, *position) for eye, t, *position in looks.references]

    reason = answer(looks.request(references=shifted))["reason"]

    assert words in reason
    assert "check the clock" in reason


def test_a_validation_judges_the_parameters_it_is_given(usual):
    later = Looks(seed=9, begin=500.0)

    result = answer(unpack(pack(later.request(params=usual["params"]))))

    assert result["quality"]["accuracy"] == pytest.approx(0.1, abs=0.03)
    assert result["quality"]["latency_ms"] == pytest.approx(200.0, abs=70.0)


def test_a_validation_sees_that_gaze_is_off(usual):
    params = unpack(pack(usual["params"]))
    turn = np.eye(4)
    turn[:3, :3] = [
        [math.cos(0.03), 0, math.sin(0.03)],
        [0, 1, 0],
        [-math.sin(0.03), 0, math.cos(0.03)],
    ]
    for eye in (0, 1):
        key = f"eye_camera_to_world_matrix{eye}"
        params["binocular_model"][key] = (turn @ params["binocular_model"][key]).tolist()

    quality = answer(Looks(seed=9).request(params=params))["quality"]

    assert quality["accuracy"] == pytest.approx(math.degrees(0.03), abs=0.15)


def test_a_validation_of_one_eyes_model_judges_that_eye():
    params = answer(Looks(eyes=(1,)).request())["params"]

    quality = answer(Looks(seed=9).request(params=params))["quality"]

    assert quality["eyes"]["1"]["accuracy"] < 0.2
    assert not quality["eyes"]["0"]["fitted"]


def test_a_validation_without_a_3d_model_fails():
    empty = {"left_model": {}, "right_model": {}, "binocular_model": {}}

    assert "no 3D model" in answer(Looks().request(params=empty))["reason"]


def test_a_validation_whose_gaze_is_nowhere_near_fails(usual):
    elsewhere = Looks([at(1000, x + 25, 20) for x in (-10, 0, 10)])
    shown = Looks([at(1000, x, -10) for x in (-10, 0, 10)]).references

    result = answer(elsewhere.request(references=shown, params=usual["params"]))

    assert result["reason"] == "Gaze never came within 5 degrees of a target."


def test_references_sent_twice_change_nothing(usual):
    looks = Looks()
    twice = [row for row in looks.references for _ in (0, 1)]

    assert answer(looks.request(references=twice))["params"] == usual["params"]


def test_a_target_that_moves_calibrates_too():
    steps = 40 * 20
    way = [at(1000, 12 * math.sin(k / 60), 9 * math.sin(k / 37)) for k in range(steps)]
    references = [(-1.0, 100.0 + k / 40, *place) for k, place in enumerate(way)]
    times = 100.0 + np.arange(steps * 3) / 120
    places = np.stack(
        [np.interp(times, [row[1] for row in references], axis) for axis in y_down(way).T], axis=1
    )
    rows = [
        (eye, t, 1.0, 1.0, *CENTERS[eye], *normal)
        for eye in (0, 1)
        for t, normal in zip(times.tolist(), normals_at(eye, places), strict=True)
    ]

    result = answer(Looks().request(pupils=rows, references=references))

    assert errors(result["params"])[0].max() < 0.3


def test_every_number_of_an_answer_is_finite_and_packs():
    for looks in (Looks(), Looks(eyes=(0,)), Looks(GOLDEN[:4]), Looks(GOLDEN[:3], noise_deg=0.0)):
        result = unpack(pack(answer(looks.request())))

        assert all(map(math.isfinite, numbers(result)))


@pytest.mark.parametrize("seed", range(6))
def test_random_damage_ends_in_a_result_or_a_reason(seed):
    dice = np.random.default_rng(seed)
    looks = Looks(GOLDEN[:6], seed=seed)
    rows = np.array(looks.rows)[dice.permutation(len(looks.rows))[: dice.integers(1, 1500)]]
    references = np.array(looks.references)[dice.permutation(240)[: dice.integers(1, 240)]]
    references[:, 1] += dice.choice([0.0, 0.5, -40.0])
    references[dice.integers(len(references)), 2:] = dice.choice([0.0, 1e6, -1.0])
    rows[dice.integers(len(rows)), 4:] = dice.choice([0.0, np.nan, 1e6])

    result = answer(looks.request(pupils=rows.tolist(), references=references.tolist()))

    assert ("params" in result) != ("reason" in result)


def test_a_flood_of_references_ends_in_a_reason():
    dice = np.random.default_rng(1)
    flood = [(-1, 100 + k / 1000, *dice.uniform(-500, 500, 3)) for k in range(20_000)]

    assert "reason" in answer(Looks(GOLDEN[:6]).request(references=flood))


def test_the_original_fit_can_be_had_with_its_own_constants():
    result = answer(Looks(latency=0.0).request(parity=True))

    assert result["quality"]["scale"] == 0.7
    assert result["quality"]["latency_ms"] == 0.0
    assert result["params"]["right_model"]["gaze_distance"] == 500.0


def test_a_lazy_wearer_spoils_the_original_but_not_ours():
    lazy = Looks(latency=0.25, elsewhere={2: at(1000, -12, -9)})

    ours, original = (errors(answer(lazy.request(parity=p))["params"])[0] for p in (False, True))

    assert ours.mean() < 0.1 < original.mean()


def test_a_short_look_is_enough():
    short = replace(Looks(), targets=[at(1000, *angles) for angles in ((-10, 0), (10, 0), (0, 8))])

    assert errors(answer(short.request())["params"], AHEAD[3:6])[0].max() < 0.5
