"""From pupil data to gaze data, measured: ``python tests/benchmarks/gaze.py [--live]``."""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgpack
import zmq

sys.path.insert(0, str(Path(__file__).parents[1]))

import filmed_eyes
from bus import DATUM, quantiles, running
from daemon import MINIMAL, Daemon
from eyes import cpu_seconds
from filmed_eyes import film, play
from harness import Bench
from made_gaze import at_angle

from gazed import Client, Fields, Pupil, pack, pupil_from_wire
from gazed_plugins.drift_correction import DriftCorrection
from gazed_plugins.fixations import FixationDetector
from gazed_plugins.gaze import GazePipeline, GazerHMD3D
from gazed_plugins.gaze_smoothing import GazeSmoothing
from gazed_plugins.gaze_smoothing.delays import delays
from gazed_plugins.gaze_smoothing.one_euro import OneEuro
from gazed_plugins.simulated_headset.headset import mount_of
from gazed_plugins.simulated_headset.wearer import Wearer

CONFIG = (
    MINIMAL
    + """
[[start_plugin]]
name = "Gaze"
"""
)
LIVE = CONFIG + filmed_eyes.CONFIG
FILM_SECONDS = 10.0
RATE = 200
AFTER_EYE0 = 0.0018
REFINERS = ("Drift_Correction", "Gaze_Smoothing", "Fixation_Detector")
SENDER = """
import json, sys, time, msgpack, zmq
endpoint, rate, after, file = sys.argv[1], float(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
data = [[json.loads(line) for line in open(file)][eye::2] for eye in (0, 1)]
sender = zmq.Context().socket(zmq.PUB)
sender.connect(endpoint)
time.sleep(0.5)
began = time.monotonic()
for k in range(10**9):
    for eye in (0, 1):
        pause = began + k / rate + eye * after - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        datum = data[eye][k % len(data[eye])]
        datum["timestamp"] = time.monotonic()
        sender.send_multipart([datum["topic"].encode(), msgpack.packb(datum)])
"""

RELAY = """
import sys, msgpack, zmq
context = zmq.Context()
ear, mouth = context.socket(zmq.SUB), context.socket(zmq.XPUB)
ear.connect(sys.argv[1])
ear.subscribe("pupil.")
mouth.connect(sys.argv[2])
while True:
    datum = msgpack.unpackb(ear.recv_multipart()[1])
    mouth.send_multipart([b"relayed", msgpack.packb({"base_data": [datum, datum]})])
"""


def pupils(seconds: float) -> list[Fields]:
    """Return the 3D data of a wearer's eyes, eye 0 and eye 1 in turn, as on the wire."""
    wearer = Wearer(5, blinks_per_minute=0.0)
    data = []
    for k in range(round(seconds * RATE)):
        for eye in (0, 1):
            timestamp = k / RATE + eye * AFTER_EYE0
            state = wearer.state(eye, timestamp)
            circle = {"center": [0.0, 0.0, 26.0], "normal": list(state.normal), "radius": 2.0}
            sphere = {"center": list(state.center), "radius": 10.39}
            own = {"id": eye, "topic": f"pupil.{eye}.3d", "timestamp": timestamp}
            data.append({**DATUM, **own, "sphere": sphere, "circle_3d": circle})
    return data


def mapper() -> Fields:
    """Return the mapper's arguments that are true of the simulated headset (y down)."""
    poses = []
    for eye in (0, 1):
        mount = mount_of(eye)
        rows = [[*mount.rotation[k].tolist(), float(mount.position[k])] for k in range(3)]
        rows[1] = [-value for value in rows[1]]
        poses.append([*rows, [0.0, 0.0, 0.0, 1.0]])
    key = "eye_camera_to_world_matrix"
    single = [{key: pose, "gaze_distance": 500.0} for pose in poses]
    both = {f"{key}{eye}": pose for eye, pose in enumerate(poses)}
    return {"right_model": single[0], "left_model": single[1], "binocular_model": both}


