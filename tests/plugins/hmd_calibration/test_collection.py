"""What a calibration gathers."""

import io
import math

import msgpack
import pytest
from harness import a_pupil

from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.collection import Collection

IN_3D = {"sphere": {"center": [0, 0, 35]}, "circle_3d": {"normal": [0, 0, -1]}}
GOOD = {"timestamp": 1.0, "norm_pos": [0.5, 0.25]}


def gather(collection, *entries):
    for entry in entries:
        collection.add_reference(msgpack.packb(entry))


def targets(collection):
    return entries(collection.targets["norm_pos"])


def entries(packed):
    found = list(msgpack.Unpacker(io.BytesIO(packed.data)))
    assert len(found) == packed.count
    return found


@pytest.mark.parametrize(
    "entry",
    [
        "text",
        {"norm_pos": [0.5, 0.5]},
        {"timestamp": 1.0},
        {**GOOD, "norm_pos": [0.5]},
        {**GOOD, "norm_pos": [0.5, "x"]},
        {**GOOD, "norm_pos": [0.5, 1e300]},
        {**GOOD, "timestamp": math.nan},
        {**GOOD, "timestamp": True},
        {**GOOD, "id": 7},
        {**GOOD, "id": [0]},
        {**GOOD, "mm_pos": [1, 2]},
    ],
)
def test_a_malformed_reference_is_skipped_and_counted(entry):
    collection = Collection()

    gather(collection, entry, GOOD)

    assert collection.counts()["malformed_references"] == 1
    assert targets(collection) == [[-1, 1.0, 0.5, 0.25]]


@pytest.mark.parametrize(("entry", "eye"), [({}, -1), ({"id": None}, -1), ({"id": 1}, 1)])
def test_a_reference_counts_for_the_eye_it_names_or_for_both(entry, eye):
    collection = Collection()

    gather(collection, {**GOOD, **entry})

    assert [target[0] for target in targets(collection)] == [eye]


def test_of_two_kinds_of_references_the_one_with_pupil_data_is_taken_and_3d_first():
    collection = Collection()
    assert collection.kind() is None

    gather(collection, {**GOOD, "mm_pos": [0, 0, 500]})
    assert collection.kind() == "mm_pos"

    collection.add_pupil(a_pupil(0, 1.0))
    assert collection.kind() == "norm_pos"

    collection.add_pupil(a_pupil(0, 1.0, method="3d", tag="3d", extra=IN_3D))
    assert collection.kind() == "mm_pos"


def test_only_2d_data_within_reason_are_for_the_2d_fit():
    collection = Collection(Census(0.6))

    collection.add_pupil(a_pupil(0, 1.0, 0.5))
    collection.add_pupil(a_pupil(0, 1.0, 0.7, norm_pos=(0.1, 0.2)))
    collection.add_pupil(a_pupil(0, 1.0, method="pye3d 0.3 real-time", tag="3d"))
    collection.add_pupil(a_pupil(0, 1.0, norm_pos=(1e200, 0.0)))

    assert entries(collection.rows["norm_pos"]) == [[0, 1.0, 0.1, 0.2]]
    assert collection.counts()["pupil_data"] == 4
    assert [datum["confidence"] for datum in entries(collection.pupils["norm_pos"])] == [0.5, 0.7]
    assert entries(collection.pupils["mm_pos"]) == []


def test_more_data_than_fit_into_a_message_are_refused_and_counted():
    collection = Collection(pupil_bytes=1000, reference_bytes=100)

    for k in range(20):
        collection.add_pupil(a_pupil(0, float(k)))
    gather(collection, *({**GOOD, "timestamp": float(k)} for k in range(20)))

    counts = collection.counts()
    assert counts["pupil_data"] + counts["refused_pupil_data"] == 20
    assert counts["references"] + counts["refused_references"] == 20
    assert counts["refused_pupil_data"] > 0
    assert counts["refused_references"] > 0
    assert len(targets(collection)) == counts["references"]
