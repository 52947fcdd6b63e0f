"""What the wire format accepts, refuses and promises."""

from __future__ import annotations

import msgpack
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gazed import (
    Ellipse,
    Gaze,
    MessageError,
    Notification,
    Pupil,
    gaze_from_wire,
    gaze_to_wire,
    pack,
    pupil_from_wire,
    pupil_to_wire,
    unpack,
)

PUPIL = Pupil(
    eye=1,
    timestamp=12.5,
    confidence=1.0,
    norm_pos=(0.25, 0.75),
    diameter=40.0,
    ellipse=Ellipse((48.0, 48.0), (38.0, 40.0), 12.0),
    extra={"model_birth_timestamp": 3.0},
)


def test_text_sent_as_bin_arrives_as_text():
    payload = msgpack.packb({b"subject": b"start_plugin", b"args": {b"name": [b"x"]}})

    assert unpack(payload) == {"subject": "start_plugin", "args": {"name": ["x"]}}


def test_bytes_that_are_no_text_stay_bytes():
    assert unpack(msgpack.packb({"uuid": b"\xff\xfe"})) == {"uuid": b"\xff\xfe"}


def test_integer_keys_become_text():
    assert unpack(msgpack.packb({0: "right", 1: "left"})) == {"0": "right", "1": "left"}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xc1",
        b"not msgpack",
        msgpack.packb([1]),
        msgpack.packb(5),
        msgpack.packb({"a": 1}) + b"x",
    ],
)
def test_what_is_not_one_map_is_refused(payload):
    with pytest.raises(MessageError):
        unpack(payload)


def test_a_payload_nested_too_deep_is_refused():
    with pytest.raises(MessageError):
        unpack(b"\x81\xa1a" * 400 + b"\xc0")


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_message_error(payload):
    try:
        unpack(payload)
    except MessageError:
        return


@given(
    st.dictionaries(
        st.sampled_from(
            ["id", "timestamp", "confidence", "norm_pos", "diameter", "ellipse", "method"]
        ),
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats()
        | st.just("2d")
        | st.lists(st.floats()),
    )
)
def test_no_map_makes_reading_a_pupil_raise_anything_but_a_message_error(fields):
    try:
        pupil_from_wire("pupil.0.2d", fields)
    except MessageError:
        return


def test_a_pupil_survives_the_way_over_the_bus():
    fields = unpack(pack(pupil_to_wire(PUPIL)))

    assert pupil_from_wire("pupil.1.2d", fields) == PUPIL


def test_a_gaze_datum_survives_the_way_over_the_bus_with_whole_pupil_data():
    gaze = Gaze("gaze.2d.1.", 12.5, 0.9, (PUPIL,), (0.5, 0.5))

    fields = unpack(pack(gaze_to_wire(gaze)))

    assert gaze_from_wire("gaze.2d.1.", fields) == gaze
    assert fields["base_data"][0]["topic"] == "pupil.1.2d"


def test_numbers_of_numpy_leave_as_float64_and_lists():
    packed = pack({"value": np.float32(0.5), "count": np.int64(3), "vector": np.zeros(2)})

    assert msgpack.unpackb(packed) == {"value": 0.5, "count": 3, "vector": [0.0, 0.0]}
    assert b"\xca" not in packed


def test_whole_numbers_sent_for_reals_are_reals_again_in_what_we_publish():
    sent = {**pupil_to_wire(PUPIL), "confidence": 1, "timestamp": 5, "norm_pos": [0, 1]}

    fields = pupil_to_wire(pupil_from_wire("pupil.1.2d", sent))

    assert [type(fields[key]) for key in ("confidence", "timestamp")] == [float, float]
    assert [type(value) for value in fields["norm_pos"]] == [float, float]


def test_a_missing_field_is_named():
    fields = pupil_to_wire(PUPIL)
    del fields["confidence"]

    with pytest.raises(MessageError, match="confidence is missing"):
        pupil_from_wire("pupil.1.2d", fields)


def test_the_subject_of_a_notification_is_its_topic_whatever_the_payload_says():
    notification = Notification([b"notify.calibration.should_stop", pack({"record": True})])

    assert notification.subject == "calibration.should_stop"
    assert notification["record"] is True


@pytest.mark.parametrize(
    "frames", [[], [b"notify.x"], [b"notify.", b"\x80"], [b"\xff\xfe", b"\x80"]]
)
def test_a_notification_without_payload_or_subject_is_refused(frames):
    with pytest.raises(MessageError):
        Notification(frames)
