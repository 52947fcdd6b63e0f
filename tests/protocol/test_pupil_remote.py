"""Pupil Remote's commands and replies, and its manners with many clients (spec: protocol 9)."""

from __future__ import annotations

import re
import statistics
import time

import msgpack
import pytest
import zmq
from protocol.raw import RawClient, fields_of

UNKNOWN = b"Unknown command."
FORWARDED = b"Message forwarded."

COMMANDS = [
    (b"R", "recording.should_start", {"session_name": ""}),
    (b"R ", "recording.should_start", {"session_name": ""}),
    (b"R a b", "recording.should_start", {"session_name": "a b"}),
    (b"Rfoo", "recording.should_start", {"session_name": "oo"}),
    ("R sitzung_ä".encode(), "recording.should_start", {"session_name": "sitzung_ä"}),
    (b"r", "recording.should_stop", {}),
    (b"recording", "recording.should_stop", {}),
    (b"C", "calibration.should_start", {}),
    (b"c", "calibration.should_stop", {}),
]


@pytest.mark.parametrize(("request_text", "subject", "fields"), COMMANDS)
def test_a_command_is_answered_with_ok_and_becomes_a_notification(
    remote, request_text, subject, fields
):
    remote.subscribe(f"notify.{subject}".encode())

    assert remote.ask(request_text) == b"OK"

    notification = remote.receive()
    assert notification[0] == f"notify.{subject}".encode()
    assert fields_of(notification) == {
        "subject": subject,
        "topic": f"notify.{subject}",
        **fields,
    }


@pytest.mark.parametrize("request_text", [b"t", b"test", b"tabc", b"t 5"])
def test_whatever_begins_with_t_is_answered_with_the_time_as_a_plain_float(remote, request_text):
    reply = remote.ask(request_text).decode()

    assert re.fullmatch(r"-?[0-9]+\.[0-9]+(e-?[0-9]+)?", reply)
    assert repr(float(reply)) == reply


@pytest.mark.parametrize("request_text", [b"v", b"version", b"vfoo"])
def test_whatever_begins_with_v_is_answered_with_the_version(remote, request_text):
    assert remote.ask(request_text) == b"3.6.14"


@pytest.mark.parametrize(
    ("request_text", "now"),
    [(b"T 12.5", 12.5), (b"T12.5", 2.5), (b"T -3.25", -3.25), (b"T 1e3", 1000.0), (b"T 7", 7.0)],
)
def test_the_clock_is_set_from_the_text_after_the_second_character(remote, request_text, now):
    before = time.monotonic()
    assert remote.ask(request_text) == b"Timesync successful."

    assert now <= remote.time() <= now + time.monotonic() - before


@pytest.mark.parametrize(
    ("request_text", "quoted"),
    [
        (b"T", b"''"),
        (b"T ", b"''"),
        (b"T abc", b"'abc'"),
        (b"Time", b"'me'"),
        (b"T 12,5", b"'12,5'"),
        (b"T nan", b"'nan'"),
        (b"T inf", b"'inf'"),
        (b"T -inf", b"'-inf'"),
    ],
)
def test_a_time_that_is_not_finite_or_no_number_is_refused_and_changes_nothing(
    remote, request_text, quoted
):
    remote.ask(b"T 100.0")
    before = time.monotonic()

    assert remote.ask(request_text) == quoted + b" cannot be converted to float."

    assert 100.0 <= remote.time() <= 101.0 + time.monotonic() - before


@pytest.mark.parametrize(
    "request_text",
    [
        b"",
        b"\xff\xfe",
        b"hello",
        b"stop",
        b"X",
        b" t",
        b"Cx",
        b"C ",
        b"c ",
        b"SUB_PORTx",
        b"PUB_PORT ",
        b"sub_port",
        b"\x00",
    ],
)
def test_any_other_command_is_answered_as_unknown_and_the_next_one_is_served(remote, request_text):
    assert remote.ask(request_text) == UNKNOWN
    assert remote.ask(b"v") == b"3.6.14"


