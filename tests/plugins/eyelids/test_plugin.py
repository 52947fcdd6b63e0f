"""The plugin on a bench and in a running service: data, notifications, and the simulated truth."""

import math
from dataclasses import replace

import numpy as np
import pytest
from daemon import MINIMAL
from harness import Bench
from lids_watched import seen

from gazed import PluginError, Pupil
from gazed_plugins.eyelids import Eyelids

FIELDS = {
    "topic": str,
    "id": int,
    "timestamp": float,
    "openness": float,
    "confidence": float,
    "closed": bool,
    "closed_for": float,
}

SIMULATED = (
    MINIMAL
    + """
[[start_plugin]]
name = "Blink_Detection"
"""
    + "".join(
        f"""
[[start_plugin]]
name = "{name}"
host = "eye{eye}"
args = {args}
"""
        for eye in (0, 1)
        for name, args in (
            ("Eye", "{}"),
            ("Detector_2D", "{}"),
            ("Eyelids", "{}"),
            ("Simulated_Eye", "{ frame_rate = 60.0, blinks_per_minute = 40.0 }"),
        )
    )
)


@pytest.fixture(scope="module")
def pictures():
    """Frames and pupil data of some seconds with three blinks."""
    return [(frame, pupil) for frame, pupil, _ in seen("easy", 14.0)]


def show(bench, pictures):
    for frame, pupil in pictures:
        assert bench.call("detect_pupil", frame=frame, found=[pupil]) == []


def test_every_frame_after_the_first_blink_gives_a_datum_with_every_field(bench, pictures):
    bench.start(Eyelids)

    show(bench, pictures)

    data = [sent.fields for sent in bench.data("eyelid.0")]
    timestamps = [frame.timestamp for frame, _ in pictures]
    assert [datum["timestamp"] for datum in data] == timestamps[-len(data) :]
    for datum in data:
        assert {name: type(value) for name, value in datum.items()} == FIELDS
        assert 0.0 <= datum["openness"] <= 1.0
        assert 0.0 <= datum["confidence"] < 1.0
        assert (datum["closed_for"] > 0.0) <= datum["closed"]
    assert any(datum["closed"] for datum in data)


def test_closing_and_opening_are_told_in_turn(bench, pictures):
    bench.start(Eyelids)

    show(bench, pictures)

    events = [sent for sent in bench.notifications if sent.name.startswith("eyelid.")]
    assert len(events) >= 2
    for closed, opened in zip(events[::2], events[1::2], strict=True):
        assert (closed.name, opened.name) == ("eyelid.closed", "eyelid.opened")
        lasted = opened.fields["timestamp"] - closed.fields["timestamp"]
        assert opened.fields["duration"] == pytest.approx(lasted)
        assert 0.1 < lasted < 0.3
        assert closed.fields["eye_id"] == opened.fields["eye_id"] == 0


def test_the_confidence_grows_with_the_blinks_seen(bench, pictures):
    bench.start(Eyelids)

    show(bench, pictures)

    confidences = [sent.fields["confidence"] for sent in bench.data("eyelid.0")]
    assert np.median(confidences[:50]) == pytest.approx(0.5, abs=0.05)
    assert np.median(confidences[-50:]) > 0.65


def test_whether_it_is_ready_is_told_at_the_start_when_it_changes_and_on_request(bench, pictures):
    bench.start(Eyelids)
    show(bench, pictures)
    bench.send("eyelids.should_report", eye_id=1)
    bench.send("eyelids.should_report")

    reports = [sent.fields for sent in bench.notifications if sent.name == "eyelids.report"]
    assert reports[0].items() >= {"eye_id": 0, "ready": False, "closings": 0}.items()
    (became_ready,) = [report for report in reports if report["closings"] == 1]
    assert became_ready["ready"] is True
    assert reports[-1]["closings"] >= 2
    assert sum(report["closings"] > 1 for report in reports) == 1


def test_a_slip_told_by_the_eye_model_makes_it_learn_the_open_eye_anew(bench, pictures):
    plain, told = [], []
    for said, slip in ((plain, {"eye_id": 1}), (told, {"eye_id": 0})):
        bench.start(Eyelids)
        show(bench, pictures)
        bench.send("eye_model.changed", state="moved", **slip)
        before = len(bench.data("eyelid.0"))
        for frame, pupil in pictures[:160]:
            moved = replace(
                frame,
                timestamp=20.0 + frame.timestamp,
                gray=np.ascontiguousarray(np.roll(frame.gray, 24, axis=0)),
            )
            bench.call("detect_pupil", frame=moved, found=[pupil])
        said += [sent.fields["openness"] for sent in bench.data("eyelid.0")[before:]]

    assert np.mean(told[-80:]) > np.mean(plain[-80:])


