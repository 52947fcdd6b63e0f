"""Eye pictures that a client publishes, and everything a client may get wrong in them."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import numpy as np
import pytest
import zmq
from daemon import MINIMAL
from harness import Bench

from gazed import Clock, MessageError, PluginError, pack
from gazed_plugins.hmd_streaming import HMDStreamingSource
from gazed_plugins.hmd_streaming.image import image_from

TOPIC = "hmd_streaming.eye0"
HEIGHT, WIDTH = 4, 6
MATRIX = [200.0, 0.0, 96.0, 0.0, 210.0, 96.0, 0.0, 0.0, 1.0]
WITHOUT_EYES = MINIMAL + '[[start_plugin]]\nname = "Eye_Processes"\nargs = { eyes = [] }\n'


def fields_of(layout="gray", **more):
    usual = {
        "topic": TOPIC,
        "format": layout,
        "width": WIDTH,
        "height": HEIGHT,
        "index": 7,
        "timestamp": 1.5,
        "projection_matrix": MATRIX,
    }
    return {**usual, **more}


def pixels(depth):
    shape = (HEIGHT, WIDTH, depth) if depth > 1 else (HEIGHT, WIDTH)
    return np.arange(HEIGHT * WIDTH * depth, dtype=np.uint8).reshape(shape)


def test_gray_and_bgr_are_taken_as_they_are():
    gray = image_from(fields_of("gray"), [pixels(1).tobytes()])
    bgr = image_from(fields_of("bgr"), [pixels(3).tobytes()])

    assert np.array_equal(gray.gray, pixels(1))
    assert gray.bgr is None
    assert np.array_equal(bgr.bgr, pixels(3))
    assert np.array_equal(bgr.gray, pixels(3).astype(int).sum(axis=2) // 3)


def test_rgb_comes_bottom_first_and_is_put_upright_in_colour_and_gray():
    image = image_from(fields_of("rgb"), [pixels(3).tobytes()])

    upright = pixels(3)[::-1]
    assert np.array_equal(image.bgr, upright[:, :, ::-1])
    assert np.array_equal(image.gray, upright.astype(int).sum(axis=2) // 3)
    assert image.gray.flags["C_CONTIGUOUS"]


@pytest.mark.parametrize("matrix", [MATRIX, [MATRIX[0:3], MATRIX[3:6], MATRIX[6:9]]])
def test_the_focal_length_is_read_off_the_projection_matrix_flat_or_nested(matrix):
    image = image_from(fields_of(projection_matrix=matrix), [pixels(1).tobytes()])

    assert image.focal_length_px == 205.0


def test_without_index_and_matrix_a_picture_is_still_one():
    fields = fields_of()
    del fields["index"], fields["projection_matrix"]

    image = image_from(fields, [pixels(1).tobytes()])

    assert (image.index, image.focal_length_px) == (None, None)


@pytest.mark.parametrize(
    ("more", "raw", "problem"),
    [
        ({"format": "yuv"}, None, "not one of rgb, bgr, gray"),
        ({"format": ["gray"]}, None, "not one of rgb, bgr, gray"),
        ({"width": 7}, None, "24 bytes, not 7 x 4 x 1"),
        ({}, [], "0 bytes"),
        ({"height": 0}, None, "height is 0"),
        ({"height": 2.5}, None, "height is 2.5"),
        ({"width": "6"}, None, "width is '6', not a number"),
        ({"width": math.nan}, None, "width"),
        ({"width": 1e300}, None, "width"),
        ({"timestamp": None}, None, "timestamp is None"),
        ({"timestamp": math.inf}, None, "timestamp is inf"),
        ({"timestamp": True}, None, "timestamp is True"),
        ({"projection_matrix": [1.0, 2.0]}, None, "projection_matrix"),
        ({"projection_matrix": "f"}, None, "projection_matrix"),
        ({"projection_matrix": [0.0] * 9}, None, "projection_matrix"),
        ({"projection_matrix": [math.nan] * 9}, None, "projection_matrix"),
    ],
)
def test_what_is_no_picture_is_refused_by_a_sentence(more, raw, problem):
    with pytest.raises(MessageError, match=problem):
        image_from(fields_of(**more), [pixels(1).tobytes()] if raw is None else raw)


@pytest.fixture
def bus(tmp_path):
    """A bench for eye 0 and the socket of a client that publishes to it."""
    with Bench(tmp_path, "eye0") as bench, zmq.Context() as context:
        bench.clock = Clock(tmp_path / "clock")
        client = context.socket(zmq.XPUB)
        client.linger = 0
        port = client.bind_to_random_port("tcp://127.0.0.1")
        endpoint = f"tcp://127.0.0.1:{port}"
        bench.connection = replace(bench.connection, local_subscribe=endpoint)
        bench.start(HMDStreamingSource, topics=[TOPIC])
        assert client.poll(5000)
        client.recv()
        yield bench, client
        client.close()


def send(client, *timestamps, layout="gray", **more):
    for timestamp in timestamps:
        fields = fields_of(layout, timestamp=timestamp, **more)
        client.send_multipart([TOPIC.encode(), pack(fields), pixels(1).tobytes()])


def frames(bench, seconds=2.0):
    """Return the next frame that comes within some seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = bench.call("read_frame")
        if found:
            return found[0]
    return None


