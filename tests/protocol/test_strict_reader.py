"""A strict client reads all that a service with two eyes and a mapper says (laws 1, 7, 8)."""

from __future__ import annotations

import time
from collections import Counter
from itertools import pairwise

import msgpack
import pytest
from protocol.kinds import StrictError
from protocol.raw import RawClient, fields_of
from protocol.running import SIMULATED, running, start_eye
from protocol.strict import check_message
from protocol.synthetic import IDENTITY, pupil

GOOD = {**pupil(0, 1.0, (0.5, 0.5)), "ellipse": {"center": [1.0, 2.0], "axes": [3.0, 4.0]}}
GOOD["ellipse"]["angle"] = 0.5
EXACT = {
    *("pupil.0.2d", "pupil.1.2d", "pupil.0.3d", "pupil.1.3d"),
    *("gaze.2d.0.", "gaze.2d.1.", "frame.eye.0", "frame.eye.1"),
}


@pytest.fixture(scope="module")
def tracking():
    """A client of a service with both simulated eyes and a mapper, which hears everything."""
    with running(SIMULATED) as daemon, RawClient(daemon.port) as client:
        for eye in (0, 1):
            start_eye(daemon, eye)
        client.subscribe(b"")
        client.notify("start_plugin", name="Gaze_Mapper_HMD_2D", args=IDENTITY)
        missing, end = set(EXACT), time.monotonic() + 10
        while missing:
            assert time.monotonic() < end, f"nothing on {missing}"
            missing.discard(client.receive()[0].decode())
        yield client


@pytest.fixture(scope="module")
def heard(tracking):
    """All messages of some seconds."""
    return _listened(tracking, 4.0)


@pytest.mark.parametrize("seconds", [5.0, pytest.param(60.0, marks=pytest.mark.long)])
def test_law_1_a_strict_reader_accepts_every_message_of_a_running_service(tracking, seconds):
    seen = Counter()
    for message in _listened(tracking, seconds):
        check_message(message)
        seen[message[0].decode()] += 1

    assert all(seen[topic] > 5 * seconds for topic in EXACT), seen


def test_law_7_data_have_exactly_these_topics_and_only_pictures_have_a_third_frame(heard):
    prefixes = (b"pupil", b"gaze", b"frame", b"blinks", b"surfaces", b"fixations")
    data = [message for message in heard if message[0].startswith(prefixes)]

    assert {message[0].decode() for message in data} - {"blinks"} == EXACT
    for topic, _, *raw in data:
        assert len(raw) == topic.startswith(b"frame."), topic
        assert all(picture[:2] == b"\xff\xd8" for picture in raw)


def test_law_8_the_base_of_a_gaze_datum_is_the_whole_pupil_datum(heard):
    pupils, compared = {}, 0
    for message in heard:
        fields = fields_of(message)
        if message[0].startswith(b"pupil."):
            pupils[fields["topic"], fields["timestamp"]] = fields
        elif message[0].startswith(b"gaze."):
            for base in fields["base_data"]:
                published = pupils.get((base["topic"], base["timestamp"]), base)
                assert base == published
                compared += published is not base

    assert compared > 20


def test_a_pupil_datum_comes_within_its_eye_in_the_order_of_time(heard):
    for eye in (0, 1):
        topic = b"pupil.%d.2d" % eye
        times = [fields_of(message)["timestamp"] for message in heard if message[0] == topic]
        assert times == sorted(set(times))


def test_the_picture_comes_before_what_was_found_in_it(heard):
    for eye in (0, 1):
        pictures = set()
        first = None
        for message in heard:
            if message[0] == b"frame.eye.%d" % eye:
                pictures.add(fields_of(message)["timestamp"])
                first = first or min(pictures)
            elif message[0] == b"pupil.%d.2d" % eye and first:
                assert fields_of(message)["timestamp"] in pictures


def test_a_new_mapper_takes_over_without_a_gap_of_half_a_second(tracking):
    arrivals = []
    tracking.notify("start_plugin", name="Gaze_Mapper_HMD_2D", args=IDENTITY)
    end = time.monotonic() + 2
    while time.monotonic() < end:
        if tracking.receive()[0] == b"gaze.2d.0.":
            arrivals.append(time.monotonic())

    assert max(after - before for before, after in pairwise(arrivals)) < 0.5


def test_the_strict_reader_accepts_a_datum_as_the_spec_has_it():
    check_message(_packed(GOOD))


@pytest.mark.parametrize(
    "change",
    [
        {"confidence": 1},
        {"timestamp": 0},
        {"diameter": None},
        {"norm_pos": [0.5, 0.5, 0.5]},
        {"norm_pos": [0.5, 0]},
        {"norm_pos": {"x": 0.5, "y": 0.5}},
        {"ellipse": {"center": [1.0, 2.0], "axes": [3.0, 4.0]}},
        {"id": 2},
        {"id": 1.0},
        {"method": "3d c++"},
        {"method": b"2d c++"},
        {"confidence": 1.5},
        {"topic": "pupil.1.2d"},
        {"more": msgpack.ExtType(13, b"x")},
        {"more": {1: "one"}},
        {"more": {b"key": "one"}},
    ],
)
def test_the_strict_reader_refuses_what_clients_throw_at(change):
    with pytest.raises(StrictError):
        check_message(_packed({**GOOD, **change}))


def test_the_strict_reader_refuses_float32_and_what_is_missing_or_left_over():
    topic, payload = _packed(GOOD)
    single = msgpack.packb({**GOOD, "more": 0.1}, use_single_float=True)
    without = {key: value for key, value in GOOD.items() if key != "ellipse"}

    for bad in (single, payload + b"\x00", payload[:-1], msgpack.packb(without), b"\x90"):
        with pytest.raises(StrictError):
            check_message([topic, bad])


def _packed(fields):
    return [b"pupil.0.2d", msgpack.packb(fields)]


def _listened(client, seconds):
    messages = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        messages.append(client.receive())
    return messages
