"""Clients send start_plugin and the next message without waiting; nothing may be lost."""

from __future__ import annotations

from gazed import hookimpl

ROUNDS = 40


class Counts:
    """Says which numbers came, and in which order."""

    def __init__(self, context):
        self._context = context
        self._seen = []

    @hookimpl
    def on_notification(self, notification):
        if notification.subject == "count":
            self._seen.append(notification["number"])
        elif notification.subject == "count.should_report":
            self._context.notify("count.report", seen=self._seen, round=notification["round"])


def test_nothing_is_lost_or_reordered_in_a_running_host(daemon, client, install):
    install("Counts", Counts)

    for number in range(ROUNDS):
        _start_and_count(client, number)
        _check(client, number)


def test_nothing_is_lost_or_reordered_in_a_host_that_must_be_spawned(daemon, client, install):
    install("Counts", Counts, group="gazed.process")

    for number in range(ROUNDS):
        _start_and_count(client, number)
        client.notify("host.should_stop", host="Counts")
        _check(client, number)


def test_stopping_and_starting_an_eye_back_to_back_ends_with_a_running_eye(daemon, client):
    for _ in range(5):
        client.notify("eye_process.should_start.0", eye_id=0)
        client.notify("eye_process.should_stop.0", eye_id=0)
    client.notify("eye_process.should_start.0", eye_id=0)
    for _ in range(5):
        client.wait_for("eye_process.stopped", eye_id=0)

    client.wait_for("eye_process.started", eye_id=0)

    client.start_plugin("Frame_Publisher", host="eye0")
    client.wait_for("plugin.started", name="Frame_Publisher")


def _start_and_count(client, number):
    client.start_plugin("Counts")
    for count in range(10):
        client.notify("count", number=count)
    client.notify("count.should_report", round=number)


def _check(client, number):
    report = client.wait_for("count.report", round=number)
    assert report["seen"] == list(range(10))
