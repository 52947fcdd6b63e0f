"""A large calibration in a running service: ``python tests/benchmarks/calibration_live.py``.

What a client waits for a result, and what pupil data, gaze and requests suffer meanwhile. Two
eyes play films of a wearer who follows the targets; a client in a process of its own notes when
each datum arrives, another asks for the time a hundred times a second.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

import filmed_eyes
import zmq
from bus import DATUM, quantiles, running
from daemon import MINIMAL, SERVICE, Daemon
from filmed_eyes import film, play
from harness import Bench

from gazed import Client, Fields
from gazed_plugins.gaze import GazePipeline
from gazed_plugins.hmd_calibration import HMDCalibration
from gazed_plugins.simulated_headset.headset import mount_of

_CONFIG = (
    MINIMAL
    + """
[[start_plugin]]
name = "Gaze"
[[start_plugin]]
name = "HMD_Calibration"
[[start_plugin]]
name = "Calibrations"
"""
    + filmed_eyes.CONFIG
)
_TARGETS = [(x, y) for y in (-10, 0, 10) for x in (-14, -7, 0, 7, 14)] + [(0, 5), (5, 0), (0, -5)]
_DISTANCES = (600.0, 1000.0, 2000.0)
_REFERENCES = 2160
_LOOK, _SETTLE, _SECONDS, _DIGEST = 5.0, 0.5, 0.65, 6.0
_PAUSE = 0.01
_LISTENER = """
import json, sys, threading, time, zmq
endpoint, *topics = sys.argv[1:]
socket = zmq.Context().socket(zmq.SUB)
socket.connect(endpoint)
arrivals = {topic: [] for topic in topics}
for topic in topics:
    socket.subscribe(topic)
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
while not ended.is_set():
    if socket.poll(100):
        name = socket.recv_multipart()[0].decode()
        arrivals[next(topic for topic in topics if name.startswith(topic))].append(time.monotonic())
print(json.dumps(arrivals))
"""
_TRANSLATIONS = {"translation_eye0": [32, 0, 0], "translation_eye1": [-32, 0, 0]}
_DATA = ("pupil.0.3d", "pupil.1.3d", "gaze.3d.")


def main() -> None:
    """Calibrate some times and print medians and worst cases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rate", type=int, default=120, help="frames a second of each eye")
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="gz") as name, running(_CONFIG) as daemon:
        _film(Path(name), given.rate)
        with daemon.client() as client:
            play(client, Path(name))
        rounds = [_round(daemon) for _ in range(given.rounds)]
    waits = [result["wait"] for result in rounds]
    print(f"references {_REFERENCES}, pupil data {[result['pupil_data'] for result in rounds]}")
    print(
        f"should_stop to result, s: median {statistics.median(waits):.3f}, worst {max(waits):.3f}"
    )
    for topic in _DATA:
        holes = [result["holes"][topic] for result in rounds]
        frames = [hole * given.rate for hole, _ in holes]
        before = [hole * given.rate for _, hole in holes]
        print(
            f"{topic}: largest hole around the fit {max(frames):.2f} frames,"
            f" median of rounds {statistics.median(frames):.2f};"
            f" just as long before {statistics.median(before):.2f}"
        )
    took = [value for result in rounds for value in result["t"]]
    calm = [value for result in rounds for value in result["calm"]]
    print(f"t before, ms: median / p95 / p99 / max {quantiles(calm)}")
    print(f"t from should_stop to half a second after, ms: {quantiles(took)}")
    print_waits(given.rounds)
    print_turns()


def print_waits(rounds: int) -> None:
    """Print what a client waits for where no simulated eyes take the processors."""
    data, references = _session()
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        daemon = Daemon(Path(name), SERVICE, Path(name))
        try:
            waits = [_replayed(daemon, data, references) for _ in range(rounds)]
        finally:
            daemon.stop()
    print(
        f"{len(data)} pupil data without eyes: should_stop to result, s:"
        f" median {statistics.median(waits):.3f}, worst {max(waits):.3f}"
    )


