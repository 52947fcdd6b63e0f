"""Blinks and winks from what the lids of each eye do."""

import pytest
from harness import a_pupil

from gazed_plugins.blink_detection import BlinkDetection


def lids(bench, *events, rate=100, seconds=2.0, eyes=(0, 1), start=0.0):
    """Let pictures pass, with ``(moment, eye, "closed" or "opened", duration)`` in between."""
    waiting = sorted(events)
    for k in range(round(seconds * rate)):
        now = start + k / rate
        while waiting and waiting[0][0] <= now:
            moment, eye, what, *duration = waiting.pop(0)
            more = {"duration": duration[0]} if duration else {}
            bench.send(f"eyelid.{what}", eye_id=eye, timestamp=moment, **more)
        for eye in eyes:
            bench.call("on_pupil", pupil=a_pupil(eye, now + 0.002 * eye, 0.0))


def watched(bench, *eyes):
    for eye in eyes:
        bench.send("eyelids.report", eye_id=eye, ready=True, closings=1)
    lids(bench, seconds=0.5, start=-0.5)


def told(bench):
    return [
        (sent.name, sent.fields["eyes"], sent.fields["timestamp"])
        for sent in bench.notifications
        if sent.name.split(".")[0] in ("blink", "wink")
    ]


@pytest.fixture
def blinks(bench):
    bench.start(BlinkDetection)
    return bench


def closure(eye, begin, end):
    return (begin, eye, "closed"), (end, eye, "opened", end - begin)


def test_it_asks_which_eyes_lids_are_watched(blinks):
    assert blinks.subjects() == ["eyelids.should_report"]


def test_both_eyes_closing_is_one_blink_from_the_first_closing_to_the_last_opening(blinks):
    watched(blinks, 0, 1)

    lids(blinks, *closure(0, 0.51, 0.70), *closure(1, 0.50, 0.71))

    assert told(blinks) == [("blink.started", [0, 1], 0.50), ("blink.ended", [0, 1], 0.71)]
    assert blinks.notifications[-1].fields["duration"] == pytest.approx(0.21)


def test_a_blink_is_told_as_soon_as_both_eyes_are_closed(blinks):
    watched(blinks, 0, 1)

    blinks.send("eyelid.closed", eye_id=0, timestamp=0.1)
    assert told(blinks) == []
    blinks.send("eyelid.closed", eye_id=1, timestamp=0.11)

    assert told(blinks) == [("blink.started", [0, 1], 0.1)]


@pytest.mark.parametrize("eye", [0, 1])
def test_one_eye_closing_is_a_wink_and_no_blink(blinks, eye):
    watched(blinks, 0, 1)

    lids(blinks, *closure(eye, 0.5, 0.9))

    assert told(blinks) == [("wink.started", [eye], 0.5), ("wink.ended", [eye], 0.9)]


def test_a_wink_shorter_than_the_wait_is_told_whole(blinks):
    watched(blinks, 0, 1)

    lids(blinks, *closure(1, 0.5, 0.65))

    assert told(blinks) == [("wink.started", [1], 0.5), ("wink.ended", [1], 0.65)]


def test_one_eye_closed_for_less_than_a_tenth_of_a_second_is_nothing(blinks):
    watched(blinks, 0, 1)

    lids(blinks, *closure(0, 0.5, 0.56))

    assert told(blinks) == []


def test_an_eye_that_opened_before_the_other_was_heard_of_still_belongs_to_the_blink(blinks):
    watched(blinks, 0, 1)

    blinks.send("eyelid.closed", eye_id=0, timestamp=0.1)
    blinks.send("eyelid.opened", eye_id=0, timestamp=0.15, duration=0.05)
    blinks.send("eyelid.closed", eye_id=1, timestamp=0.11)
    blinks.send("eyelid.opened", eye_id=1, timestamp=0.16, duration=0.05)

    assert told(blinks) == [("blink.started", [0, 1], 0.1), ("blink.ended", [0, 1], 0.16)]


def test_a_wink_that_the_other_eye_joins_becomes_a_blink(blinks):
    watched(blinks, 0, 1)

    lids(blinks, *closure(0, 0.5, 1.2), *closure(1, 1.0, 1.3))

    assert told(blinks) == [
        ("wink.started", [0], 0.5),
        ("wink.ended", [0], 1.0),
        ("blink.started", [0, 1], 1.0),
        ("blink.ended", [0, 1], 1.3),
    ]


@pytest.mark.parametrize("eye", [0, 1])
def test_with_one_eye_only_each_closing_is_a_blink_at_once(blinks, eye):
    watched(blinks, eye)

    lids(blinks, *closure(eye, 0.5, 0.7), eyes=(eye,))

    assert told(blinks) == [("blink.started", [eye], 0.5), ("blink.ended", [eye], 0.7)]


def test_an_eye_whose_lids_are_not_watched_does_not_make_winks_of_blinks(blinks):
    watched(blinks, 0)

    lids(blinks, *closure(0, 0.5, 0.7))

    assert told(blinks) == [("blink.started", [0], 0.5), ("blink.ended", [0], 0.7)]


def test_an_eye_that_gives_no_pictures_any_more_does_not_make_winks_of_blinks(blinks):
    watched(blinks, 0, 1)
    lids(blinks, seconds=1.0, eyes=(0,))

    lids(blinks, *closure(0, 1.5, 1.7), start=1.0, eyes=(0,))

    assert told(blinks) == [("blink.started", [0], 1.5), ("blink.ended", [0], 1.7)]


def test_an_eye_that_is_lost_while_closed_ends_its_blink(blinks):
    watched(blinks, 0, 1)
    lids(blinks, (0.5, 0, "closed"), (0.5, 1, "closed"), (0.7, 1, "opened", 0.2), seconds=1.0)

    blinks.send("eyelids.report", eye_id=0, ready=False, closings=0)

    assert [name for name, *_ in told(blinks)] == ["blink.started", "blink.ended"]


def test_an_opening_without_a_closing_is_nothing(blinks):
    blinks.send("eyelid.opened", eye_id=0, timestamp=1.0, duration=0.2)

    assert told(blinks) == []


def test_a_clock_that_is_set_back_forgets_a_closing_that_was_waiting(blinks):
    watched(blinks, 0, 1)
    lids(blinks, (1.99, 0, "closed"))

    lids(blinks, *closure(0, -49.5, -49.3), *closure(1, -49.5, -49.3), start=-50.0)

    assert [name for name, *_ in told(blinks)] == ["blink.started", "blink.ended"]


@pytest.mark.parametrize(
    "wrong", [{"timestamp": "now"}, {"timestamp": float("nan")}, {"timestamp": None}, {}]
)
def test_malformed_notifications_are_dropped_with_a_reason(blinks, wrong):
    blinks.send("eyelid.closed", eye_id=0, **wrong)

    assert "timestamp" in blinks.bad_messages[0]
    assert told(blinks) == []


@pytest.mark.parametrize("eye", [2, "0", None])
def test_eyes_that_nobody_has_are_ignored(blinks, eye):
    blinks.send("eyelid.closed", eye_id=eye, timestamp=1.0)

    assert told(blinks) == []
    assert blinks.bad_messages == []
