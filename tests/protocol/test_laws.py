"""The laws that clients impose on the wire, each seen to break somebody (notes: clients 2).

Not here, because nothing of the kind is in this service yet: law 5 is a cure for PsychoPy's
own fault, law 9 is about surfaces, and the 3D halves of laws 7 and 8.
"""

from __future__ import annotations

import itertools
import socket
import time
from urllib.parse import urlsplit

import msgpack
import pytest
from protocol.raw import RawClient, fields_of
from protocol.running import EYES_ON_REQUEST, running
from protocol.synthetic import IDENTITY, look_at_targets, pupil
from wearer import pupil_at

from gazed import hookimpl

RESULT = r"notify\.calibration\.(successful|failed)"
ANSWERED = b"Message forwarded."


@pytest.fixture(scope="module")
def service():
    with running(EYES_ON_REQUEST) as daemon:
        yield daemon


def test_law_2_all_map_keys_are_strings_also_where_a_client_sent_others(remote):
    remote.subscribe(b"notify.calibration.setup")
    reference = {"norm_pos": [0.5, 0.5], "timestamp": 1.0, 1: "one", b"two": b"two"}

    remote.notify("calibration.should_start")
    remote.notify("calibration.add_ref_data", ref_data=[reference])
    remote.notify("calibration.should_stop")

    (entry,) = fields_of(remote.receive())["calib_data"]["ref_list"]
    assert set(entry) == {"norm_pos", "timestamp", "1", "two"}
    assert entry["two"] == "two"


@pytest.mark.parametrize(
    "frames",
    [
        pytest.param([b"", b""], id="empty frames"),
        pytest.param([b"notify.", b"\x80"], id="no subject"),
        pytest.param([b"notify.start_plugin", b"\x80"], id="no name"),
        pytest.param([b"notify.start_eye_plugin", msgpack.packb({"name": "Eye"})], id="no target"),
        pytest.param([b"notify.calibration.add_ref_data", b"\x80"], id="no ref_data"),
        pytest.param(
            [b"notify.calibration.should_start", msgpack.packb({"translation_eye0": [1]})],
            id="translation of wrong length",
        ),
        pytest.param([b"notify.set_min_calibration_confidence", b"\x80"], id="no value"),
        pytest.param([b"notify.frame_publishing.set_format", b"\x80"], id="no format"),
        pytest.param([b"notify.pupil_detector.set_roi", b"\x80"], id="no region"),
        pytest.param([b"notify.eye_process.should_start", b"\x80"], id="no eye"),
        pytest.param([b"notify.host.should_stop", b"\x80"], id="no host"),
        pytest.param([b"notify.host.ready", b"\x80"], id="a false host.ready"),
        pytest.param([b"notify.plugin.started", b"\x80"], id="a false plugin.started"),
        pytest.param([b"notify.x", b"\x91" * 100_000 + b"\xc0"], id="nested deep"),
        pytest.param([b"notify.x", b"\xdf\xff\xff\xff\xff"], id="a map of four billion"),
        pytest.param([b"notify.x", b"\xc7\x01\x0d\x00"], id="an extension type"),
        pytest.param([b"pupil.0.2d", b"\x80"], id="an empty pupil datum"),
        pytest.param([b"pupil.7.2d", msgpack.packb({"id": 7})], id="a third eye"),
        pytest.param([b"logging.error", b"\x80"], id="an empty log record"),
        pytest.param([b"annotation", b"\xc1"], id="an annotation that is not msgpack"),
    ],
)
def test_law_3_a_bad_message_is_answered_and_harms_nobody(service, remote, frames):
    remote.subscribe(b"notify.host.died", b"notify.plugin.failed")

    assert remote.ask(*frames) == ANSWERED
    remote.publish(*frames)

    report = service.report()
    assert report["pid"] == service.process.pid
    assert all(host["deaths"] == 0 for host in report["hosts"])
    assert {"Gaze", "HMD_Calibration", "Eye_Processes"} <= _plugins(report, "service")
    assert remote.time() is not None
    topics = {message[0] for message in remote.until_echo()}
    assert b"notify.host.died" not in topics


@pytest.mark.parametrize("request_frames", [[b""], [b"\xff"], [b"x" * 1_000_000]])
def test_law_3_an_empty_or_odd_request_is_answered_and_so_is_the_next(remote, request_frames):
    assert remote.ask(*request_frames) == b"Unknown command."
    assert remote.ask(b"v") == b"3.6.14"


