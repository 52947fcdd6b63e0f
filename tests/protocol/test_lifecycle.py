"""What is said while a service starts, runs eyes and stops (spec: protocol 12, notifications 9)."""

from __future__ import annotations

import itertools
import time

import pytest
from protocol.raw import RawClient, fields_of
from protocol.running import EYES_ON_REQUEST, SIMULATED, running, start_eye, stop_eye

BEFORE_THE_REST = """
[[start_plugin]]
name = "Gate"
args = { path = "%s" }
required = true
"""
# spec: protocol 12.2, from the network plugin's end to the end of the eyes.
STOP_ORDER = [
    "service_process.should_stop",
    "frame_publishing.stopped",
    "eye_process.should_stop",
    "service_process.stopped",
    "launcher_process.should_stop",
    "eye_process.stopped",
]


class Gate:
    """Keeps the rest of the configuration waiting until a file is there."""

    def __init__(self, context, path: str):
        while not os.path.exists(path):  # noqa: F821
            time.sleep(0.01)


@pytest.fixture(scope="module")
def service():
    with running(SIMULATED) as daemon:
        yield daemon


def test_the_remote_opens_first_then_the_service_is_started_then_the_eyes(
    start_daemon, install, short_path
):
    install("Gate", Gate, group="gazed.process")
    first, rest = EYES_ON_REQUEST.replace("eyes = []", "eyes = [0, 1]").split("required = true\n")
    daemon = start_daemon(
        first + "required = true\n" + BEFORE_THE_REST % (short_path / "open") + rest
    )
    with RawClient(daemon.port) as client:
        client.subscribe(b"notify.")
        (short_path / "open").touch()

        heard = subjects_until(client, lambda heard: heard.count("eye_process.started") == 2)

    assert heard.index("service_process.started") < heard.index("eye_process.started")


def test_an_eye_says_that_it_started_before_its_first_pupil_datum(service):
    for eye in (0, 1, 0, 1):
        stop_eye(service, eye)
        with RawClient(service.port) as remote:
            remote.subscribe(b"notify.eye_process.st", b"pupil.%d" % eye)
            remote.notify(f"eye_process.should_start.{eye}", eye_id=eye)

            assert remote.receive()[0] == b"notify.eye_process.started"
            assert remote.receive()[0].startswith(b"pupil.%d." % eye)


def test_a_started_eye_is_told_the_picture_format(service, remote):
    stop_eye(service, 0)
    remote.subscribe(b"notify.eye_process.started", b"notify.frame_publishing.started")

    remote.notify("eye_process.should_start.0", eye_id=0)

    started = remote.wait_for(r"notify\.eye_process\.started", timeout=5)
    assert fields_of(started)["eye_id"] == 0
    assert fields_of(remote.wait_for(r"notify\.frame_publishing\.started"))["format"] == "jpeg"


def test_starting_a_running_eye_again_warns_and_does_nothing_else(service, remote):
    start_eye(service, 1)
    pid = service.host_pid("eye1")
    remote.subscribe(b"notify.eye_process.st", b"logging.warning")

    remote.notify("eye_process.should_start.1", eye_id=1)

    warning = fields_of(remote.wait_for(r"logging\.warning"))
    assert "eye1" in warning["msg"]
    assert service.host_pid("eye1") == pid
    assert not [m for m in remote.until_echo() if m[0] == b"notify.eye_process.started"]


def test_a_stopped_eye_says_so_within_two_seconds(service, remote):
    start_eye(service, 0)
    remote.subscribe(b"notify.eye_process.stopped")

    remote.notify("eye_process.should_stop.0", eye_id=0)

    stopped = remote.wait_for(r"notify\.eye_process\.stopped", timeout=2)
    assert fields_of(stopped)["eye_id"] == 0


@pytest.mark.parametrize(
    ("subject", "fields"),
    [("eye_process.should_start", {"eye_id": 0}), ("eye_process.should_start.0", {})],
)
def test_the_eye_may_be_named_in_the_payload_or_in_the_subject(service, remote, subject, fields):
    stop_eye(service, 0)
    remote.subscribe(b"notify.eye_process.started")

    remote.notify(subject, **fields)

    assert fields_of(remote.receive())["eye_id"] == 0


@pytest.mark.parametrize("fields", [{}, {"eye_id": 2}, {"eye_id": "left"}, {"eye_id": True}])
def test_an_eye_that_is_not_named_or_not_there_is_an_error_and_nothing_starts(remote, fields):
    remote.subscribe(b"logging.error", b"notify.eye_process.started")

    remote.notify("eye_process.should_start", **fields)

    assert "eye" in fields_of(remote.wait_for(r"logging\.error"))["msg"]
    assert not [m for m in remote.until_echo() if m[0] == b"notify.eye_process.started"]


