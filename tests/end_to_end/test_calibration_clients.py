"""Calibrations as the clients in the field do them, against a real service."""

from __future__ import annotations

import threading
import time

import msgpack
import numpy as np
import pytest
import zmq
from daemon import SERVICE
from eyes_in_space import degrees_between
from protocol.kinds import decode
from protocol.raw import RawClient, fields_of
from protocol.running import running
from protocol.synthetic import look_at_targets

SIMULATED = SERVICE.replace(
    "eyes = []",
    'eyes = [], source = "Simulated_Eye", source_args = { frame_rate = 60, seed = 3 }',
)
# Degrees to right and up; hmd-eyes shows a centre and circles.
TARGETS = [(0, 0), (14, 0), (0, 12), (-14, 0), (0, -12), (10, 9), (-10, 9), (-10, -9), (10, -9)]
DISTANCES = (600.0, 1000.0, 2000.0)
ELSEWHERE = [(8, 0), (-6, -7), (0, 9)]
# The whole chain measures below 0.5; a mapping that were not right would be off by more than this.
MOST_DEG = 3.0
IMPOSSIBLE = {"y_inverted", "units", "clock_off", "translations", "eyes_swapped"}
OUTCOMES = {"successful": "OK", "stopped": "ABORTED", "failed": "ERROR"}


@pytest.fixture(scope="module")
def service():
    with running() as daemon:
        yield daemon


def psychopy(port, ready, said):
    """Wait as ioHub does: the first of its three words at the end of a topic is the outcome."""
    context = zmq.Context()
    remote, heard = context.socket(zmq.REQ), context.socket(zmq.SUB)
    for socket in (remote, heard):
        socket.setsockopt(zmq.RCVTIMEO, 20_000)
    try:
        remote.connect(f"tcp://127.0.0.1:{port}")
        remote.send_string("SUB_PORT")
        heard.connect(f"tcp://127.0.0.1:{remote.recv_string()}")
        heard.subscribe("notify.calibration")
        said.append(_until_heard(remote, heard))
        remote.send_string("C")
        said.append(remote.recv_string())
        ready.set()
        said.append(_outcome(heard))
    finally:
        context.destroy(linger=0)


def _until_heard(remote, heard):
    while not heard.poll(20):
        remote.send_multipart([b"notify.calibration_of_the_ears", b"\x80"])
        remote.recv()
    return "subscribed"


def _outcome(heard):
    while True:
        topic = heard.recv_multipart()[0].decode()
        for word, outcome in OUTCOMES.items():
            if topic.endswith(word):
                return outcome


def psychopy_beside_a_headset(service, references_of):
    """Return what PsychoPy makes of a calibration whose references a headset sends."""
    ready, said = threading.Event(), []
    thread = threading.Thread(target=psychopy, args=(service.port, ready, said))
    thread.start()
    try:
        with RawClient(service.port) as headset:
            headset.subscribe(b"notify.calibration.started")
            assert ready.wait(20)
            headset.wait_for(r"notify\.calibration\.started")
            headset.notify("calibration.add_ref_data", ref_data=references_of(headset))
            assert headset.ask(b"c") == b"OK"
    finally:
        thread.join(30)
    return said


def test_psychopy_reports_a_good_calibration_as_good(service):
    assert psychopy_beside_a_headset(service, look_at_targets) == ["subscribed", "OK", "OK"]


def test_psychopy_reports_a_failed_calibration_as_failed(service):
    assert psychopy_beside_a_headset(service, lambda _: [])[-1] == "ERROR"


class HmdEyes:
    """A headset's application as hmd-eyes 1.4 speaks (spec: clients 1.2 and 1.3)."""

    def __init__(self, client):
        self._client = client

    def connect(self):
        for request in (b"SUB_PORT", b"PUB_PORT", b"v"):
            assert self._client.ask(request)
        for eye, delay in ((1, 0.1), (0, 0.2)):
            self._notify(f"eye_process.should_start.{eye}", eye_id=eye, delay=delay)
        self._notify("set_detection_mapping_mode", mode="3d")

    def calibrate(self):
        client = self._client
        client.subscribe(b"notify.calibration.successful", b"notify.calibration.failed")
        self._notify("start_plugin", name="HMD3DChoreographyPlugin")
        eyes = {"translation_eye0": [32.0, 0.0, 0.0], "translation_eye1": [-32.0, 0.0, 0.0]}
        self._notify("calibration.should_start", **eyes, record=True)
        for number, target in enumerate(TARGETS):
            self._publish("calibration.add_ref_data", ref_data=self._samples(number, target))
        self._publish("calibration.should_stop")
        return client.wait_for(r"notify\.calibration\.(successful|failed)")

    def look_at(self, target, distance):
        x, y = (distance * np.tan(np.radians(angle)) for angle in target)
        self._notify("simulated_headset.target", position=[x, y, distance])
        return [x, y, distance]

    def _samples(self, number, target):
        position = self.look_at(target, DISTANCES[number % 3])
        time.sleep(0.6)
        offset = self._client.time() - time.monotonic()
        samples = []
        for _ in range(24):
            time.sleep(0.025)
            now = time.monotonic() + offset
            samples.append({"mm_pos": position, "timestamp": now})
        return samples

    def _notify(self, subject, **fields):
        payload = _as_in_unity({"subject": subject, **fields})
        assert self._client.ask(f"notify.{subject}".encode(), payload) == b"Message forwarded."

    def _publish(self, subject, **fields):
        payload = _as_in_unity({"subject": subject, "record": True, **fields})
        self._client.publish(f"notify.{subject}".encode(), payload)


