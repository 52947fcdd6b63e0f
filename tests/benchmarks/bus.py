"""Pupil Remote, the bus and start-up, measured: ``python tests/benchmarks/bus.py``."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgpack
import zmq

sys.path.insert(0, str(Path(__file__).parents[1]))

from daemon import MINIMAL, SERVICE, Daemon, environment

from gazed import pack

DATUM = {
    "topic": "pupil.0.3d",
    "id": 0,
    "method": "pye3d 0.3.2 real-time",
    "timestamp": 1234.5678,
    "norm_pos": [0.5, 0.5],
    "location": [96.0, 96.0],
    "diameter": 40.0,
    "confidence": 0.99,
    "ellipse": {"center": [96.0, 96.0], "axes": [38.0, 40.0], "angle": 12.0},
    "sphere": {"center": [1.0, 2.0, 35.0], "radius": 10.39},
    "projected_sphere": {"center": [96.0, 96.0], "axes": [80.0, 80.0], "angle": 0.0},
    "circle_3d": {"center": [0.0, 0.0, 26.0], "normal": [0.0, 0.0, -1.0], "radius": 2.0},
    "diameter_3d": 4.0,
    "theta": 1.57,
    "phi": -1.57,
    "model_confidence": 1.0,
}


@contextmanager
def running(config: str) -> Iterator[Daemon]:
    """Run a daemon in directories of its own."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        directory = Path(name)
        daemon = Daemon(directory, config, directory)
        try:
            yield daemon
        finally:
            daemon.stop()


EYE = """
[[start_plugin]]
name = "Eye"
host = "eye0"
[[start_plugin]]
name = "Frame_Publisher"
host = "eye0"
[[start_plugin]]
name = "Detector_2D"
host = "eye0"
"""
SENDER = """
import sys, time, zmq
endpoint, count, payload = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
sender = zmq.Context().socket(zmq.PUB)
sender.set_hwm(0)
sender.connect(endpoint)
time.sleep(0.5)
for _ in range(count):
    sender.send(b"flood", zmq.SNDMORE)
    sender.send(payload)
"""


def quantiles(values: list[float]) -> str:
    """Return median, 95th and 99th percentile and maximum, in ms."""
    ordered = sorted(values)
    picks = [ordered[int(share * (len(ordered) - 1))] * 1e3 for share in (0.5, 0.95, 0.99, 1.0)]
    return " / ".join(f"{pick:.3f}" for pick in picks)


def round_trips(port: int, count: int, request: bytes = b"t") -> list[float]:
    """Return the seconds that ``count`` requests took."""
    context = zmq.Context()
    remote = context.socket(zmq.REQ)
    remote.connect(f"tcp://127.0.0.1:{port}")
    took = []
    for _ in range(count):
        began = time.perf_counter()
        remote.send(request)
        remote.recv()
        took.append(time.perf_counter() - began)
    context.destroy(linger=0)
    return took[20:]


def echo_round_trips(count: int) -> list[float]:
    """Return the floor: a bare REQ/REP echo between two processes."""
    code = (
        "import zmq; s = zmq.Context().socket(zmq.REP);"
        " print(s.bind_to_random_port('tcp://127.0.0.1'), flush=True)\n"
        "while True: s.send(s.recv())"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as echo:
        port = int(echo.stdout.readline())
        took = round_trips(port, count)
        echo.kill()
    return took


def start_and_stop() -> tuple[float, float]:
    """Return the seconds from launch to the first answer, and from Ctrl-C to the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        directory = Path(name)
        context = zmq.Context()
        remote = context.socket(zmq.REQ)
        remote.setsockopt(zmq.RECONNECT_IVL, 5)
        began = time.perf_counter()
        with (directory / "log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "gazed", "run", "--port", str(port)],
                env=environment(directory, directory),
                stderr=log,
            )
        remote.connect(f"tcp://127.0.0.1:{port}")
        remote.send(b"v")
        remote.recv()
        answered = time.perf_counter() - began
        time.sleep(2)
        began = time.perf_counter()
        process.send_signal(2)
        process.wait()
        context.destroy(linger=0)
        return answered, time.perf_counter() - began


def delays(daemon: Daemon, count: int = 100, delay: float = 0.1) -> list[float]:
    """Return by how many seconds delayed notifications come too late."""
    late = []
    with daemon.client() as client:
        client.subscribe("notify.timed")
        for _ in range(count):
            began = time.perf_counter()
            client.send([b"delayed_notify.timed", pack({"subject": "timed", "delay": delay})])
            client.wait_for("timed")
            late.append(time.perf_counter() - began - delay)
    return late


def flood(daemon: Daemon, count: int = 200_000) -> tuple[float, float]:
    """Return received messages a second, and the share that arrived, of one flat-out publisher."""
    payload = msgpack.packb(DATUM)
    context = zmq.Context()
    receiver = context.socket(zmq.SUB)
    receiver.set_hwm(0)
    receiver.connect(daemon.connection.subscribe)
    receiver.subscribe("flood")
    command = [sys.executable, "-c", SENDER, daemon.connection.publish, str(count), payload.hex()]
    with subprocess.Popen(command):
        receiver.poll(10_000)
        receiver.rcvtimeo = 1000
        got, began = 0, time.perf_counter()
        with contextlib.suppress(zmq.Again):
            while got < count:
                receiver.recv()
                receiver.recv()
                got += 1
                last = time.perf_counter()
    context.destroy(linger=0)
    return got / (last - began), got / count


def comeback(name: str) -> float:
    """Return the seconds from the end of a host by ``kill -9`` until its plugins run again."""
    with running(SERVICE + EYE) as daemon, daemon.client() as client:
        plugins = wait_for_plugins(daemon, name)
        client.subscribe("notify.plugin.")
        began = time.perf_counter()
        os.kill(daemon.host_pid(name), signal.SIGKILL)
        while plugins:
            plugins.discard(client.wait_for("plugin.started", host=name)["name"])
        return time.perf_counter() - began


def wait_for_plugins(daemon: Daemon, name: str) -> set[str]:
    """Return the plugins of a host once there are some."""
    time.sleep(2)
    return next(set(host["plugins"]) for host in daemon.report()["hosts"] if host["name"] == name)


def show(what: str, figure: str) -> None:
    """Print one line of the table."""
    print(f"{what:<48}{figure}")


def main() -> None:
    """Print the table."""
    starts = [start_and_stop() for _ in range(5)]
    show(
        "launch to first answer, s (median of 5)", f"{statistics.median(s for s, _ in starts):.3f}"
    )
    show("Ctrl-C to end, s (median of 5)", f"{statistics.median(s for _, s in starts):.3f}")
    for name in ("Pupil_Remote", "service", "eye0"):
        took = statistics.median(comeback(name) for _ in range(3))
        show(f"killed {name} back with its plugins, s", f"{took:.3f}")
    show("bare echo, ms: median / p95 / p99 / max", quantiles(echo_round_trips(5000)))
    with running(MINIMAL) as daemon:
        show("t, ms: median / p95 / p99 / max", quantiles(round_trips(daemon.port, 5000)))
        late = delays(daemon)
        show("a delay of 0.1 s, late, ms", quantiles(late))
    with running(SERVICE) as daemon:
        rate, share = flood(daemon)
        show("3D pupil data through the broker, per s", f"{rate:,.0f} ({share:.1%} arrived)")


if __name__ == "__main__":
    main()
