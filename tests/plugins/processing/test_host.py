"""A host over recorded time."""

from __future__ import annotations

import pytest

from gazed import hookimpl, pack
from gazed_plugins.processing import ProcessingError
from gazed_plugins.processing.host import OfflineHost


@pytest.fixture
def said():
    """What a host's plugins have sent: topics, in order."""
    return []


@pytest.fixture
def host(tmp_path, said):
    """A service over recorded time."""
    return OfflineHost("service", lambda topic, _: said.append(topic), tmp_path)


def test_time_is_that_of_the_data_and_never_goes_back(host):
    host.turn(5.0)
    host.turn(4.0)

    assert host.clock.now() == host.clock.from_monotonic(77.0) == 5.0


def test_what_plugins_send_comes_back_after_they_are_through(host, said):
    heard = []

    class Answers:
        @hookimpl
        def on_notification(self, notification):
            heard.append(notification.subject)
            if notification.subject == "question":
                host.notify("answer", {}, None)
                heard.append("through")

    host.add("Answers", Answers())
    host.deliver("notify.question", pack({}))

    assert heard == ["question", "through", "answer"]
    assert said == ["notify.answer"]


def test_work_for_the_background_is_handed_back_after_what_was_sent_before(host):
    results = []

    host.background("Any", lambda: 1 + 1, results.append)
    host.background("Any", lambda: 1 / 0, results.append)
    before = list(results)
    host.settle()

    assert before == []
    assert results[0] == 2
    assert isinstance(results[1], ZeroDivisionError)


def test_a_delayed_notification_waits_for_its_moment_and_replaces_an_earlier_one(host, said):
    host.turn(1.0)
    host.notify("later", {}, 1.0)
    host.notify("later", {}, 2.0)

    host.turn(2.5)
    early = list(said)
    host.turn(3.0)

    assert early == []
    assert said == ["notify.later"]


def test_plugins_tick_when_they_want_to(host):
    ticks = []

    class Ticks:
        @hookimpl
        def tick(self):
            ticks.append(host.clock.now())
            return 0.5

    host.add("Ticks", Ticks())
    for moment in (1.0, 1.25, 1.5, 3.0):
        host.turn(moment)

    assert ticks == [1.0, 1.5, 3.0]


def test_data_reach_who_subscribed_and_pictures_are_wanted_by_nobody_else(host):
    taken = []
    host.subscribe("Any", "gaze.", lambda topic, fields, _: taken.append((topic, fields)))

    host.publish("gaze.2d.0.", {"timestamp": 1.0}, ())
    host.publish("pupil.0.2d", {"timestamp": 1.0}, ())
    host.settle()

    assert taken == [("gaze.2d.0.", {"timestamp": 1.0})]
    assert host.wanted("pupil.0.2d")
    assert not host.wanted("frame.eye.0")


def test_a_plugin_that_raises_ends_it_with_its_name(host):
    class Raises:
        @hookimpl
        def on_notification(self, notification):
            raise ValueError("told to")

    host.add("Raises", Raises())

    with pytest.raises(ProcessingError, match="Raises failed in on_notification: ValueError: told"):
        host.deliver("notify.any", pack({}))


def test_a_message_that_cannot_be_read_is_a_complaint(host):
    class Reads:
        @hookimpl
        def on_notification(self, notification):
            notification["value"]

    host.add("Reads", Reads())
    host.deliver("notify.any", pack({}))
    host.deliver("notify.any", pack({}))

    (complaint,) = host.complaints
    assert "Reads" in complaint
    assert "'value' is missing" in complaint


def test_a_mapper_is_started_by_notification_in_place_of_another(host, said):
    straight = [[1.0, 0, 0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0, 0, 0], 7]
    request = {"name": "Gaze_Mapper_HMD_2D", "args": {"params0": straight}}
    host.deliver("notify.start_plugin", pack(request))
    host.deliver("notify.start_plugin", pack(request))
    host.deliver("notify.stop_plugin", pack({"name": "Gaze_Mapper_HMD_2D"}))

    assert said == ["notify.plugin.started", "notify.plugin.started"]


def test_a_start_that_fails_is_told_and_a_complaint(host, said):
    host.deliver("notify.start_plugin", pack({"name": "Gaze_Mapper_HMD_2D"}))

    assert said == ["notify.plugin.failed"]
    assert len(host.complaints) == 1