def test_a_plugin_that_stops_leaves_no_eye_closed(bench, pictures):
    bench.start(Eyelids)
    for frame, pupil in pictures:
        bench.call("detect_pupil", frame=frame, found=[pupil])
        if "eyelid.closed" in bench.subjects():
            break

    bench.stop("Eyelids")

    assert bench.subjects()[-2:] == ["eyelid.opened", "eyelids.report"]
    assert bench.notifications[-1].fields["ready"] is False


def test_pictures_of_another_size_begin_anew(bench, pictures):
    bench.start(Eyelids)
    show(bench, pictures)
    count = len(bench.data("eyelid.0"))
    frame, pupil = pictures[-1]

    show(bench, [(replace(frame, gray=np.zeros((120, 160), np.uint8)), pupil)])

    assert len(bench.data("eyelid.0")) == count
    assert bench.notifications[-1].fields["ready"] is False


@pytest.mark.parametrize("confidence", [math.nan, 0.0, 1.0])
def test_no_detector_and_strange_data_harm_nothing(bench, pictures, confidence):
    bench.start(Eyelids)
    show(bench, pictures)

    for index, (frame, _) in enumerate(pictures[:50]):
        later = replace(frame, timestamp=100.0 + index / 100)
        strange = Pupil(0, later.timestamp, confidence, (math.nan, math.inf), math.nan)
        bench.call("detect_pupil", frame=later, found=[strange] if index % 2 else [])

    for sent in bench.data("eyelid.0"):
        assert math.isfinite(sent.fields["openness"])
        assert math.isfinite(sent.fields["confidence"])


def test_time_that_runs_backwards_never_gives_a_negative_duration(bench, pictures):
    bench.start(Eyelids)
    show(bench, pictures)
    show(bench, pictures)
    show(bench, pictures[240:])

    events = [sent for sent in bench.notifications if sent.name.startswith("eyelid.")]
    names = [sent.name for sent in events]
    assert names == ["eyelid.closed", "eyelid.opened"] * (len(names) // 2)
    assert min(sent.fields["duration"] for sent in events[1::2]) >= 0.0
    assert min(sent.fields["closed_for"] for sent in bench.data("eyelid.0")) >= 0.0


def test_nothing_is_published_for_nobody(bench, pictures):
    bench.start(Eyelids)
    bench.wishes = ["gaze."]

    show(bench, pictures)

    assert bench.published == []
    assert "eyelid.closed" in bench.subjects()


def test_it_runs_in_the_eyes_hosts_only(tmp_path):
    with Bench(tmp_path, "service") as bench, pytest.raises(PluginError, match="eye0"):
        bench.start(Eyelids)


# A real service on a shared machine: frames that it loses are not in the statistics.
@pytest.mark.flaky(reruns=2)
def test_a_running_service_tells_both_eyes_blinks_and_how_open_they_are(start_daemon):
    daemon = start_daemon(SIMULATED)
    topics = ("eyelid.", "simulated.truth.", "notify.blink.", "notify.wink.")
    data, truth, told = {}, {}, []
    with daemon.client(timeout=30) as client:
        client.subscribe(*topics)
        while sum(name == "blink.ended" and more["eyes"] == [0, 1] for name, more in told) < 3:
            topic, fields, _ = client.receive()
            if topic.startswith("eyelid."):
                if fields["confidence"] > 0.6:
                    data[topic[-1], fields["timestamp"]] = fields["openness"]
            elif topic.startswith("simulated"):
                truth[topic[-1], fields["timestamp"]] = fields["opening"]
            else:
                told.append((topic.removeprefix("notify."), fields))

    both = [(openness, truth[key]) for key, openness in data.items() if key in truth]
    said, true = np.array(both).T
    assert {eye for eye, _ in data} == {"0", "1"}
    assert np.corrcoef(said, true)[0, 1] > 0.8
    assert "wink.started" not in {name for name, _ in told}
    for name, fields in told:
        if name == "blink.ended":
            assert 0.1 < fields["duration"] < 0.35