def test_law_3_a_message_of_one_frame_on_the_bus_harms_nobody(service, remote):
    for topic in (b"notify.start_plugin", b"notify.", b"pupil.0.2d", b"delayed_notify.x", b""):
        remote.publish(topic)

    assert {"Gaze", "HMD_Calibration"} <= _plugins(service.report(), "service")


def test_law_3_text_sent_as_bin_is_text(remote):
    """So Python 2 clients send it."""
    remote.subscribe(b"notify.plugin.started")
    payload = msgpack.packb(
        {b"subject": b"start_plugin", b"name": b"Blink_Detection", b"args": {b"history_length": 1}}
    )

    assert remote.ask(b"notify.start_plugin", payload) == ANSWERED

    started = fields_of(remote.receive())
    assert (started["name"], started["args"]) == ("Blink_Detection", {"history_length": 1})


def test_law_3_float32_and_integers_do_where_floats_are_meant(remote):
    """So C# clients and MATLAB send them; what leaves the service is float64."""
    remote.subscribe(b"gaze.2d.0.")
    _start_mapper(remote)
    fields = {**pupil(0, 5, (1, 0)), "diameter": 40, "confidence": 1}

    gaze = _mapped(remote, fields, use_single_float=True)

    assert b"\xca" not in gaze[1]
    assert fields_of(gaze)["base_data"][0]["timestamp"] == 5.0
    assert isinstance(fields_of(gaze)["base_data"][0]["confidence"], float)


def test_law_4_the_result_of_a_calibration_comes_before_stopped(remote):
    """PsychoPy takes ``stopped`` for an abort when it comes first."""
    remote.subscribe(b"notify.calibration.")
    remote.notify("calibration.should_start")
    remote.notify("calibration.should_stop")

    heard = [remote.wait_for(RESULT), remote.wait_for(r"notify\.calibration\.stopped")]

    assert heard[0][0] == b"notify.calibration.failed"
    assert remote.until_echo() == []


def test_law_4_the_original_order_is_there_for_who_needs_it(start_daemon):
    config = EYES_ON_REQUEST.replace(
        'name = "HMD_Calibration"', 'name = "HMD_Calibration"\nargs = { event_order = "pupil-2" }'
    )
    with RawClient(start_daemon(config).port) as client:
        client.subscribe(b"notify.calibration.")
        client.notify("calibration.should_start")
        client.notify("calibration.should_stop")

        client.wait_for(r"notify\.calibration\.stopped")
        client.wait_for(RESULT)


def test_law_6_requests_are_answered_within_a_second_while_a_plugin_blocks(start_daemon, install):
    class Blocks:
        def __init__(self, context):
            pass

        @hookimpl
        def on_notification(self, notification):
            if notification.subject == "block":
                time.sleep(3)

    for group in ("service", "eye", "process"):
        install(f"Blocks_{group}", Blocks, group=f"gazed.{group}")
    daemon = start_daemon(EYES_ON_REQUEST)
    with RawClient(daemon.port) as client:
        client.subscribe(b"notify.plugin.started", b"notify.eye_process.started")
        client.notify("eye_process.should_start.0", eye_id=0)
        client.wait_for(r"notify\.eye_process\.started")
        for group in ("service", "eye", "process"):
            client.notify("start_plugin", name=f"Blocks_{group}")
            assert _outcome(client, f"Blocks_{group}")[0] == b"notify.plugin.started"

        client.notify("block")

        end = time.monotonic() + 2
        while time.monotonic() < end:
            for request in (b"t", b"SUB_PORT", b"PUB_PORT", b"v"):
                assert client.ask(request)
            client.notify("pingback_test")


def test_law_6_requests_are_answered_within_a_second_while_calibrating_again_and_again(remote):
    remote.subscribe(b"notify.calibration.")
    for _ in range(3):
        remote.notify("calibration.should_start")
        remote.wait_for(r"notify\.calibration\.started")
        references = look_at_targets(remote)
        remote.notify("calibration.add_ref_data", ref_data=references * 10)
        remote.notify("calibration.should_stop")
        while not [m for m in remote.until_echo() if m[0] == b"notify.calibration.stopped"]:
            assert remote.ask(b"t")


