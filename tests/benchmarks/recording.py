"""Recordings, measured: ``python tests/benchmarks/recording.py [remux|counts|share|kills [N]]``."""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import psutil

sys.path.insert(0, str(Path(__file__).parents[1]))

from daemon import MINIMAL, Daemon
from recorded import SIZE
from recording_reader import read_recording
from recording_service import Witness, configuration, install_quick_eye

from gazed import Client, Frame, pack
from gazed_plugins.eye_video.filming import Filming, Scene, Shot
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.repair import mend
from gazed_plugins.recorder.video import VideoWriter

MINUTES = 10
RATE = 200
KILLS = 300


@contextmanager
def running(config: str) -> Iterator[Daemon]:
    """Run a daemon in directories of its own, with the quick eye installed."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        directory = Path(name)
        install_quick_eye(directory)
        daemon = Daemon(directory, config.format(root=directory / "recordings"), directory)
        try:
            yield daemon
        finally:
            daemon.stop()


def eye_jpeg() -> bytes:
    """Return a picture of 192x192 with about as much detail as an eye's."""
    noise = np.random.default_rng(1).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    picture = cv2.resize(noise, (192, 192), interpolation=cv2.INTER_CUBIC)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()


def remux() -> None:
    """What a frame of 192x192 costs: in the hook, and in the thread that writes."""
    picture = eye_jpeg()
    with tempfile.TemporaryDirectory() as name:
        writer = VideoWriter(Path(name) / "eye0.mp4", 192, 192)
        costs = []
        for start in range(0, 6000, 60):
            began = time.thread_time()
            for index in range(start, start + 60):
                writer.add(picture, index * 327)
            writer.write()
            costs.append((time.thread_time() - began) / 60)
        writer.close()
    print(
        f"writing a frame of {len(picture)} bytes: {1e6 * statistics.median(costs):.1f} us of CPU"
    )
    print(f"queueing it on the frame path: {1e6 * hook_cost(picture):.1f} us")


def hook_cost(picture: bytes) -> float:
    """Return what the hook costs the frame path, in seconds of its thread."""
    gray = np.zeros((192, 192), np.uint8)
    with tempfile.TemporaryDirectory() as name:
        filming = Filming(Scene(Path(name), 0, 0.0), Disk(), 1e9)
        costs = []
        for start in range(0, 3000, 100):
            frames = [
                Frame(0, i, i / RATE, 0.0, gray, jpeg=picture) for i in range(start, start + 100)
            ]
            began = time.thread_time()
            for frame in frames:
                filming.take(Shot(frame.timestamp, SIZE, frame.jpeg, None, None))
            costs.append((time.thread_time() - began) / 100)
        filming.end()
        filming.closed.wait(60)
    return statistics.median(costs)


def counts() -> None:
    """Ten minutes of two eyes through the bus and into files, as fast as both keep up."""
    with running(RECORDER) as daemon, daemon.client(timeout=60.0) as client:
        folder = start(client)
        began = time.perf_counter()
        send(Client.local(daemon.connection), range(MINUTES * 60 * RATE), speed=SPEED)
        seconds = time.perf_counter() - began
        print(f"{MINUTES} minutes published in {seconds:.1f} s", end=", ")
        client.request("r")
        said = client.wait_for("recording.closed")
        print(f"recorded {time.perf_counter() - began - seconds:.1f} s later, lost: {said['lost']}")
        film(folder, MINUTES * 60 * RATE)
        read = read_recording(folder)
    for topic in TOPICS:
        indexes = [fields["index"] for fields in read.of(topic)]
        right = indexes == list(range(MINUTES * 60 * RATE))
        print(f"  {topic:12} {len(indexes)} data, each once and in order: {right}")
    for name, video in read.videos.items():
        rising = video.timestamps == sorted(set(video.timestamps))
        print(f"  {name:12} {len(video.packets)} frames, as many timestamps, rising: {rising}")


def film(folder: Path, frames: int) -> None:
    """Write both eyes' videos into a recording, as their threads do."""
    picture = eye_jpeg()
    for eye in (0, 1):
        filming = Filming(Scene(folder, eye, 0.0), Disk(), 1e12)
        for index in range(frames):
            filming.take(Shot(index / RATE, (192, 192), picture, None, 140.0))
        filming.end()
        filming.closed.wait(600)


def share() -> None:
    """What the recorder costs beside a stream of two eyes: processor, and the others' latency."""
    figures: dict[bool, list[tuple[float, float, float]]] = {False: [], True: []}
    with running(RECORDER) as daemon, daemon.client(timeout=60.0) as client:
        process = psutil.Process(daemon.host_pid("Recorder"))
        for round_ in range(2 * ROUNDS):
            recording = bool(round_ % 2)
            if recording:
                start(client)
            figures[recording].append(measured(daemon, process))
            if recording:
                client.request("r")
                client.wait_for("recording.closed")
    for recording, found in figures.items():
        cpu, median, p99 = (statistics.median(column) for column in zip(*found, strict=True))
        state = "recording" if recording else "idle"
        print(
            f"{state:10} {100 * cpu:.1f} % of a core, latency median {median:.3f} p99 {p99:.3f} ms"
        )