def _session() -> tuple[list[Fields], list[Fields]]:
    """Return the pupil data of 18 targets, three seconds each, and their references."""
    data, references = [], []
    for k, target in enumerate(_targets()):
        data += [_seen(eye, target, 50 + 3 * k + i / 120) for i in range(278) for eye in (0, 1)]
        for i in range(_REFERENCES // len(_TARGETS) // 2):
            references += [{"mm_pos": target, "timestamp": 50.5 + 3 * k + i / 60}] * 2
    return data, references


def _seen(eye: int, target: list[float], timestamp: float) -> Fields:
    mount = mount_of(eye)
    center = mount.to_camera(mount.eye)
    way = np.array(target) - mount.eye
    normal = mount.normal_to_camera(way / np.linalg.norm(way))
    sphere = {"center": center.tolist(), "radius": 10.39}
    circle = {"center": (center + 10 * normal).tolist(), "normal": normal.tolist(), "radius": 2.0}
    more = {"topic": f"pupil.{eye}.3d", "id": eye, "timestamp": timestamp}
    return {**DATUM, **more, "sphere": sphere, "circle_3d": circle}


def _replayed(daemon: Daemon, data: list[Fields], references: list[Fields]) -> float:
    with Client(daemon.port, timeout=60) as client:
        client.subscribe("notify.calibration.successful", "notify.calibration.failed")
        client.subscribe("notify.calibration.started")
        client.start_plugin("HMD3DChoreographyPlugin")
        client.notify("calibration.should_start", **_TRANSLATIONS)
        client.wait_for("calibration.started")
        for datum in data:
            client.publish(datum["topic"], datum)
        client.notify("calibration.add_ref_data", ref_data=references)
        time.sleep(_DIGEST)
        began = time.perf_counter()
        client.notify("calibration.should_stop")
        result = _result(client)
        wait = time.perf_counter() - began
    if result["pupil_data"] != len(data):
        raise SystemExit(f"only {result['pupil_data']} pupil data arrived; the machine is too busy")
    return wait


def print_turns() -> None:
    """Print what the host's loop spends at a time, in processor time: no other load counts."""
    with tempfile.TemporaryDirectory() as name, _TimedBench(Path(name)) as bench:
        bench.start(GazePipeline, "Gaze")
        bench.start(HMDCalibration, "HMD_Calibration")
        bench.send("calibration.should_start", **_TRANSLATIONS)
        for k in range(10_000):
            bench.deliver("pupil.0.3d", {**DATUM, "id": k % 2, "timestamp": 100.0 + k / 240})
        bench.turns.clear()
        shown = [
            {"mm_pos": [5.0 * (k % 90), 3.0 * (k % 50), 600.0], "timestamp": 100.0 + k / 60}
            for k in range(_REFERENCES)
        ]
        bench.send("calibration.add_ref_data", ref_data=shown)
        bench.settle()
        bench.send("calibration.should_stop")
        bench.settle()
    longest = sorted(bench.turns, reverse=True)
    print(
        f"{len(longest)} turns of the loop for {_REFERENCES} references, the fit's request and"
        f" the result, ms: longest {', '.join(f'{1e3 * turn:.1f}' for turn in longest[:4])};"
        f" median {1e3 * statistics.median(longest):.2f}"
    )


class _TimedBench(Bench):
    """Notes the processor time of each turn; what is published goes nowhere."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.turns: list[float] = []

    def call(self, hook: str, **values: Any) -> list[Any]:
        began = time.thread_time()
        results = super().call(hook, **values)
        self.turns.append(time.thread_time() - began)
        return results

    def background(self, owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        def timed(result: Any) -> None:
            began = time.thread_time()
            then(result)
            self.turns.append(time.thread_time() - began)

        super().background(owner, work, timed)

    def deliver(self, topic: str, fields: Mapping[str, Any], *raw: bytes) -> None:
        began = time.thread_time()
        super().deliver(topic, fields, *raw)
        self.turns.append(time.thread_time() - began)

    def forward(self, frames: Sequence[bytes]) -> None:
        """Do nothing: a host hands the message on."""


def _film(folder: Path, rate: float) -> None:
    shown = [(_shown_at(k), tuple(target)) for k, target in enumerate(_targets())]
    film(folder, seconds=_shown_at(len(shown)) + 5.0, rate=rate, targets=shown)


def _shown_at(number: int) -> float:
    return _LOOK + number * (_SETTLE + _SECONDS)


def _targets() -> Iterator[list[float]]:
    for k, (x, y) in enumerate(_TARGETS):
        distance = _DISTANCES[k % 3]
        yield [float(distance * np.tan(np.radians(angle))) for angle in (x, y)] + [distance]


def _round(daemon: Daemon) -> dict[str, Any]:
    with Client(daemon.port, timeout=20) as client:
        client.subscribe("notify.calibration.successful", "notify.calibration.failed")
        client.start_plugin("HMD3DChoreographyPlugin")
        client.notify("file_source.seek", frame_index=0)
        began = client.time()
        client.notify("calibration.should_start", **_TRANSLATIONS)
        references = [
            entry for k, target in enumerate(_targets()) for entry in _looked_at(began, k, target)
        ]
        time.sleep(_shown_at(len(_TARGETS)))
        client.notify("calibration.add_ref_data", ref_data=references)
        return _end(daemon, client)


def _looked_at(began: float, number: int, position: list[float]) -> Iterator[Fields]:
    """Yield a target's references, each twice, as the Python client sends them."""
    count = _REFERENCES // len(_TARGETS) // 2
    since = began + _shown_at(number) + _SETTLE
    for k in range(count):
        for eye in (0, 1):
            yield {"mm_pos": position, "timestamp": since + k * _SECONDS / count, "id": eye}


def _end(daemon: Daemon, client: Client) -> dict[str, Any]:
    """Stop the calibration while others listen and ask."""
    heard = _Heard(daemon)
    asked = _Asking(daemon.port)
    asked.start()
    time.sleep(3.0)
    calm = len(asked.took)
    began = time.perf_counter()
    stopped = time.monotonic()
    client.notify("calibration.should_stop")
    result = _result(client)
    wait = time.perf_counter() - began
    time.sleep(0.5)
    asked.stop()
    heard.stop()
    if "reason" in result:
        raise SystemExit(f"the calibration failed: {result['reason']}")
    return {
        "wait": wait,
        "pupil_data": result["pupil_data"],
        "t": asked.took[calm:],
        "calm": asked.took[:calm],
        "holes": heard.holes(stopped, wait + 0.5),
    }


def _result(client: Client) -> Fields:
    while message := client.receive():
        if message[0].endswith(("calibration.successful", "calibration.failed")):
            return message[1]
    raise SystemExit("no result came")


class _Heard:
    """Notes when each datum arrives, in a process of its own."""

    def __init__(self, daemon: Daemon) -> None:
        command = [sys.executable, "-c", _LISTENER, daemon.connection.subscribe, *_DATA]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, **pipes)

    def stop(self) -> None:
        self._arrivals = json.loads(self._process.communicate()[0])

    def holes(self, since: float, seconds: float) -> dict[str, tuple[float, float]]:
        """Return the largest pause in each stream after a time, and in as long before it."""
        spans = ((since, since + seconds), (since - seconds, since))
        return {
            topic: tuple(_largest_pause(self._arrivals[topic], *span) for span in spans)
            for topic in _DATA
        }


def _largest_pause(times: list[float], begin: float, end: float) -> float:
    inside = [moment for moment in times if begin <= moment <= end]
    return max((b - a for a, b in itertools.pairwise(inside)), default=0.0)


class _Asking(threading.Thread):
    """Asks for the time, a hundred times a second."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port
        self._ended = threading.Event()
        self.took: list[float] = []

    def run(self) -> None:
        with zmq.Context() as context, context.socket(zmq.REQ) as remote:
            remote.linger = 0
            remote.connect(f"tcp://127.0.0.1:{self._port}")
            while not self._ended.wait(_PAUSE):
                began = time.perf_counter()
                remote.send(b"t")
                remote.recv()
                self.took.append(time.perf_counter() - began)

    def stop(self) -> None:
        self._ended.set()
        self.join()


if __name__ == "__main__":
    main()