def measure_hops(seconds: float) -> None:
    """Print how late gaze data are at a TCP client, without and with plugins that refine them."""
    print("pupil datum to gaze datum at a TCP client, two eyes at 200 Hz;")
    print("ms: median / p95 / p99 / max; processor time of the service")
    with running(CONFIG) as daemon, tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "pupils"
        file.write_text("\n".join(json.dumps(datum) for datum in pupils(10.0)), encoding="utf-8")
        endpoint = daemon.connection.local_publish
        command = [sys.executable, "-c", SENDER, endpoint, str(RATE), str(AFTER_EYE0), str(file)]
        with daemon.client() as client, subprocess.Popen(command) as sender:
            client.subscribe("notify.", "fixations")
            start(client, "GazerHMD3D", mapper())
            for names in ([], [REFINERS[0]], [REFINERS[1]], [REFINERS[2]], list(REFINERS)):
                for name in names:
                    start(client, name, {})
                if REFINERS[0] in names:
                    correct(client)
                before = cpu_seconds(daemon)["service"]
                late = listen(daemon, client, "gaze.3d.", seconds)
                share = (cpu_seconds(daemon)["service"] - before) / seconds
                label = " + ".join(names) or "the mapper alone"
                print(f"  {label}: {quantiles(late)}; {share:.0%} of a core", flush=True)
                for name in names:
                    client.stop_plugin(name)
            local = daemon.connection
            command = [sys.executable, "-c", RELAY, local.local_subscribe, local.local_publish]
            with subprocess.Popen(command) as relay:
                late = listen(daemon, client, "relayed", seconds)
                print(f"  a relay that only unpacks and packs, beside it: {quantiles(late)}")
                relay.kill()
            sender.kill()


def start(client: Client, name: str, args: Fields) -> None:
    """Start a plugin and wait until it runs."""
    client.start_plugin(name, **args)
    client.wait_for("plugin.started", name=name)


def correct(client: Client) -> None:
    """Have a correction made, so that there is something to apply."""
    for _ in range(20):
        client.notify("drift_correction.should_correct", mm_pos=[0, 0, 1000.0], duration=0.15)
        while (message := client.receive(2.0)) is not None:
            if message[0] == "notify.drift_correction.corrected":
                return
            if message[0] == "notify.drift_correction.failed":
                break
    print("  (no correction was possible; gaze passes through unchanged)")