def measured(daemon: Daemon, process: psutil.Process) -> tuple[float, float, float]:
    """Return the recorder's share of a core, and median and p99 of the latency in ms."""
    delays: list[float] = []
    with Client.local(daemon.connection) as sender, Client.local(daemon.connection) as reader:
        reader.subscribe("gaze.")
        listener = threading.Thread(target=listen, args=(reader, delays))
        listener.start()
        before, began = sum(process.cpu_times()[:2]), time.monotonic()
        send(sender, range(SECONDS * RATE), speed=1.0)
        used = sum(process.cpu_times()[:2]) - before
        elapsed = time.monotonic() - began
        sender.send([b"gaze.end", pack({})])
        listener.join()
    return used / elapsed, float(np.median(delays)), float(np.percentile(delays, 99))


def listen(reader: Client, delays: list[float]) -> None:
    """Take in gaze data until the end; note how long each was on its way, in ms."""
    while (message := reader.receive(30.0)) and message[0] != "gaze.end":
        delays.append(1000.0 * (time.monotonic() - message[1]["sent"]))


def send(client: Client, indexes: range, speed: float) -> None:
    """Publish all of two eyes' data, ``speed`` times as fast as they come."""
    began = time.monotonic()
    extra = {"values": [0.5] * 30}
    for index in indexes:
        due = began + index / RATE / speed
        time.sleep(max(0.0, due - time.monotonic()))
        for topic in TOPICS:
            now = time.monotonic()
            fields = {"topic": topic, "timestamp": index / RATE, "index": index, "sent": now}
            client.publish(topic, {**fields, **extra, "base_data": [extra] * topic.count("gaze")})


def start(client: Client) -> Path:
    """Start a recording; return its folder."""
    client.subscribe("notify.recording.")
    client.request("R session")
    return Path(client.wait_for("recording.started")["rec_path"])


def kills(number: int) -> None:
    """Kill a host, or everything, at random moments of a recording; each must be repaired."""
    dice, done, began = random.Random(time.time_ns()), 0, time.monotonic()
    tally: dict[str, int] = {}
    while done < number:
        with running(CAMERAS) as daemon:
            witness = Witness(daemon)
            # A host that dies a third time within a minute is not started again.
            victims = ["Recorder", "eye0", "eye1"] * 2
            dice.shuffle(victims)
            for victim in [*victims, dice.choice(["all", "kernel"])]:
                one_kill(witness, victim, dice.uniform(0.05, 2.0))
                tally[victim] = tally.get(victim, 0) + 1
                done += 1
            witness.client.close()
        print(f"{done} kills in {time.monotonic() - began:.0f} s, all whole: {tally}", flush=True)


def one_kill(witness: Witness, victim: str, seconds: float) -> None:
    """Record, kill, and check what is left."""
    witness.wait_for_eyes()
    folder = witness.start()
    witness.watch(seconds)
    if victim in ("all", "kernel"):
        until = witness.kill_all() if victim == "all" else witness.kill_kernel()
        mend(folder)
    else:
        until = witness.kill(victim)
        if victim == "Recorder":
            heard = witness.hear("recording.started", "recording.repaired", rec_path=f"{folder}/")
            goes_on = heard["recording.started"]["rec_path"]
            witness.client.request("r")
            witness.client.wait_for("recording.closed", rec_path=goes_on)
            assert mend(Path(goes_on)) == []
        else:
            witness.client.wait_for("recording.video_started", eye_id=int(victim[-1]))
            witness.client.request("r")
            witness.client.wait_for("recording.closed")
            until = float("inf")
    witness.check(folder, until)
    assert mend(folder) == []


TOPICS = ("pupil.0.2d", "pupil.1.2d", "pupil.0.3d", "pupil.1.3d", "gaze.3d.01.")
SPEED = 10.0
ROUNDS, SECONDS = 5, 10
RECORDER = f"""{MINIMAL}
[[start_plugin]]
name = "Recorder"
args = {{{{ rec_root_dir = "{{root}}", stop_free_gb = 0.0 }}}}
"""

CAMERAS = configuration(Path("@")).replace("{", "{{").replace("}", "}}").replace("@", "{root}")

if __name__ == "__main__":
    if sys.argv[1:2] == ["kills"]:
        kills(int(sys.argv[2]) if sys.argv[2:] else KILLS)
    else:
        for name in sys.argv[1:] or ["remux", "counts", "share"]:
            {"remux": remux, "counts": counts, "share": share}[name]()
