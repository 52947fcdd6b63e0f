"""The client, where the bus is busy or gone."""

from __future__ import annotations

import threading

import pytest

from gazed import Client, NotRunningError


def test_a_subscription_is_ready_although_its_topic_is_flooded(daemon):
    stop = threading.Event()

    def flood():
        with daemon.client() as sender:
            while not stop.wait(0.001):
                sender.publish("flood.data", {"value": 1.0})

    thread = threading.Thread(target=flood)
    thread.start()
    with daemon.client() as client:
        for _ in range(5):
            client.subscribe("flood.")
            assert client.receive()
    stop.set()
    thread.join()


def test_a_service_that_is_gone_is_named_and_the_client_stays_usable(start_daemon):
    daemon = start_daemon()
    with Client(daemon.port, timeout=0.3) as client:
        assert client.time() > 0
        daemon.stop()

        for _ in range(2):
            with pytest.raises(NotRunningError, match=str(daemon.port)):
                client.time()


def test_no_message_is_lost_between_two_subscriptions(daemon):
    with daemon.client() as client, daemon.client() as sender:
        client.subscribe("notify.first")
        sender.notify("first")
        client.subscribe("notify.second")
        sender.notify("second")

        assert [client.receive()[0] for _ in range(2)] == ["notify.first", "notify.second"]