def test_a_question_for_the_detectors_properties_gets_exactly_one_answer(service, remote):
    start_eye(service, 0)
    remote.subscribe(b"notify.pupil_detector.properties")

    remote.notify(
        "pupil_detector.broadcast_properties",
        eye_id=0,
        detector_plugin_class_name="Detector2DPlugin",
    )

    topic, _ = answer = remote.receive()
    assert topic == b"notify.pupil_detector.properties.0.Detector2DPlugin"
    values = fields_of(answer)["values"]
    assert {"pupil_size_min", "pupil_size_max", "intensity_range"} <= set(values)
    assert remote.until_echo() == []


def test_the_picture_format_can_be_changed_and_changes_the_next_pictures(service, remote):
    start_eye(service, 0)
    remote.subscribe(b"notify.frame_publishing.started", b"frame.eye.0")

    remote.notify("frame_publishing.set_format", format="gray")

    assert fields_of(remote.wait_for(r"notify\.frame_publishing\.started"))["format"] == "gray"
    frames = (remote.wait_for(r"frame\.eye\.0") for _ in itertools.count())
    frame = next(frame for frame in frames if fields_of(frame)["format"] == "gray")
    fields = fields_of(frame)
    assert len(frame[2]) == fields["width"] * fields["height"]
    remote.notify("frame_publishing.set_format", format="jpeg")
    frame = next(frame for frame in frames if fields_of(frame)["format"] == "jpeg")
    assert frame[2][:2] == b"\xff\xd8"


def test_an_unknown_picture_format_is_an_error_and_the_old_one_stays(service, remote):
    start_eye(service, 0)
    remote.subscribe(b"notify.frame_publishing.started", b"logging.error")

    remote.notify("frame_publishing.set_format", format="webp")

    assert "webp" in fields_of(remote.receive())["msg"]
    remote.subscribe(b"frame.eye.0")
    assert fields_of(remote.wait_for(r"frame\.eye\.0"))["format"] == "jpeg"


def test_a_calibration_without_data_fails_with_the_known_reason(service, remote):
    for eye in (0, 1):
        stop_eye(service, eye)
    remote.subscribe(b"notify.calibration.")

    remote.notify(
        "calibration.should_start", translation_eye0=[33, 0, 0], translation_eye1=[-33, 0, 0]
    )
    remote.wait_for(r"notify\.calibration\.started", timeout=1)
    remote.notify("calibration.should_stop")

    assert remote.receive()[0] == b"notify.calibration.should_stop"
    setup, failed, stopped = (remote.receive() for _ in range(3))
    assert setup[0] == b"notify.calibration.setup.v2"
    assert set(fields_of(setup)["calib_data"]) == {"ref_list", "pupil_list"}
    assert failed[0] == b"notify.calibration.failed"
    assert fields_of(failed)["reason"] == "No pupil data to match"
    assert stopped[0] == b"notify.calibration.stopped"


def test_everybody_documents_himself_once_when_asked(service, remote):
    for eye in (0, 1):
        start_eye(service, eye)
    remote.subscribe(b"notify.meta.doc")

    remote.notify("meta.should_doc")

    wanted = {"launcher", "service", "eye0", "eye1", "Pupil_Remote", "HMD_Calibration"}
    actors = []
    while not wanted <= set(actors):
        fields = fields_of(remote.wait_for(r"notify\.meta\.doc"))
        assert fields["doc"]
        actors.append(fields["actor"])
    for process in ("launcher", "service", "eye0", "eye1"):
        assert actors.count(process) == 1


@pytest.mark.parametrize(
    "trigger",
    ["service_process.should_stop", "world_process.should_stop", "launcher_process.should_stop"],
)
def test_a_service_that_is_told_to_stop_is_gone_within_five_seconds(start_daemon, trigger):
    daemon, heard, asked = stopped_service(start_daemon, trigger)

    assert daemon.process.wait(5) == 0

    assert time.monotonic() - asked < 5
    assert daemon.processes() == []
    assert heard.count("eye_process.stopped") == 2
    assert heard.count("service_process.stopped") == 1


def test_a_service_stops_in_the_order_of_the_original(start_daemon):
    _, heard, _ = stopped_service(start_daemon, "service_process.should_stop")

    order = [subject for subject in dict.fromkeys(heard) if subject in STOP_ORDER]
    assert order == STOP_ORDER


def stopped_service(start_daemon, trigger):
    """Return a daemon with two eyes that was told to stop, what it said then, and when."""
    daemon = start_daemon(EYES_ON_REQUEST)
    with RawClient(daemon.port) as client:
        for eye in (0, 1):
            start_eye(daemon, eye)
        client.subscribe(b"notify.")
        asked = time.monotonic()
        client.notify(trigger)
        heard = subjects_until(
            client,
            lambda heard: (
                {"service_process.stopped", "launcher_process.should_stop"} <= set(heard)
                and heard.count("eye_process.stopped") == 2
            ),
        )
    return daemon, heard, asked


def subjects_until(client, enough):
    heard = []
    while not enough(heard):
        heard.append(client.receive()[0].decode().removeprefix("notify."))
    return heard
