"""Twenty thousand malformed messages on every socket change nothing."""

from __future__ import annotations

import random
import socket
import struct
import time
from itertools import pairwise

import msgpack
import psutil
import pytest
import zmq
from daemon import SERVICE

ROUNDS = 4
COUNT = 5_000
MUST_LIVE = {"Pupil_Remote", "service", "eye0"}
EYES = SERVICE.replace("eyes = []", "eyes = [0]")

# Not calibration.should_start and eye_process.should_start: a chance one is well formed, and each
# costs a process, or a start of six plugins that run already with six answers and lines in the
# log, so that queues of them would be measured instead of a leak.
SUBJECTS = [
    "start_plugin",
    "stop_plugin",
    "start_eye_plugin",
    "stop_eye_plugin",
    "eye_process.should_stop.7",
    "calibration.add_ref_data",
    "calibration.should_stop",
    "pupil_detector.set_roi",
    "pupil_detector.set_properties",
    "pupil_detector.set_enabled",
    "pupil_detector.broadcast_properties",
    "frame_publishing.set_format",
    "frame_publishing.started",
    "host.ready",
    "host.died",
    "plugin.started",
    "plugin.failed",
    "plugin.stopped",
    "kernel.should_report",
    "recording.should_start",
    "meta.should_doc",
    "set_min_calibration_confidence",
    "file_source.seek",
    "simulated_headset.target",
    "annotation",
    "x",
]
TOPICS = [
    "pupil.0.2d",
    "pupil.1.3d",
    "pupil.9.2d",
    "pupil",
    "pupil.",
    "gaze.2d.0.",
    "logging.info",
    "logging.x",
    "logging.",
    "delayed_notify.x",
    "delayed_notify.",
    "host_alive.service",
    "host_catch_up.eye0",
    "annotation",
    "blinks",
    "frame.eye.0",
    "notify",
    "notify.",
    "hmd_streaming.world",
]
KEYS = [
    "subject",
    "topic",
    "name",
    "args",
    "host",
    "target",
    "eye_id",
    "value",
    "values",
    "delay",
    "timestamp",
    "confidence",
    "norm_pos",
    "id",
    "ref_data",
    "translation_eye0",
    "format",
    "pid",
    "record",
    "detector_plugin_class_name",
    "position",
    "mm",
]


def test_malformed_messages_end_nothing_restart_nothing_and_leak_nothing(start_daemon):
    daemon = start_daemon(EYES)
    while not any("Detector_2D" in host["plugins"] for host in daemon.report()["hosts"]):
        assert daemon.process.poll() is None
    sizes = []
    for number in range(ROUNDS):
        send_all(daemon, random.Random(number), COUNT)
        _settle(daemon)
        sizes.append(memory_of_hosts(daemon))

    assert all(set(size) == set(sizes[0]) for size in sizes), daemon.log()[-5000:]
    assert max(_least_growth(sizes).values()) < 5, sizes
    assert "Traceback" not in daemon.log()


@pytest.mark.parametrize("which", ["remote", "publish", "subscribe"])
def test_bytes_that_are_no_zeromq_at_all_change_nothing(daemon, which):
    port = {
        "remote": daemon.port,
        "publish": daemon.connection.publish_port,
        "subscribe": daemon.connection.subscribe_port,
    }[which]
    chance = random.Random(3)
    for length in (0, 1, 9, 64, 1000, 100_000):
        with socket.create_connection(("127.0.0.1", port)) as raw:
            raw.sendall(b"GET / HTTP/1.1\r\n\r\n" if length == 64 else chance.randbytes(length))

    with daemon.client() as client:
        assert client.time() > 0
        client.subscribe("notify.ping")
        client.notify("ping")
        client.wait_for("ping")


def test_a_message_beyond_the_limit_closes_its_sender_and_nobody_else(daemon):
    context = zmq.Context()
    sender = context.socket(zmq.REQ)
    sender.linger = 0
    sender.connect(f"tcp://127.0.0.1:{daemon.port}")
    sender.send_multipart([b"notify.big", bytes(80 * 1024 * 1024)])
    assert not sender.poll(1000)
    context.destroy(linger=0)

    with daemon.client() as client:
        assert client.time() > 0


def test_a_notification_of_50_megabytes_passes_through(daemon):
    with daemon.client() as client:
        client.subscribe("notify.big")

        client.notify("big", data="x" * 50_000_000)

        assert len(client.wait_for("big", timeout=30)["data"]) == 50_000_000


def send_all(daemon, chance, count):
    """Send ``count`` messages to each socket, and wait until all were dealt with."""
    with zmq.Context() as context:
        _send_all(context, daemon, chance, count)


