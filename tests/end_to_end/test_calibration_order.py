"""A calibration sent in one breath: plugin, start, references, stop. Nothing is lost."""

from __future__ import annotations

from daemon import MINIMAL

ROUNDS = 40
MESSAGES = 5
FACTS = [
    "calibration.started",
    "calibration.setup.v2",
    "calibration.failed",
    "calibration.stopped",
]
SERVICE_WITH_GAZE = MINIMAL + '[[start_plugin]]\nname = "Gaze"\n'


def test_into_a_running_service(start_daemon):
    daemon = start_daemon(SERVICE_WITH_GAZE)
    with daemon.client() as client:
        client.subscribe("notify.calibration.")
        for number in range(ROUNDS):
            _calibrate(client, number)
            _check(client, number)


def test_into_a_host_that_must_be_spawned(start_daemon):
    daemon = start_daemon(SERVICE_WITH_GAZE)
    with daemon.client() as client:
        client.subscribe("notify.calibration.")
        for number in range(ROUNDS):
            _calibrate(client, number, host="spare")
            _check(client, number)
            client.notify("host.should_stop", host="spare")


def test_into_hosts_that_are_spawned_one_after_the_other_without_waiting(start_daemon):
    daemon = start_daemon(SERVICE_WITH_GAZE)
    with daemon.client(timeout=60) as client:
        client.subscribe("notify.calibration.")
        for number in range(5):
            _calibrate(client, number, host="spare")
            client.notify("host.should_stop", host="spare")

        results = [client.wait_for("calibration.failed") for _ in range(5)]

    assert [result["references"] for result in results] == [MESSAGES + n for n in range(5)]


def _calibrate(client, number, host=None):
    client.start_plugin("HMD_Calibration", host=host)
    client.notify("calibration.should_start")
    for message in range(MESSAGES):
        client.notify("calibration.add_ref_data", ref_data=[_reference(message)])
    client.notify("calibration.add_ref_data", ref_data=[_reference(5)] * number)
    client.notify("calibration.should_stop")


def _reference(number):
    return {"norm_pos": [0.1 * number, 0.5], "timestamp": float(number)}


def _check(client, number):
    subjects = []
    while "calibration.stopped" not in subjects:
        topic, fields, _ = client.receive()
        subjects.append(topic.removeprefix("notify."))
        if subjects[-1] == "calibration.failed":
            assert fields["references"] == MESSAGES + number
            assert fields["pupil_data"] == 0
    told = [subject for subject in subjects if subject in FACTS]
    assert told == FACTS