def test_a_picture_becomes_a_frame_with_its_senders_time(bus):
    bench, client = bus
    send(client, 3.25)

    frame = frames(bench)

    assert (frame.eye, frame.index, frame.timestamp) == (0, 7, 3.25)
    assert np.array_equal(frame.gray, pixels(1))
    assert frame.focal_length_px == 205.0
    assert 0.0 <= bench.clock.now() - frame.received < 5.0
    assert bench.subjects("capture.") == ["capture.looking", "capture.streaming"]


def test_a_sender_with_another_clock_is_told_of(bus, caplog):
    bench, client = bus
    send(client, bench.clock.now() + 3600.0)

    frames(bench)

    assert "+3600 s away from the service's clock" in caplog.text
    assert len(bench.told("capture.streaming")["notes"]) == 1


def test_a_sender_with_the_services_clock_is_not(bus, caplog):
    bench, client = bus
    send(client, bench.clock.now())

    frames(bench)

    assert bench.told("capture.streaming")["notes"] == []
    assert not caplog.records


def test_the_newest_of_several_counts_and_the_others_are_counted(bus):
    bench, client = bus
    send(client, 1.0)
    assert frames(bench).timestamp == 1.0
    send(client, *(2.0 + index for index in range(10)))
    newest = 0.0
    while newest < 11.0:
        newest = frames(bench).timestamp

    bench.send("capture.should_report")

    counters = bench.told("capture.report")["counters"]
    assert counters["frames"] + counters["dropped"] == 11


def test_a_time_that_does_not_rise_is_refused_once_with_a_sentence(bus, caplog):
    bench, client = bus
    for timestamp in (5.0, 5.0, 4.0):
        send(client, timestamp)
        frames(bench, 0.2)
    send(client, 6.0)

    assert frames(bench).timestamp == 6.0
    assert caplog.text.count("does not rise") == 1
    bench.send("capture.should_report")
    assert bench.told("capture.report")["counters"]["refused"] == 2


def test_after_the_clock_was_set_times_may_begin_anew(bus):
    bench, client = bus
    send(client, 5000.0)
    assert frames(bench)

    bench.clock.set(10.0)
    send(client, 10.0)

    assert frames(bench).timestamp == 10.0


def test_a_change_of_state_has_the_fields_that_all_sources_give(bus):
    bench, _ = bus

    told = bench.told("capture.looking")

    assert (told["state"], told["camera"], told["notes"]) == ("looking", None, [])
    assert told["timestamp"] == pytest.approx(bench.clock.now(), abs=5.0)
    assert told["counters"]["frames"] == 0


def test_what_only_a_camera_can_do_is_refused(bus):
    bench, _ = bus
    bench.send("capture.should_set_mode", eye_id=1, frame_size=[192, 192], frame_rate=120)
    assert "capture.refused" not in bench.subjects("capture.")

    bench.send("capture.should_set_mode", frame_size=[192, 192], frame_rate=120)

    assert "the sender of the pictures decides" in bench.told("capture.refused")["reason"]


def test_a_sender_that_falls_silent_is_told_of_and_may_begin_anew(bus):
    bench, client = bus
    send(client, 50.0)
    frames(bench)

    assert frames(bench, 1.3) is None
    send(client, 1.0)

    assert frames(bench).timestamp == 1.0
    states = [subject.removeprefix("capture.") for subject in bench.subjects("capture.")]
    assert states == ["looking", "streaming", "stalled", "streaming"]


@pytest.mark.parametrize(
    "payload", [b"\xc1", b"", pack({"format": "gray"}), pack(fields_of("holo"))]
)
def test_rubbish_on_the_topic_harms_nothing(bus, caplog, payload):
    bench, client = bus
    client.send_multipart([TOPIC.encode(), payload])
    client.send_multipart([TOPIC.encode()])
    frames(bench, 0.3)
    send(client, 2.0)

    assert frames(bench).timestamp == 2.0
    assert "is refused" in caplog.text


@pytest.mark.parametrize(
    "topics",
    [[], ["hmd_streaming.world"], ["hmd_streaming.eye1"], ["hmd_streaming.eye0", ""]],
)
def test_it_must_be_told_where_this_eyes_pictures_come(tmp_path, topics):
    with Bench(tmp_path, "eye0") as bench, pytest.raises(PluginError, match=TOPIC):
        bench.start(HMDStreamingSource, topics=topics)


def test_pictures_of_a_client_become_pupil_data_in_a_real_service(start_daemon):
    daemon = start_daemon(WITHOUT_EYES)
    picture = np.full((120, 160), 180, np.uint8)
    with daemon.client() as client:
        client.subscribe("notify.", "pupil.0.")
        client.notify("eye_process.should_start.0", eye_id=0)
        args = {"topics": [TOPIC], "hwm": 1}
        client.notify("start_eye_plugin", target="eye0", name="HMD_Streaming_Source", args=args)
        client.wait_for("plugin.started", name="HMD_Streaming_Source")

        end, timestamp, message = time.monotonic() + 10, 100.0, None
        while time.monotonic() < end and not (message and message[0] == "pupil.0.2d"):
            timestamp += 0.01
            fields = fields_of("gray", width=160, height=120, timestamp=timestamp)
            client.publish(TOPIC, fields, picture.tobytes())
            message = client.receive(0.02)

        assert message, daemon.log()
        assert 100.0 < message[1]["timestamp"] <= timestamp
