"""From the camera's thread to the host's loop."""

from __future__ import annotations

import threading
import time

import pytest

from gazed_plugins.capture.machine import Counters
from gazed_plugins.capture.mailbox import Mailbox


@pytest.fixture
def counters():
    return Counters()


@pytest.fixture
def mailbox(counters):
    return Mailbox(counters)


def taken(mailbox):
    items = []
    while (item := mailbox.take(0.0)) is not None:
        items.append(item)
    return items


def test_live_the_newest_item_waits_and_the_replaced_ones_are_counted(mailbox, counters):
    for item in range(5):
        mailbox.put(item)

    assert taken(mailbox) == [4]
    assert counters.dropped == 4


def test_every_item_waits_in_order_up_to_a_bound(mailbox, counters):
    mailbox.every = True
    for item in range(100):
        mailbox.put(item)

    assert taken(mailbox) == list(range(36, 100))
    assert counters.dropped == 36


def test_back_to_live_only_the_newest_is_left(mailbox, counters):
    mailbox.every = True
    for item in range(10):
        mailbox.put(item)
    mailbox.every = False
    mailbox.put(10)

    assert taken(mailbox) == [10]
    assert counters.dropped == 10


def test_an_empty_mailbox_is_waited_for_although_it_rang_before(mailbox):
    mailbox.put(1)
    mailbox.take(0.0)
    began = time.monotonic()

    assert mailbox.take(0.05) is None
    assert time.monotonic() - began >= 0.05


def test_the_taker_is_woken(mailbox):
    took = []
    thread = threading.Thread(target=lambda: took.append(mailbox.take(20.0)))
    thread.start()

    mailbox.put("picture")
    thread.join(10.0)

    assert took == ["picture"]


def test_nothing_is_lost_or_doubled_between_two_threads(mailbox, counters):
    took = []

    def take():
        while (item := mailbox.take(1.0)) != -1:
            took.append(item)

    thread = threading.Thread(target=take)
    thread.start()
    mailbox.every = True
    for item in range(20_000):
        mailbox.put(item)
    mailbox.put(-1)
    thread.join(20.0)

    assert took == sorted(set(took))
    assert len(took) + counters.dropped == 20_000
