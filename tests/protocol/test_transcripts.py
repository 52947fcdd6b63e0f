"""Every recorded client, sent again to a real service (what each sent: client-transcripts)."""

from __future__ import annotations

import time

import pytest
from conftest import TRANSCRIPTS
from protocol.raw import RawClient
from protocol.replay import check_reply, ends_the_service, play, read, wishes_of
from protocol.running import EYES_ON_REQUEST, running, start_eye

FILES = sorted(TRANSCRIPTS.glob("*.jsonl"))
EXPECT_EYE_0 = ("helpers-pupil_detector_network_api", "pyplr", "video-backend-eye0")
# The eyes have a frame publisher anyway; a client's stop need not end it (spec: clients 4).
MAY_STAY = {"Frame_Publisher"}
RESULTS = ("calibration.successful", "calibration.failed")
ANSWERS = ("recording.started", "recording.failed")


class Witness:
    """Hears every notification and keeps them."""

    def __init__(self, client):
        self._client = client
        self.heard = []
        client.subscribe("notify.")

    def of(self, *subjects):
        return [fields for subject, fields in self.heard if subject in subjects]

    def subjects(self):
        return {subject for subject, _ in self.heard}

    def names(self, *subjects):
        return {said["name"] for said in self.of(*subjects)}

    def wait_until(self, what, condition, timeout=10.0):
        end = time.monotonic() + timeout
        while not condition():
            left = end - time.monotonic()
            assert left > 0, f"{what}: not within {timeout:g} s; heard {dict(self.heard).keys()}"
            message = self._client.receive(left)
            if message:
                self.heard.append((message[0].removeprefix("notify."), message[1]))

    def wait_for_echo(self):
        """Hear all that was said before now."""
        echoes = len(self.of("witness.echo"))
        self._client.notify("witness.echo")
        self.wait_until("an echo", lambda: len(self.of("witness.echo")) > echoes)


@pytest.mark.skipif(not FILES, reason="no client transcripts beside the repository")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_recorded_client_gets_its_answers_and_what_it_asked_for(path):
    lines = read(path)
    last = [lines.pop()] if ends_the_service(lines[-1]) else []
    with (
        running(EYES_ON_REQUEST) as daemon,
        RawClient(daemon.port) as client,
        daemon.client() as other,
    ):
        witness = Witness(other)
        if path.stem in EXPECT_EYE_0:
            start_eye(daemon, 0)

        play(lines, client)

        wishes = wishes_of(lines)
        assert_it_did_what_was_asked(wishes, witness)
        assert_it_is_alive_and_well(daemon, wishes, client)
        if last:
            check_reply(last[0], client.ask(*last[0].frames).decode())
            assert_it_ends(daemon, wishes, witness)
        assert witness.of("host.died") == []


def assert_it_did_what_was_asked(wishes, witness):
    def eyes():
        return {said["eye_id"] for said in witness.of("eye_process.started")}

    witness.wait_until(f"eyes {wishes.eyes}", lambda: wishes.eyes <= eyes())
    witness.wait_until(
        f"plugins {wishes.plugins}",
        lambda: wishes.plugins <= witness.names("plugin.started", "plugin.failed"),
    )
    witness.wait_until("a result", lambda: len(witness.of(*RESULTS)) >= wishes.results)
    witness.wait_until("a recording", lambda: len(witness.of(*ANSWERS)) >= wishes.recordings)
    witness.wait_until("properties", lambda: wishes.properties <= witness.subjects())
    witness.wait_for_echo()
    for answer in wishes.properties:
        assert len(witness.of(answer)) == 1
    assert len(witness.of("calibration.started")) == wishes.starts
    assert len(witness.of(*RESULTS)) == wishes.results
    assert len(witness.of(*ANSWERS)) == wishes.recordings
    for refusal in witness.of("plugin.failed", "calibration.failed", "recording.failed"):
        assert refusal["reason"]


def assert_it_is_alive_and_well(daemon, wishes, client):
    report = daemon.report()
    assert client.time() is not None
    assert report["pid"] == daemon.process.pid
    assert [host["deaths"] for host in report["hosts"]] == [0] * len(report["hosts"])
    running_now = {name for host in report["hosts"] for name in host["plugins"]}
    assert running_now.isdisjoint(wishes.stopped - MAY_STAY)
    assert {f"eye{eye}" for eye in wishes.eyes} <= {host["name"] for host in report["hosts"]}


def assert_it_ends(daemon, wishes, witness):
    witness.wait_until("the end", lambda: witness.of("service_process.stopped"))

    def stopped():
        return {said["eye_id"] for said in witness.of("eye_process.stopped")}

    witness.wait_until(f"the end of eyes {wishes.eyes}", lambda: stopped() == wishes.eyes)
    assert daemon.process.wait(10) == 0
    assert daemon.processes() == []
