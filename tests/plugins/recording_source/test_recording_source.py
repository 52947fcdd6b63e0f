"""A recording in place of a headset, in a real daemon and on a bench."""

from __future__ import annotations

import time

import numpy as np
import pytest
from daemon import MINIMAL
from harness import Bench
from simulated_recording import START, make_simulated_recording

from gazed import PluginError
from gazed_plugins.recording_source import RecordingSource
from gazed_plugins.recording_source.shift import shifted
from gazed_plugins.recording_source.telling import tells


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Half a second of two eyes."""
    return make_simulated_recording(tmp_path_factory.mktemp("recorded") / "000", seconds=0.5)


@pytest.fixture
def client(start_daemon):
    """A client of a daemon in which nothing else makes data, hearing everything."""
    daemon = start_daemon(MINIMAL)
    with daemon.client() as client:
        client.subscribe("")
        yield client


def test_a_client_receives_what_was_recorded(client, recorded):
    client.start_plugin("Recording_Source", path=str(recorded.path), timestamps="recorded")

    messages = until_the_end(client)

    for key in ("pupil", "gaze", "annotation"):
        received = [(topic, fields) for topic, fields, _ in messages if topic.startswith(key)]
        assert received == recorded.data[key]
    for eye in (0, 1):
        frames = [message for message in messages if message[0] == f"frame.eye.{eye}"]
        assert [raw for _, _, (raw,) in frames] == [frame.jpeg for frame in recorded.frames[eye]]
        assert [fields["timestamp"] for _, fields, _ in frames] == [
            frame.timestamp for frame in recorded.frames[eye]
        ]


def test_data_come_at_their_own_pace_with_times_of_now(client, recorded):
    client.start_plugin("Recording_Source", path=str(recorded.path), topics=["pupil."])
    client.wait_for("recording_source.started")
    before = client.time()

    messages = [message for message in until_the_end(client) if message[0].startswith("pupil")]

    after = client.time()
    times = np.array([fields["timestamp"] for _, fields, _ in messages])
    recorded_times = np.array([fields["timestamp"] for _, fields in recorded.data["pupil"]])
    assert np.allclose(times - times[0], recorded_times - recorded_times[0], atol=1e-6)
    assert before - 1.0 < times[0] <= times[-1] <= after
    assert {topic for topic, _, _ in messages} == {"pupil.0.2d", "pupil.1.2d"}


def test_orders_that_were_recorded_are_not_given_again(client, recorded):
    client.start_plugin("Recording_Source", path=str(recorded.path), speed=20.0)

    topics = {topic for topic, _, _ in until_the_end(client)}

    assert "notify.trial.started" in topics
    recorded_topics = {topic for topic, _ in recorded.data["notify"]}
    assert topics & recorded_topics == {"notify.trial.started"}


def test_a_path_that_is_no_recording_is_refused_by_its_name(client, tmp_path):
    client.start_plugin("Recording_Source", path=str(tmp_path / "nowhere"))

    reason = client.wait_for("plugin.failed", name="Recording_Source")["reason"]

    assert str(tmp_path / "nowhere") in reason


def test_a_recording_without_data_is_refused(bench, tmp_path):
    empty = tmp_path / "empty"
    empty.mkdir()
    (empty / "info.player.json").write_text("{}")

    bench.start(RecordingSource, path=str(empty))

    with pytest.raises(PluginError, match="holds nothing"):
        bench.settle()


def test_a_pause_holds_it_and_play_goes_on(bench, recorded):
    bench.start(RecordingSource, path=str(recorded.path), speed=20.0, topics=["pupil."])
    bench.settle()
    play(bench, lambda: bench.data("pupil."))

    bench.send("recording_source.should_pause")
    held = len(bench.data("pupil."))
    end = time.monotonic() + 0.05
    play(bench, lambda: time.monotonic() > end)
    assert len(bench.data("pupil.")) == held
    bench.send("recording_source.should_play")
    play(bench, lambda: bench.subjects("recording_source.finished"))

    assert len(bench.data("pupil.")) == 100


def test_seeking_leaves_out_what_is_before(bench, recorded):
    bench.start(
        RecordingSource, path=str(recorded.path), timestamps="recorded", topics=["pupil.", "frame"]
    )
    bench.settle()
    bench.send("recording_source.should_seek", seconds=0.4)

    play(bench, lambda: bench.subjects("recording_source.finished"))

    times = [sent.fields["timestamp"] for sent in bench.data("pupil.")]
    assert times == [
        fields["timestamp"]
        for _, fields in recorded.data["pupil"]
        if fields["timestamp"] >= START + 0.4
    ]
    assert len(bench.data("frame.eye.0")) == 10
    assert bench.data("frame.eye.0")[0].raw[0] == recorded.frames[0][40].jpeg


def test_in_a_loop_times_go_on(bench, recorded):
    bench.start(
        RecordingSource, path=str(recorded.path), speed=50.0, loop=True, topics=["pupil.0.2d"]
    )
    bench.settle()

    play(bench, lambda: len(bench.data("pupil.")) >= 120)

    assert not bench.subjects("recording_source.finished")
    centers = [tuple(sent.fields["norm_pos"]) for sent in bench.data("pupil.")]
    assert centers[50:100] == centers[:50]


@pytest.mark.parametrize("seconds", [-1, "soon", None, True, float("nan")])
def test_a_seek_to_nowhere_is_refused(bench, recorded, seconds):
    bench.start(RecordingSource, path=str(recorded.path))
    bench.settle()

    bench.send("recording_source.should_seek", seconds=seconds)

    assert "seconds is" in bench.bad_messages[0]


def test_gaze_comes_after_the_pupils_it_was_made_from(bench, recorded):
    bench.start(RecordingSource, path=str(recorded.path), speed=50.0, timestamps="recorded")
    bench.settle()
    play(bench, lambda: bench.subjects("recording_source.finished"))

    said = [sent for sent in bench.published if sent.name.startswith(("pupil", "gaze"))]
    assert [sent.name[:5] for sent in said[:4]] == ["pupil", "gaze.", "pupil", "gaze."]
    assert all(
        after.fields["base_data"] == [before.fields]
        for before, after in zip(said[::2], said[1::2], strict=True)
    )


@pytest.mark.parametrize(
    "subject",
    [
        "recording.should_start",
        "recording.started",
        "start_plugin",
        "stop_eye_plugin",
        "set_detection_mapping_mode",
        "pupil_detector.set_roi",
        "eye_process.should_start.0",
        "service_process.should_stop",
        "calibration.result.v2",
        "experiment.should_begin",
    ],
)
def test_an_order_does_not_tell(subject):
    assert not tells(subject)


@pytest.mark.parametrize("subject", ["trial.started", "blink.ended", "eyelid.closed", "restart"])
def test_what_happened_tells(subject):
    assert tells(subject)


def test_all_times_of_a_datum_are_moved():
    datum = {
        "timestamp": 1.0,
        "model_birth_timestamp": 0.5,
        "duration": 2.0,
        "base_data": [{"timestamp": 0.75, "norm_pos": [0.5, 0.5]}, ["gaze.3d.01.", 0.25]],
    }

    assert shifted(datum, lambda time: time + 10) == {
        "timestamp": 11.0,
        "model_birth_timestamp": 10.5,
        "duration": 2.0,
        "base_data": [{"timestamp": 10.75, "norm_pos": [0.5, 0.5]}, ["gaze.3d.01.", 10.25]],
    }


@pytest.fixture
def bench(tmp_path):
    """A process of its own for the source."""
    with Bench(tmp_path, "Recording_Source") as bench:
        yield bench


def play(bench, over) -> None:
    """Let the source tick until something is so."""
    end = time.monotonic() + 20.0
    while not over():
        assert time.monotonic() < end, "it does not come"
        (pause,) = bench.call("tick")
        time.sleep(min(pause, 0.005))


def until_the_end(client):
    messages = []
    while (message := client.receive()) is not None:
        messages.append(message)
        if message[0] == "notify.recording_source.finished":
            while (late := client.receive(0.2)) is not None:
                messages.append(late)
            return messages
    raise AssertionError("the recording does not end")