def _send_all(context, daemon, chance, count):
    remote = context.socket(zmq.DEALER)
    remote.connect(f"tcp://127.0.0.1:{daemon.port}")
    publisher = context.socket(zmq.PUB)
    inlet = context.socket(zmq.PUSH)
    subscriber = context.socket(zmq.XSUB)
    for sender, endpoint in (
        (publisher, daemon.connection.publish),
        (inlet, daemon.connection.inlet),
        (subscriber, daemon.connection.subscribe),
    ):
        sender.set_hwm(0)
        sender.linger = 5000
        sender.connect(endpoint)
    for _ in range(count):
        remote.send_multipart([b"", *_request(chance)])
        publisher.send_multipart(_message(chance))
        inlet.send_multipart(_message(chance))
        subscriber.send(chance.choice([b"\x01", b"\x00", b"\x02"]) + chance.randbytes(3))
        while remote.poll(0):
            remote.recv_multipart()
    while remote.poll(500):
        remote.recv_multipart()
    for sender in (remote, publisher, inlet, subscriber):
        sender.close(linger=5000)


def memory_of_hosts(daemon):
    """Return the megabytes of each process that must live on, by name and process id.

    A chance `start_plugin` with a chance `host` is well formed, so other processes may come and go.
    """
    report = daemon.report()
    processes = {("kernel", report["pid"])} | {
        (host["name"], host["pid"]) for host in report["hosts"] if host["name"] in MUST_LIVE
    }
    return {entry: psutil.Process(entry[1]).memory_full_info().uss / 1e6 for entry in processes}


def _least_growth(sizes):
    """Return by how many megabytes each process grew in the round in which it grew least.

    After a long queue the allocator keeps pools for the next one, so single rounds differ by
    tens of megabytes; what leaks is lost in every round.
    """
    return {
        process: min(after[process] - before[process] for before, after in pairwise(sizes))
        for process in sizes[0]
    }


def _settle(daemon):
    """Wait until everybody has dealt with everything; end a calibration that was begun."""
    with daemon.client(timeout=30) as client:
        client.subscribe("notify.meta.doc")
        client.notify("calibration.should_stop")
        client.notify("meta.should_doc")
        silent = {"launcher", "service", "eye0"}
        while silent:
            silent.discard(client.wait_for("meta.doc").get("actor"))
        assert client.time() > 0
    end = time.monotonic() + 1.0
    while time.monotonic() < end:
        daemon.report()


def _request(chance):
    kind = chance.randrange(6)
    if kind == 0:
        return [chance.randbytes(chance.randrange(12))]
    if kind == 1:
        return [chance.choice([b"", b"T nan", b"T inf", b"T", b"Rx\xff", b"\xff\xfe", b"\0"])]
    return _message(chance)


def _message(chance):
    topic = _topic(chance)
    frames = [topic, _payload(chance)]
    if chance.random() < 0.05:
        return [topic]
    if chance.random() < 0.1:
        frames += [chance.randbytes(chance.randrange(100)) for _ in range(chance.randrange(4))]
    return frames


def _topic(chance):
    if chance.random() < 0.6:
        return b"notify." + chance.choice(SUBJECTS).encode()
    if chance.random() < 0.9:
        return chance.choice(TOPICS).encode()
    return b"notify." + chance.randbytes(chance.randrange(8))


def _payload(chance):
    kind = chance.randrange(8)
    if kind == 0:
        return b""
    if kind == 1:
        return chance.randbytes(chance.randrange(60))
    if kind == 2:
        return b"\x81\xa1a" * chance.randrange(1, 600) + b"\xc0"
    if kind == 3:
        return b"\xdd" + struct.pack(">I", chance.randrange(2**32))
    packed = msgpack.packb(_fields(chance))
    return packed[: chance.randrange(len(packed) + 1)] if kind == 4 else packed


def _fields(chance):
    keys = chance.sample(KEYS, chance.randrange(6))
    return {key: _value(chance, 0) for key in keys}


def _value(chance, depth):
    simple = (
        None,
        True,
        -1,
        2**63,
        0.5,
        float("nan"),
        float("inf"),
        "",
        "x" * 50,
        b"\xff",
        "Gaze_Mapper_HMD_2D",
        "Blink_Detection",
    )
    kind = chance.randrange(10)
    if kind < 8 or depth > 2:
        return chance.choice(simple)
    if kind == 8:
        return [_value(chance, depth + 1) for _ in range(chance.randrange(4))]
    return {chance.choice(KEYS): _value(chance, depth + 1) for _ in range(chance.randrange(4))}