@pytest.mark.parametrize(
    ("request_text", "reply"),
    [
        (b"R", b"OK"),
        (b"r", b"OK"),
        (b"C", b"OK"),
        (b"c", b"OK"),
        (b"T 1.5", b"Timesync successful."),
        (b"T x", b"'x' cannot be converted to float."),
        (b"what", b"Unknown command."),
    ],
)
def test_law_10_replies_are_these_to_the_letter(remote, request_text, reply):
    assert remote.ask(request_text) == reply


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("HMD_Calibration", {}),
        ("HMD_Calibration_3D", {}),
        ("HMD3DChoreographyPlugin", {}),
        ("Annotation_Capture", {}),
        (
            "Blink_Detection",
            {
                "history_length": 0.2,
                "onset_confidence_threshold": 0.5,
                "offset_confidence_threshold": 0.5,
            },
        ),
        ("NetworkApiPlugin", {}),
        ("Pupil_Remote", {}),
    ],
)
def test_law_11_a_plugin_that_clients_name_starts_and_the_port_stays(service, remote, name, args):
    remote.subscribe(b"notify.plugin.")
    pid = service.host_pid("Pupil_Remote")

    remote.notify("start_plugin", name=name, args=args)

    outcome = _outcome(remote, name)
    assert outcome[0] == b"notify.plugin.started", fields_of(outcome)["reason"]
    assert service.host_pid("Pupil_Remote") == pid
    assert remote.ask(b"v")


def test_law_11_the_frame_publisher_starts_in_the_eye_that_was_asked_for_just_before(start_daemon):
    with RawClient(start_daemon(EYES_ON_REQUEST).port) as client:
        client.subscribe(b"notify.plugin.")

        client.notify("eye_process.should_start.0", eye_id=0)
        client.notify("start_plugin", name="Frame_Publisher", args={"format": "bgr"})

        outcome = _outcome(client, "Frame_Publisher")
        assert outcome[0] == b"notify.plugin.started", fields_of(outcome)["reason"]


@pytest.mark.parametrize("name", ["HMD_Streaming_Source", "Surface_Tracker_Online", "Nope", ""])
def test_law_11_a_plugin_that_is_not_there_is_refused_with_a_reason(remote, name):
    remote.subscribe(b"notify.plugin.")

    remote.notify("start_plugin", name=name, args={})

    outcome = _outcome(remote, name)
    assert outcome[0] == b"notify.plugin.failed"
    assert fields_of(outcome)["reason"]


@pytest.mark.parametrize("name", ["Log_History", "Fake_Source", "Dummy_Gaze_Mapper"])
def test_law_11_a_name_that_needs_nothing_done_is_no_error(remote, name):
    remote.subscribe(b"notify.plugin.", b"logging.error")

    remote.notify("start_plugin", name=name, args={"frame_rate": 30})
    remote.notify("start_plugin", name="Annotation_Capture")

    heard = [remote.receive()]
    while fields_of(heard[-1])["name"] != "Annotation_Capture":
        heard.append(remote.receive())
    assert {topic for topic, _ in heard} == {b"notify.plugin.started"}
    assert name not in {fields_of(message)["name"] for message in heard}


def test_law_12_references_by_the_other_way_in_one_or_many_messages_calibrate(remote):
    """hmd-eyes 1.1 and later: the start by request, references and the stop by PUB."""
    for messages in (1, 25):
        remote.subscribe(b"notify.calibration.successful", b"notify.calibration.failed")
        remote.notify("start_plugin", name="HMD_Calibration")
        remote.subscribe(b"notify.calibration.started")
        remote.notify("calibration.should_start", hmd_video_frame_size=[1000, 1000])
        remote.wait_for(r"notify\.calibration\.started")
        references = look_at_targets(remote)

        size = len(references) // messages
        for first in range(0, len(references), size):
            part = references[first : first + size]
            _publish_notification(remote, "calibration.add_ref_data", ref_data=part)
        _publish_notification(remote, "calibration.should_stop")

        topic, payload = remote.wait_for(RESULT)
        assert topic == b"notify.calibration.successful", msgpack.unpackb(payload)
    _assert_gaze_is_right(remote)


