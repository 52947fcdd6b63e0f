"""The clock stands still for nobody, but jumps for nobody either while a recording runs."""

import pytest
import zmq
from harness import Bench

from gazed_plugins.pupil_remote import TIME_IS_FIXED, PupilRemote


@pytest.fixture
def ask(tmp_path):
    """Return a bench with Pupil Remote, and a function that sends it a request."""
    with Bench(tmp_path, "Pupil_Remote") as bench, zmq.Context() as context:
        remote = bench.start(PupilRemote, port=0)
        with context.socket(zmq.REQ) as socket:
            socket.connect(f"tcp://127.0.0.1:{remote.port}")

            def request(text):
                socket.send_string(text)
                while not socket.poll(0):
                    bench.turn(1000)
                return socket.recv_string()

            yield bench, request


def test_the_clock_cannot_be_set_while_a_recording_runs(ask):
    bench, request = ask
    assert request("T 10") == "Timesync successful."
    bench.send("recording.started", rec_path="/r/", allow_time_reset=False)

    refused = request("T 500")

    assert refused == TIME_IS_FIXED
    assert bench.clock.now() == 10.0
    bench.send("recording.stopped", rec_path="/r/")
    assert request("T 500") == "Timesync successful."


def test_a_recorder_may_allow_it(ask):
    bench, request = ask
    bench.send("recording.started", rec_path="/r/", allow_time_reset=True)

    assert request("T 500") == "Timesync successful."


def test_a_remote_that_starts_late_asks_whether_a_recording_runs(ask):
    bench, request = ask
    assert "recording.should_report" in bench.subjects()

    bench.send("recording.report", recording=True, rec_path="/r/", allow_time_reset=False)
    refused = request("T 500")
    bench.send("recording.report", recording=False)

    assert refused == TIME_IS_FIXED
    assert request("T 500") == "Timesync successful."


def test_a_number_that_is_none_is_answered_as_ever(ask):
    bench, request = ask
    bench.send("recording.started", rec_path="/r/", allow_time_reset=False)

    assert request("T 12,5") == "'12,5' cannot be converted to float."
