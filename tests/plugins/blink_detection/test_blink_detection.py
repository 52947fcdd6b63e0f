"""Blinks from steps in the confidence."""

import pytest
from harness import a_pupil

from gazed_plugins.blink_detection import BlinkDetection, step_response


def watch(bench, confidence_at, seconds=1.0, rate=120):
    for k in range(round(seconds * rate)):
        for eye in (0, 1):
            timestamp = k / rate + eye * 0.003
            bench.call("on_pupil", pupil=a_pupil(eye, timestamp, confidence_at(timestamp)))


def blinking(timestamp):
    return 0.05 if 0.4 <= timestamp < 0.65 else 1.0


def test_a_blink_gives_a_run_of_onsets_and_then_a_run_of_offsets(bench):
    bench.start(BlinkDetection)

    watch(bench, blinking)

    kinds = [sent.fields["type"] for sent in bench.data("blinks")]
    assert set(kinds) == {"onset", "offset"}
    assert kinds == sorted(kinds, reverse=True)


def test_open_eyes_give_no_blink(bench):
    bench.start(BlinkDetection)

    watch(bench, lambda timestamp: 0.9)

    assert bench.published == []


def test_a_blink_datum_holds_its_window_and_the_time_of_its_middle(bench):
    bench.start(BlinkDetection)

    watch(bench, blinking)

    fields = bench.data("blinks")[0].fields
    window = fields["base_data"]
    assert fields["topic"] == "blinks"
    assert fields["record"] is True
    assert 0.5 < fields["confidence"] <= 1.0
    assert fields["timestamp"] == window[len(window) // 2]["timestamp"]
    assert window[-1]["timestamp"] - window[1]["timestamp"] <= 0.2
    assert {pupil["topic"] for pupil in window} == {"pupil.0.2d", "pupil.1.2d"}


def test_the_response_to_a_full_step_is_one():
    assert step_response([1.0, 1.0, 0.1, 0.1]) == pytest.approx(1.0)
    assert step_response([0.1, 1.0]) == pytest.approx(-1.0)


def test_the_middle_of_an_odd_window_does_not_count():
    assert step_response([1.0, 77.0, 0.1]) == pytest.approx(0.9 / 3 / 0.45)


def test_a_window_that_is_not_full_says_nothing(bench):
    bench.start(BlinkDetection)

    watch(bench, lambda timestamp: 1.0 if timestamp < 0.09 else 0.0, seconds=0.19)

    assert bench.published == []


def test_time_running_backwards_starts_a_new_window(bench):
    bench.start(BlinkDetection)
    watch(bench, lambda timestamp: 1.0)

    bench.call("on_pupil", pupil=a_pupil(0, -5.0, 0.0))
    watch(bench, lambda timestamp: 1.0, seconds=0.1)

    assert bench.published == []


def test_3d_data_are_not_looked_at(bench):
    bench.start(BlinkDetection)

    for k in range(120):
        pupil = a_pupil(0, k / 120, blinking(k / 120), tag="3d", method="pye3d")
        bench.call("on_pupil", pupil=pupil)

    assert bench.published == []


def test_thresholds_are_arguments(bench):
    bench.start(BlinkDetection, history_length=0.1, onset_confidence_threshold=1.0)

    watch(bench, lambda timestamp: max(blinking(timestamp), 0.3))

    assert {sent.fields["type"] for sent in bench.data("blinks")} == {"offset"}
