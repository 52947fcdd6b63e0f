"""Notifications that are sent now and come later (spec: protocol 7)."""

from __future__ import annotations

import statistics
import struct
import time

import msgpack
import pytest
from protocol.raw import fields_of


# How well delays are kept is measured by tests/benchmarks/bus.py: a shared machine hiccups.
@pytest.mark.parametrize("delay", [0.0, 0.03, 0.2])
def test_a_delay_is_kept_and_never_cut_short(remote, delay):
    remote.subscribe(b"notify.timed")
    late = []
    for number in range(9):
        asked = time.monotonic()
        _delay(remote, "timed", delay=delay, number=number)
        accepted = time.monotonic()
        assert fields_of(remote.receive())["number"] == number
        came = time.monotonic()
        assert came - asked >= delay
        late.append(came - accepted - delay)

    assert statistics.median(late) < 0.1


def test_a_newer_one_replaces_a_waiting_one_with_the_same_subject(remote):
    remote.subscribe(b"notify.replaced", b"notify.other")

    _delay(remote, "replaced", delay=0.1, number=1)
    _delay(remote, "other", delay=0.15)
    _delay(remote, "replaced", delay=0.3, number=2)
    replaced_at = time.monotonic()

    assert remote.receive()[0] == b"notify.other"
    assert fields_of(remote.receive())["number"] == 2
    assert time.monotonic() - replaced_at >= 0.29
    assert remote.until_echo() == []


def test_a_shorter_delay_brings_a_waiting_one_forward_and_there_is_only_one(remote):
    remote.subscribe(b"notify.sooner")

    _delay(remote, "sooner", delay=60, number=1)
    _delay(remote, "sooner", delay=0.05, number=2)

    assert fields_of(remote.receive())["number"] == 2
    assert remote.until_echo() == []


def test_what_comes_is_what_was_sent_without_delay_and_with_the_new_topic(remote):
    remote.subscribe(b"notify.kept")
    fields = {
        "subject": "kept",
        "topic": "delayed_notify.kept",
        "delay": 0.01,
        "eye_id": 1,
        "ratio": 0.5,
        "names": ["a", {"b": None}],
    }

    remote.ask(b"delayed_notify.kept", msgpack.packb(fields), b"raw", b"")

    message = remote.receive()
    expected = {**fields, "topic": "notify.kept"}
    del expected["delay"]
    assert message[0] == b"notify.kept"
    assert fields_of(message) == expected
    assert message[2:] == [b"raw", b""]


def test_the_topic_may_be_missing_and_the_delay_a_float32_or_an_integer(remote):
    remote.subscribe(b"notify.loose")
    float32 = b"\xca" + struct.pack(">f", 0.25)
    for delay in (float32, b"\x00"):
        payload = b"\x82" + msgpack.packb("subject") + msgpack.packb("loose")
        remote.ask(b"delayed_notify.loose", payload + msgpack.packb("delay") + delay)

        assert fields_of(remote.receive()) == {"subject": "loose", "topic": "notify.loose"}


def test_the_topic_decides_and_a_notification_with_a_delay_acts_at_once_unchanged(remote):
    """So hmd-eyes sends its eye starts."""
    remote.subscribe(b"notify.eager")
    payload = msgpack.packb({"subject": "eager", "delay": 5.0}, use_single_float=True)

    remote.ask(b"notify.eager", payload)

    assert remote.until_echo() == [[b"notify.eager", payload]]


@pytest.mark.parametrize(
    "payload",
    [
        msgpack.packb({"subject": "bad", "topic": "delayed_notify.bad"}),
        msgpack.packb({"subject": "bad", "delay": None}),
        msgpack.packb({"subject": "bad", "delay": "soon"}),
        msgpack.packb({"subject": "bad", "delay": True}),
        msgpack.packb({"subject": "bad", "delay": -1.0}),
        msgpack.packb({"subject": "bad", "delay": float("nan")}),
        msgpack.packb({"subject": "bad", "delay": float("inf")}),
        msgpack.packb(["not", "a", "map"]),
        b"\xc1",
        b"",
    ],
)
def test_a_delay_that_cannot_be_kept_is_dropped_and_the_others_go_on(remote, payload):
    remote.subscribe(b"notify.bad", b"notify.good")

    remote.ask(b"delayed_notify.bad", payload)
    _delay(remote, "good", delay=0.01)

    assert remote.receive()[0] == b"notify.good"
    assert remote.until_echo() == []


def _delay(remote, subject, **fields):
    topic = f"delayed_notify.{subject}"
    payload = msgpack.packb({"subject": subject, "topic": topic, **fields})
    assert remote.ask(topic.encode(), payload) == b"Message forwarded."