def listen(daemon: Daemon, client: Client, topic: str, seconds: float) -> list[float]:
    """Return by how many seconds each datum comes later than its newest frame."""
    context = zmq.Context()
    socket = context.socket(zmq.SUB)
    socket.connect(daemon.connection.subscribe)
    socket.subscribe(topic)
    late: list[float] = []
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if socket.poll(int(left * 1000)):
            payload = socket.recv_multipart()[1]
            arrived = time.monotonic()
            datum = msgpack.unpackb(payload)
            base = datum.get("base_data", [datum])
            late.append(arrived - max(pupil["timestamp"] for pupil in base))
    context.destroy(linger=0)
    while client.receive(0.0):
        pass
    return late[RATE // 2 :]


def measure_live(seconds: float) -> None:
    """Print how late pupil and gaze data are at a TCP client, from the frames of two eyes on."""
    print("frame to datum at a TCP client, two eyes at 200 Hz that play videos;")
    print("ms: median / p95 / p99 / max")
    with tempfile.TemporaryDirectory() as name:
        film(Path(name), seconds=FILM_SECONDS, rate=RATE)
        with running(LIVE) as daemon, daemon.client() as client:
            play(client, Path(name))
            client.subscribe("notify.")
            start(client, "GazerHMD3D", mapper())
            for topic in ("pupil.", "gaze.3d."):
                late = listen(daemon, client, topic, seconds)
                print(f"  {topic:<8} {quantiles(late)}; {len(late) / seconds:.0f} a second")


class PackingBench(Bench):
    """A bench that packs what is published, as a host does, and keeps nothing."""

    def publish(self, topic: str, fields: Fields, raw: Sequence[bytes]) -> bool:
        pack(fields)
        return True


def measure_costs() -> None:
    """Print what one pupil datum or gaze datum costs, in microseconds of processor time."""
    print("processor time, microseconds a datum (medians of 9 rounds)")
    data = pupils(5.0)
    with tempfile.TemporaryDirectory() as directory, PackingBench(Path(directory)) as bench:
        pipeline = bench.start(GazePipeline)
        bench.start(GazerHMD3D, **mapper())
        parsed = [pupil_from_wire(datum["topic"], datum) for datum in data]
        gazes = [gaze for pupil in parsed for gaze in _mapped(bench, pupil)]
        bench.wishes = []
        _show("pupil datum to gaze, nobody listens", lambda: _take(pipeline, data), len(data))
        bench.wishes = ["gaze."]
        _show("pupil datum to gaze, packed", lambda: _take(pipeline, data), len(data))
        _show("norm_pos alone", lambda: [pipeline._placed(gaze) for gaze in gazes], len(gazes))
        refine = lambda: [bench.through("refine_gaze", {"gaze": gaze}) for gaze in gazes]  # noqa: E731
        _show("refine_gaze, implemented by nobody", refine, len(gazes))
        drift = bench.start(DriftCorrection)
        bench.send("drift_correction.should_correct", mm_pos=list(at_angle(0, 0)), duration=0.1)
        for gaze in gazes[:60]:
            bench.call("refine_gaze", gaze=gaze)
        _show(f"Drift_Correction, {_state(drift)}", refine, len(gazes))
        bench.stop("DriftCorrection")
        bench.start(GazeSmoothing)
        _show("Gaze_Smoothing", refine, len(gazes))
        bench.stop("GazeSmoothing")
        watch = lambda: [bench.call("on_gaze", gaze=gaze) for gaze in gazes]  # noqa: E731
        for wishes, label in (
            ([], "nobody listens"),
            (["fixations"], "published 30 times a second"),
        ):
            bench.start(FixationDetector)
            bench.wishes = wishes
            _show(f"Fixation_Detector at 400 a second, {label}", watch, len(gazes))
            bench.stop("FixationDetector")


def measure_smoothing() -> None:
    """Print how much steadier and how much later smoothing makes gaze."""
    print(f"smoothing at {RATE} a second, 0.06 deg of noise: min_cutoff, speed_gain; steps; delays")
    for settings in ((2.0, 0.5), (4.0, 0.5), (8.0, 1.0)):
        late = delays(*settings, RATE)
        small, large = (1e3 * late[name] for name in ("small_saccade", "large_saccade"))
        share = _steadier(OneEuro(*settings))
        cutoff, gain = settings
        print(
            f"  {cutoff:g} Hz, {gain:g} Hz s/deg: steps of 1/{1 / share:.1f};"
            f" 10 deg {large:.1f} ms, 2 deg {small:.1f} ms late"
        )


def _steadier(smoother: OneEuro) -> float:
    dice = random.Random(1)
    raw, smooth = [], []
    for k in range(20 * RATE):
        places = [dice.gauss(0.0, 0.06), dice.gauss(0.0, 0.06)]
        aim = at_angle(*places, 1.0)
        if not raw:
            smoother.begin(0.0, aim, places)
        smooth.append(smoother.step(k / RATE, aim, places) if raw else places)
        raw.append(places)
    return _steps(smooth) / _steps(raw)


def _steps(places: list[list[float]]) -> float:
    pairs = itertools.pairwise(places[RATE:])
    return math.sqrt(statistics.fmean(math.dist(one, other) ** 2 for one, other in pairs))


def _mapped(bench: Bench, pupil: Pupil) -> list:
    return [gaze for gazes in bench.call("map_gaze", pupil=pupil) for gaze in gazes]


def _take(pipeline: GazePipeline, data: list[Fields]) -> None:
    for datum in data:
        pipeline._take(datum["topic"], datum, ())


def _state(drift: DriftCorrection) -> str:
    return "correcting" if drift._correction else "idle"


def _show(what: str, work: Callable[[], object], count: int) -> None:
    took = []
    for _ in range(9):
        gc.collect()
        began = time.thread_time()
        work()
        took.append((time.thread_time() - began) / count)
    print(f"  {what:<55} {1e6 * statistics.median(took):6.1f}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="for each row")
    parser.add_argument("--live", action="store_true", help="only this: from frames on")
    options = parser.parse_args()
    if options.live:
        measure_live(options.seconds)
        return
    measure_smoothing()
    measure_costs()
    measure_hops(options.seconds)


if __name__ == "__main__":
    main()
