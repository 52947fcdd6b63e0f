"""A running service finds the eyeball behind drawn pictures, and notices when the headset slips."""

from __future__ import annotations

import numpy as np
import pytest
from daemon import MINIMAL
from eyes_in_space import degrees_between

CONFIG = (
    MINIMAL
    + """
[[start_plugin]]
name = "Eye_Processes"
args = { eyes = [0], source = "Simulated_Eye", source_args = { frame_rate = 100, seed = 5 } }
"""
)
MODEL = "notify.eye_model.changed"
# The size is as wrong as the depth, by a twentieth at worst. An unanswered slip costs 8 degrees.
MOST_DEG, MOST_MM = 1.5, 0.35


@pytest.fixture
def client(start_daemon):
    with start_daemon(CONFIG).client(timeout=40) as client:
        client.subscribe(MODEL)
        yield client


def errors(client, count):
    """Return gaze errors (degrees), errors of the pupil's size (mm), and what the data claim."""
    client.subscribe("pupil.0.3d", "simulated.truth.0")
    truths, data = {}, {}
    while len(data) < count or not set(data) & set(truths):
        topic, fields, _ = client.receive()
        if topic.startswith("simulated."):
            truths[fields["timestamp"]] = fields
        elif topic.startswith("pupil.") and fields["confidence"] > 0.6:
            data[fields["timestamp"]] = fields
    client.unsubscribe("pupil.0.3d", "simulated.truth.0")
    pairs = [(data[time], truths[time]) for time in set(data) & set(truths)]
    gaze = [
        degrees_between(np.array(datum["circle_3d"]["normal"]), np.array(truth["normal"]))
        for datum, truth in pairs
    ]
    size = [abs(datum["diameter_3d"] - truth["pupil_diameter_mm"]) for datum, truth in pairs]
    return np.mean(gaze), np.mean(size), np.mean([datum["model_confidence"] for datum, _ in pairs])


def test_gaze_and_pupil_size_are_right_and_a_slip_is_followed(client):
    client.wait_for("eye_model.changed", state="steady")
    gaze, size, claimed = errors(client, 200)
    assert gaze < MOST_DEG and size < MOST_MM and claimed > 0.5, (gaze, size, claimed)

    client.notify("simulated_headset.slip", mm=[1.5, 0.0, 0.0])

    moved = client.wait_for("eye_model.changed", state="moved")
    assert moved["slips"] == 1
    client.wait_for("eye_model.changed", state="steady")
    gaze, size, claimed = errors(client, 200)
    assert gaze < MOST_DEG and size < MOST_MM and claimed > 0.5, (gaze, size, claimed)


def test_the_model_is_reported_and_reset_on_request(client):
    client.subscribe("notify.eye_model.report")
    client.wait_for("eye_model.changed", state="steady")

    client.notify("eye_model.should_report", eye_id=0)
    assert client.wait_for("eye_model.report")["state"] == "steady"
    client.notify("pupil_detector.3d.reset_model")

    assert client.wait_for("eye_model.changed")["state"] == "young"
    client.wait_for("eye_model.changed", state="steady")