def _as_in_unity(value, key=""):
    """Pack with positions as float32 and times as float64."""
    if isinstance(value, dict):
        header = msgpack.Packer().pack_map_header(len(value))
        pairs = [msgpack.packb(name) + _as_in_unity(value[name], name) for name in value]
        return header + b"".join(pairs)
    if isinstance(value, list):
        return msgpack.Packer().pack_array_header(len(value)) + b"".join(map(_as_in_unity, value))
    return msgpack.packb(value, use_single_float=key != "timestamp")


def seen(client, prefix, count):
    """Return this many data whose topics begin so, from now on."""
    client.until_echo()
    return [client.wait_for(prefix) for _ in range(count)]


def direction_errors(messages, target):
    """Return the degrees between the target and where each gaze datum points."""
    x, y, z = target
    points = [fields_of(message)["gaze_point_3d"] for message in messages]
    return [degrees_between(np.array(point), np.array([x, -y, z])) for point in points]


def wait_for_both_eyes(client):
    client.subscribe(b"pupil.0.3d", b"pupil.1.3d")
    for eye in (0, 1):
        while fields_of(client.wait_for(rf"pupil\.{eye}\.3d", timeout=30))["confidence"] < 0.8:
            pass


def test_hmd_eyes_calibrates_in_3d_and_gaze_is_where_the_wearer_looks():
    with (
        running(SIMULATED) as daemon,
        RawClient(daemon.port) as client,
        RawClient(daemon.port) as gazes,
    ):
        unity = HmdEyes(client)
        unity.connect()
        wait_for_both_eyes(gazes)
        gazes.subscribe(b"notify.calibration.progress")

        topic, payload = unity.calibrate()

        result = msgpack.unpackb(payload)
        assert topic == b"notify.calibration.successful", result
        assert result["gazer_class_name"] == "GazerHMD3D"
        assert IMPOSSIBLE.isdisjoint(warning["code"] for warning in result["warnings"])
        told = [m for m in gazes.until_echo() if m[0] == b"notify.calibration.progress"]
        assert fields_of(told[-1])["references"] > 0
        assert fields_of(told[-1])["eyes"]["0"]["share_confident"] > 0.5
        assert result["quality"]["unit"] == "deg"
        assert result["quality"]["accuracy"] < MOST_DEG
        gazes.subscribe(b"gaze.3d.01.")
        client.subscribe(b"notify.validation.")
        client.notify("validation.should_start")
        for target in ELSEWHERE:
            position = unity.look_at(target, 1000.0)
            time.sleep(0.6)
            began = client.time()
            data = seen(gazes, r"gaze\.3d\.01\.", 30)
            assert np.median(direction_errors(data, position)) < MOST_DEG
            references = [
                {"mm_pos": position, "timestamp": began + k / 100}
                for k in range(int(100 * (client.time() - began)))
            ]
            client.notify("validation.add_ref_data", ref_data=references)
        client.notify("validation.should_stop")
        judged = fields_of(client.wait_for(r"notify\.validation\.(successful|failed)"))
        assert judged["quality"]["accuracy"] < MOST_DEG, judged
        for message in data:
            assert_a_strict_client_reads(message)


def assert_a_strict_client_reads(message):
    fields = decode(message[1]).content
    assert set(fields["gaze_normals_3d"].content) == {"0", "1"}
    assert set(fields["eye_centers_3d"].content) == {"0", "1"}
    vectors = [fields["gaze_point_3d"], *fields["gaze_normals_3d"].content.values()]
    numbers = [number for vector in vectors for number in vector.content]
    assert {value.kind for value in [*numbers, fields["timestamp"], fields["confidence"]]} == {
        "float64"
    }
