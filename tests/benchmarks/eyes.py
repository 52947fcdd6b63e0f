"""Two eyes at 200 frames a second, measured: ``python tests/benchmarks/eyes.py [--minutes 5]``."""

from __future__ import annotations

import argparse
import itertools
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import psutil
import zmq

sys.path.insert(0, str(Path(__file__).parents[1]))

from bus import quantiles, round_trips, running
from daemon import Daemon

from gazed import Client, unpack

CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Gaze"
[[start_plugin]]
name = "HMD_Calibration"
[[start_plugin]]
name = "Blink_Detection"
[[start_plugin]]
name = "Eye_Processes"
args = { source = "Simulated_Eye" }
"""
RATE = 200
TOPICS = ("pupil.0.2d", "pupil.1.2d")


class Listener:
    """A TCP client that notes when each datum arrived, and how late."""

    def __init__(self, daemon: Daemon, prefix: str) -> None:
        self.latency: dict[str, list[float]] = defaultdict(list)
        self.timestamps: dict[str, list[float]] = defaultdict(list)
        self._context = zmq.Context()
        self._socket = self._context.socket(zmq.SUB)
        self._socket.connect(daemon.connection.subscribe)
        self._socket.subscribe(prefix)

    def listen(self, seconds: float) -> None:
        """Take in what arrives."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._socket.poll(int(left * 1000)):
                topic, payload = self._socket.recv_multipart()[:2]
                arrived = time.monotonic()
                timestamp = unpack(payload)["timestamp"]
                self.latency[topic.decode()].append(arrived - timestamp)
                self.timestamps[topic.decode()].append(timestamp)

    def close(self) -> None:
        """Stop listening."""
        self._context.destroy(linger=0)

    def missing(self, topic: str) -> float:
        """Return the share of frames between the first and the last that did not arrive."""
        times = self.timestamps[topic]
        expected = round((times[-1] - times[0]) * RATE) + 1
        return 1 - len(times) / expected


def wait_for_eyes(daemon: Daemon) -> None:
    """Return when both eyes publish."""
    with daemon.client(timeout=30) as client:
        for topic in TOPICS:
            client.subscribe(topic)
            while client.receive(0.5) is None:
                pass
            client.unsubscribe(topic)


def memory(daemon: Daemon) -> dict[str, float]:
    """Return proportional set size in MB by process."""
    return {_name(process): process.memory_full_info().pss / 1e6 for process in daemon.processes()}


def cpu_seconds(daemon: Daemon) -> dict[str, float]:
    """Return the processor seconds used so far by process."""
    return {_name(process): sum(process.cpu_times()[:2]) for process in daemon.processes()}


def _name(process: psutil.Process) -> str:
    command = process.cmdline()
    return command[command.index("gazed.host") + 1] if "gazed.host" in command else "kernel"


def measure_pupils(daemon: Daemon, seconds: float) -> None:
    """Print rate, losses and latency of pupil data, and what the processes cost."""
    listener = Listener(daemon, "pupil.")
    before = cpu_seconds(daemon)
    listener.listen(seconds)
    after = cpu_seconds(daemon)
    for topic in TOPICS:
        late = listener.latency[topic]
        print(
            f"{topic}: {len(late) / seconds:.1f} per s, {listener.missing(topic):.2%} missing;"
            f" frame to client, ms: median / p95 / p99 / max {quantiles(late)}"
        )
    listener.close()
    shares = {name: (after[name] - before[name]) / seconds for name in after if name in before}
    listed = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
    print(f"processor, share of one core: {listed}; in all {sum(shares.values()):.0%}")


def measure_requests(daemon: Daemon) -> None:
    """Print the round trips of ``t`` while eyes run, and while calibrations are fitted."""
    print(
        f"t, eyes running, ms: median / p95 / p99 / max {quantiles(round_trips(daemon.port, 3000))}"
    )
    stop = threading.Event()
    thread = threading.Thread(target=_calibrate_until, args=(daemon, stop))
    thread.start()
    took = round_trips(daemon.port, 3000)
    stop.set()
    thread.join()
    print(f"t, fitting as well, ms: median / p95 / p99 / max {quantiles(took)}")


def _calibrate_until(daemon: Daemon, stop: threading.Event) -> None:
    with Client(daemon.port, timeout=20) as client:
        client.subscribe("notify.calibration.")
        while not stop.is_set():
            client.notify("calibration.should_start")
            began = client.time()
            stop.wait(0.5)
            shown = [
                {"norm_pos": [0.1 * (i % 9), 0.1 * (i % 7)], "timestamp": began + i / 200}
                for i in range(100)
            ]
            client.notify("calibration.add_ref_data", ref_data=shown)
            client.notify("calibration.should_stop")
            client.wait_for("calibration.stopped")


def measure_burst(daemon: Daemon) -> None:
    """Print the largest hole in pupil data around 500 unrelated notifications at once."""
    listener = Listener(daemon, "pupil.0.2d")
    with daemon.client() as client:
        listener.listen(0.5)
        for _ in range(500):
            client.notify("nobody.cares", about="this")
        listener.listen(0.5)
    times = listener.timestamps["pupil.0.2d"]
    holes = max(after - before for before, after in itertools.pairwise(times))
    listener.close()
    print(f"500 notifications at once: largest hole {holes * 1e3:.1f} ms")


def print_memory(daemon: Daemon, when: str) -> None:
    """Print the memory of each process."""
    used = memory(daemon)
    listed = ", ".join(f"{name} {megabytes:.0f}" for name, megabytes in used.items())
    print(f"memory {when}, MB (PSS): {listed}; in all {sum(used.values()):.0f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--minutes", type=float, default=0.0, help="run so long for the memory")
    options = parser.parse_args()
    with running(CONFIG) as daemon:
        wait_for_eyes(daemon)
        began = time.monotonic()
        time.sleep(2)
        measure_pupils(daemon, options.seconds)
        measure_requests(daemon)
        measure_burst(daemon)
        for minutes in (1.0, options.minutes):
            if minutes and (left := began + 60 * minutes - time.monotonic()) > 0:
                time.sleep(left)
            print_memory(daemon, f"after {(time.monotonic() - began) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