@pytest.mark.parametrize(
    "message",
    [
        [b"notify.anything", b"\xc1 not msgpack"],
        [b"notify.anything", b""],
        [b"annotation", b"\x80"],
        [b"frame.world", b"\x80", b"\xff\xd8 picture"],
        [b"a topic with spaces", b"\x80", b"", b"\x00" * 1000, b"last"],
    ],
)
def test_a_message_of_several_frames_is_forwarded_unread_and_unchanged(remote, message):
    remote.subscribe(message[0])

    assert remote.ask(*message) == FORWARDED

    assert remote.receive() == message


def test_a_message_of_five_megabytes_passes_through(remote):
    entry = {"mm_pos": [1.5, 2.5, 3.5], "timestamp": 1.0}
    fields = {"subject": "calibration.add_ref_data", "ref_data": [entry] * 100_000}
    message = [b"notify.calibration.add_ref_data", msgpack.packb(fields)]
    assert len(message[1]) > 5_000_000
    remote.subscribe(b"notify.calibration.add")

    assert remote.ask(*message) == FORWARDED

    assert remote.receive() == message


def test_the_order_of_one_clients_requests_is_kept(remote):
    remote.subscribe(b"notify.count")

    for number in range(200):
        remote.notify("count", number=number)

    assert [fields_of(remote.receive())["number"] for _ in range(200)] == list(range(200))


def test_many_clients_are_served_in_turn_each_with_its_own_reply(service):
    clients = [RawClient(service.port) for _ in range(10)]
    for _ in range(5):
        replies = [
            client.ask(f"T {number} x".encode()).decode() for number, client in enumerate(clients)
        ]
        assert replies == [f"'{number} x' cannot be converted to float." for number in range(10)]
    for client in clients:
        client.close()


def test_clients_that_vanish_without_reading_their_reply_keep_nobody_waiting(service, remote):
    remote.subscribe(b"vanished")
    for number in range(20):
        with RawClient(service.port) as vanishing:
            request = vanishing.socket(zmq.REQ, vanishing.remote)
            request.send_multipart([b"vanished", str(number).encode()])
            assert remote.receive() == [b"vanished", str(number).encode()]
        assert remote.ask(b"v")


def test_twenty_reconnects_without_closing_are_all_answered(service, remote):
    """hmd-eyes drops its REQ socket and makes a new one whenever a reply is late."""
    for _ in range(20):
        dropped = remote.socket(zmq.REQ, remote.remote)
        dropped.send(b"SUB_PORT")
        with RawClient(service.port) as again:
            for request in (b"SUB_PORT", b"PUB_PORT", b"v", b"t"):
                assert again.ask(request)


def test_a_dealer_without_delimiter_is_ignored_and_with_it_served(remote):
    dealer = remote.socket(zmq.DEALER, remote.remote)

    dealer.send(b"v")
    dealer.send_multipart([b"notify.x", b"\x80"])
    dealer.send_multipart([b"", b"v"])

    assert dealer.poll(1000)
    assert dealer.recv_multipart() == [b"", b"3.6.14"]
    dealer.send_multipart([b"", b"hello"])
    assert dealer.poll(1000)
    assert dealer.recv_multipart() == [b"", UNKNOWN]


def test_requests_sent_ahead_are_answered_once_each_and_in_order(remote):
    dealer = remote.socket(zmq.DEALER, remote.remote)

    for number in range(500):
        dealer.send_multipart([b"", f"T {number}x".encode()])

    replies = []
    while len(replies) < 500 and dealer.poll(1000):
        replies.append(dealer.recv_multipart()[1])
    assert replies == [f"'{n}x' cannot be converted to float.".encode() for n in range(500)]
    assert not dealer.poll(50)


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
def test_the_time_is_told_within_milliseconds(remote):
    seconds = []
    for _ in range(300):
        before = time.monotonic()
        remote.ask(b"t")
        seconds.append(time.monotonic() - before)

    assert statistics.median(seconds) < 0.005