def test_law_12_a_client_that_leaves_in_the_middle_leaves_a_service_that_can_calibrate(
    service, remote
):
    remote.subscribe(b"notify.calibration.")
    with RawClient(service.port) as leaving:
        leaving.notify("calibration.should_start")
        remote.wait_for(r"notify\.calibration\.started")
        _publish_notification(leaving, "calibration.add_ref_data", ref_data=[])
        leaving.notify("calibration.should_stop")
    remote.wait_for(r"notify\.calibration\.failed")

    remote.notify("calibration.should_start")
    remote.wait_for(r"notify\.calibration\.started")
    references = look_at_targets(remote)
    remote.notify("calibration.add_ref_data", ref_data=references)
    remote.notify("calibration.should_stop")

    assert remote.wait_for(RESULT)[0] == b"notify.calibration.successful"


def test_law_13_a_peer_without_any_security_is_welcome_on_all_ports(remote):
    for endpoint in (remote.remote, remote.bus(b"SUB_PORT"), remote.bus(b"PUB_PORT")):
        with _connected(endpoint) as peer:
            peer.sendall(b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16 + 1 + 31))
            greeting = _received(peer, 64)

        assert (greeting[0], greeting[9]) == (0xFF, 0x7F)
        assert greeting[12:32].rstrip(b"\0") == b"NULL"


def test_law_13_a_peer_with_the_protocol_of_early_libraries_is_answered(remote):
    """ZMTP 2.0, as ZeroMQ 3 and early NetMQ speak it: a request for the version, by hand."""
    with _connected(remote.remote) as peer:
        peer.sendall(b"\xff" + bytes(8) + b"\x7f\x01\x03\x00\x00")
        greeting = _received(peer, 14)
        assert greeting[9] == 0x7F

        peer.sendall(b"\x01\x00" + b"\x00\x01v")

        assert _received(peer, 10) == b"\x01\x00" + b"\x00\x063.6.14"


def test_law_14_pupil_data_that_a_client_publishes_are_mapped(remote):
    remote.subscribe(b"gaze.")
    _start_mapper(remote)

    topic, payload = _mapped(remote, pupil(1, 12.5, (0.25, 0.75), confidence=0.9))

    gaze = msgpack.unpackb(payload)
    assert topic == b"gaze.2d.1."
    assert gaze["norm_pos"] == pytest.approx([0.25, 0.75])
    assert (gaze["timestamp"], gaze["confidence"]) == (12.5, 0.9)
    assert gaze["base_data"][0]["method"] == "2d by hand"


def _start_mapper(client):
    with RawClient(int(client.remote.rpartition(":")[2])) as other:
        other.subscribe(b"notify.plugin.started")
        other.notify("start_plugin", name="Gaze_Mapper_HMD_2D", args=IDENTITY)
        _outcome(other, "Gaze_Mapper_HMD_2D")


def _outcome(client, name):
    while True:
        message = client.wait_for(r"notify\.plugin\.(started|failed)")
        if fields_of(message)["name"] == name:
            return message


def _assert_gaze_is_right(client):
    client.subscribe(b"gaze.2d.")
    for eye, target in itertools.product((0, 1), [(0.5, 0.5), (0.3, 0.6)]):
        gaze = _mapped(client, pupil(eye, 1.0, pupil_at(eye, target)))

        assert gaze[0] == b"gaze.2d.%d." % eye
        assert fields_of(gaze)["norm_pos"] == pytest.approx(target, abs=0.02)


def _mapped(client, fields, **dialect):
    """Publish a pupil datum until gaze comes of it: subscriptions take a moment to travel."""
    frames = [fields["topic"].encode(), msgpack.packb(fields, **dialect)]
    end = time.monotonic() + 10
    while time.monotonic() < end:
        client.publish(*frames)
        for message in client.until_echo():
            base = fields_of(message).get("base_data") if message[0][:5] == b"gaze." else None
            if base and base[0]["norm_pos"] == pytest.approx(fields["norm_pos"]):
                return message
    raise AssertionError("no gaze")


def _publish_notification(client, subject, **fields):
    client.publish(f"notify.{subject}".encode(), msgpack.packb({"subject": subject, **fields}))


def _plugins(report, host):
    return set(next(entry["plugins"] for entry in report["hosts"] if entry["name"] == host))


def _connected(endpoint):
    address = urlsplit(endpoint)
    return socket.create_connection((address.hostname, address.port), timeout=5)


def _received(peer, size):
    data = b""
    while len(data) < size:
        more = peer.recv(size - len(data))
        assert more, f"closed after {data!r}"
        data += more
    return data
