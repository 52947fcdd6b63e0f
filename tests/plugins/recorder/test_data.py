"""What of the bus is stored, and how."""

import math

import msgpack
import numpy as np
import pytest

from gazed import MessageError
from gazed_plugins.recorder.data import file_key, storable


def test_a_clean_datum_is_stored_byte_for_byte():
    payload = msgpack.packb({"topic": "pupil.0.2d", "timestamp": 1.5, "values": [1, 2.0, None]})

    assert storable("pupil.0.2d", payload) == (payload, 1.5)


@pytest.mark.parametrize(
    "fields",
    [
        {b"topic": b"annotation", b"timestamp": 3.0, b"label": b"x"},
        {"timestamp": 3, "label": "x"},
        {"topic": "annotation", "timestamp": 3, "label": "x"},
    ],
)
def test_old_spellings_are_put_right(fields):
    payload, timestamp = storable("annotation", msgpack.packb(fields))

    assert timestamp == 3.0
    stored = msgpack.unpackb(payload)
    assert stored == {"topic": "annotation", "timestamp": 3.0, "label": "x"}
    assert type(stored["timestamp"]) is float


def test_a_short_float_becomes_a_long_one():
    fields = {"topic": "annotation", "timestamp": 1.5}
    payload = msgpack.packb(fields, use_single_float=True)

    assert storable("annotation", payload)[1] == 1.5


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        msgpack.packb([1, 2]),
        msgpack.packb({"topic": "x"}),
        msgpack.packb({"topic": "x", "timestamp": "now"}),
        msgpack.packb({"topic": "x", "timestamp": True}),
        msgpack.packb({"topic": "x", "timestamp": math.nan}),
        msgpack.packb({"topic": "x", "timestamp": float(np.inf)}),
    ],
)
def test_what_is_no_datum_is_refused(payload):
    with pytest.raises(MessageError):
        storable("x", payload)


@pytest.mark.parametrize(
    ("topic", "key"),
    [
        ("pupil.0.2d", "pupil"),
        ("pupil.1", "pupil"),
        ("pupil.0.my.detector", "pupil_other"),
        ("pupil.2.2d", "pupil_other"),
        ("gaze.3d.01.", "gaze"),
        ("notify.calibration.result.v2", "notify"),
        ("annotation", "annotation"),
        ("frame.eye.0", None),
        ("frame_x", None),
        ("dt", None),
        ("depth_frame", None),
        ("../../etc/passwd", None),
        ("a/b.c", None),
        ("", None),
    ],
)
def test_the_first_part_of_the_topic_names_the_file(topic, key):
    assert file_key(topic) == key
