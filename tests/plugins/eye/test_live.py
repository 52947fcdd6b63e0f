"""The eye pipeline in a real service: turned while it runs, and asked where the time goes."""

from __future__ import annotations

import time

import numpy as np
import pytest
from daemon import MINIMAL

TOPIC = "hmd_streaming.eye0"
CONFIG = (
    MINIMAL
    + """
[[start_plugin]]
name = "Eye_Processes"
[start_plugin.args]
eyes = [0]
source = "HMD_Streaming_Source"
source_args = { topics = ["hmd_streaming.eye0"] }
orientation = { eye0 = { rotation = 90 } }
"""
)


@pytest.fixture
def eye(start_daemon):
    """A client that hears notifications and gray pictures of eye 0."""
    with start_daemon(CONFIG).client() as client:
        client.subscribe("notify.", "frame.eye.0")
        client.notify("frame_publishing.set_format", format="gray")
        yield client


def shown(eye, wanted, seconds=10.0):
    """Publish a picture with one bright corner until it is shown as wanted; return its shape."""
    gray = np.zeros((4, 6), np.uint8)
    gray[0, 0] = 255
    timestamp, end = time.monotonic(), time.monotonic() + seconds
    while time.monotonic() < end:
        timestamp += 0.01
        fields = {"format": "gray", "width": 6, "height": 4, "timestamp": timestamp}
        eye.publish(TOPIC, {"topic": TOPIC, **fields}, gray.tobytes())
        message = eye.receive(0.02)
        if message and message[0] == "frame.eye.0" and message[1]["format"] == "gray":
            shape = (message[1]["height"], message[1]["width"])
            corner = np.argmax(np.frombuffer(message[2][0], np.uint8).reshape(shape))
            if (shape, tuple(map(int, np.unravel_index(corner, shape)))) == wanted:
                return
    raise AssertionError(f"not shown as {wanted}")


def test_pictures_are_turned_as_configured_and_anew_while_they_come(eye):
    shown(eye, ((6, 4), (0, 3)))

    eye.notify("start_eye_plugin", target="eye0", name="Eye", args={"rotation": 180})
    shown(eye, ((4, 6), (3, 5)))
    eye.notify("start_eye_plugin", target="eye0", name="Eye", args={"flip": "vertical"})
    shown(eye, ((4, 6), (0, 5)))


def test_an_angle_that_is_none_is_refused_and_the_eye_goes_on(eye):
    shown(eye, ((6, 4), (0, 3)))

    eye.notify("start_eye_plugin", target="eye0", name="Eye", args={"rotation": 45})

    assert "rotation" in eye.wait_for("plugin.failed", name="Eye")["reason"]
    shown(eye, ((6, 4), (0, 3)))


def test_where_the_time_goes_is_told_on_request(eye):
    shown(eye, ((6, 4), (0, 3)))

    eye.notify("eye_process.should_report", eye_id=0)

    report = eye.wait_for("eye_process.report")
    assert report["frames"] >= 1
    assert set(report["detect_ms"]) == {"2d", "3d"}
    assert set(report["decode_ms"]) == {"median", "p95", "p99"}
