"""What a camera costs, measured: ``python tests/benchmarks/capture.py [--seconds 60]``.

The cameras are the fake ``uvc``. What it costs by itself, and what an eye host costs whatever
its source, is measured with a source that only takes the fake's pictures in the host's loop
and gives out one ready frame; it is subtracted.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "fakes"))

import cv2
import numpy as np
import psutil
from daemon import Daemon
from harness import Bench
from uvc import world

from gazed import Client, Clock, Context
from gazed_plugins.capture.cameras import Mode, Wish
from gazed_plugins.capture.identity import Binding
from gazed_plugins.capture.intrinsics import FocalLengths
from gazed_plugins.capture.source import CameraSource
from gazed_plugins.capture.times import RealTime
from gazed_plugins.capture.uvc_backend import UvcBackend
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

RATE = 200
MODE = [192, 192, RATE]
WARM_UP = 5.0
Counts = dict[str, int]
QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 90]
CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye"
host = "eye0"
[[start_plugin]]
name = "Eye"
host = "eye1"
[[start_plugin]]
name = "{source}"
host = "eye0"
[[start_plugin]]
name = "{source}"
host = "eye1"
"""
BARE_SOURCE = """
import cv2, numpy, uvc
from gazed import Context, Frame, hookimpl

class BareSource:
    role = "source"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._capture = uvc.Capture(f"1:{5 + context.eye}")
        self._capture.frame_mode = self._capture.available_modes[0]
        self._gray = numpy.zeros((192, 192), numpy.uint8)

    @hookimpl
    def read_frame(self):
        try:
            self._capture.get_frame(0.02)
        except TimeoutError:
            return None
        now = self._context.clock.now()
        return Frame(self._context.eye, 0, now, now, self._gray)
"""


DETECTORS = """
[[start_plugin]]
name = "Detector_2D"
host = "eye{eye}"
[[start_plugin]]
name = "Detector_3D"
host = "eye{eye}"
"""


class StillWorld(world.World):
    """A world in which a picture is always due, so that nothing is waited for."""

    def __init__(self, cameras: list[world.FakeCamera]) -> None:
        super().__init__(cameras)
        self._now = 1000.0

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        self._now += seconds


class Stepped(CameraSource):
    """A source whose camera is read by who calls ``grabber.step``."""

    clock = RealTime()

    def __init__(self, context: Context) -> None:
        wish = Wish(Mode(192, 192, RATE))
        super().__init__(context, UvcBackend(), Binding("", 0), wish, FocalLengths(context))


def draw_pictures(folder: Path, count: int = 64) -> None:
    """Write a simulated wearer's pictures as JPEG files."""
    folder.mkdir()
    renderer, wearer = Renderer(0, 192, LOOKS["easy"], 1), Wearer(1)
    for index in range(count):
        gray = renderer.frame(wearer.state(0, index / RATE), index, 0.0, 0.0).gray
        cv2.imwrite(
            str(folder / f"{index:04}.jpg"), cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), QUALITY
        )


def a_camera(pictures: Path, eye: int) -> world.FakeCamera:
    """Return a camera without automatic exposure, so that the files are used as they are."""
    return world.FakeCamera(
        f"Pupil Cam2 ID{eye}",
        f"000{eye}",
        address=5 + eye,
        modes=[MODE],
        pictures=str(pictures),
        lacks=["Absolute Exposure Time"],
    )


def cost_per_frame(pictures: Path, count: int) -> tuple[float, float]:
    """Return the median CPU seconds from the driver's JPEG to a Frame, and of a bare decode."""
    world.use(StillWorld([a_camera(pictures, 0)]))
    with tempfile.TemporaryDirectory() as name, Bench(Path(name), "eye0") as bench:
        bench.clock.close()
        bench.clock = Clock(Path(name) / "clock")
        source = bench.start(Stepped)
        while source.read_frame() is None:
            source.grabber.step()
        capture = source.grabber.camera._capture
        jpegs = [path.read_bytes() for path in sorted(pictures.glob("*.jpg"))]

        def ours() -> None:
            source.grabber.step()
            source.read_frame()

        def bare() -> None:
            cv2.imdecode(np.frombuffer(jpegs[0], np.uint8), cv2.IMREAD_GRAYSCALE)
            jpegs.append(jpegs.pop(0))

        took = interleaved([ours, lambda: capture.get_frame(0.1), bare], count)
    world.use(None)
    return took[0] - took[1], took[2]


def interleaved(calls: list[Callable[[], object]], count: int) -> list[float]:
    """Return the median CPU seconds of each call, measured in turns."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(count):
        for call, seconds in zip(calls, took, strict=True):
            began = time.thread_time_ns()
            call()
            seconds.append((time.thread_time_ns() - began) / 1e9)
    return [statistics.median(seconds) for seconds in took]


def paced_decode(pictures: Path, count: int = 600) -> float:
    """Return the share of a core that bare decoding costs at a camera's pace, caches cold."""
    jpegs = [path.read_bytes() for path in sorted(pictures.glob("*.jpg"))]
    used = 0.0
    for index in range(count):
        time.sleep(0.9 / RATE)
        began = time.thread_time()
        cv2.imdecode(np.frombuffer(jpegs[index % len(jpegs)], np.uint8), cv2.IMREAD_GRAYSCALE)
        used += time.thread_time() - began
    return used / count * RATE


def two_eyes(seconds: float, source: str, packages: Path) -> tuple[list[float], list[Counts]]:
    """Return each eye host's share of a core, and what its counters rose by."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        daemon = Daemon(Path(name), CONFIG.format(source=source), packages)
        with daemon.client(timeout=20.0) as client:
            client.subscribe("notify.capture.", "notify.plugin.started")
            time.sleep(WARM_UP)
            hosts = [psutil.Process(daemon.host_pid(f"eye{eye}")) for eye in (0, 1)]
            before, used = counters(client, source), [_cpu(host) for host in hosts]
            time.sleep(seconds)
            shares = [(_cpu(host) - past) / seconds for host, past in zip(hosts, used, strict=True)]
            after = counters(client, source)
        daemon.stop()
    rise = [
        {key: now[key] - past[key] for key in now} for now, past in zip(after, before, strict=True)
    ]
    return shares, rise


def frame_to_client(seconds: float, packages: Path) -> tuple[list[float], dict[str, list[float]]]:
    """Return each eye host's share of a core with both detectors, and latencies by topic.

    From the moment at which the driver hands a picture over to the one at which its datum is
    read from a TCP socket, in seconds.
    """
    config = CONFIG.format(source="UVC_Source").replace(
        'name = "UVC_Source"', 'name = "UVC_Source"\nargs = { timestamps = "received" }'
    )
    config += "".join(DETECTORS.format(eye=eye) for eye in (0, 1))
    took: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        daemon = Daemon(Path(name), config, packages)
        clock = Clock(daemon.connection.clock)
        with daemon.client(timeout=20.0) as client:
            client.subscribe("pupil.")
            time.sleep(WARM_UP)
            while client.receive(0.0):
                pass
            hosts = [psutil.Process(daemon.host_pid(f"eye{eye}")) for eye in (0, 1)]
            used, end = [_cpu(host) for host in hosts], time.monotonic() + seconds
            while time.monotonic() < end:
                topic, fields, _ = client.receive()
                took.setdefault(topic[-2:], []).append(clock.now() - fields["timestamp"])
            shares = [(_cpu(host) - past) / seconds for host, past in zip(hosts, used, strict=True)]
        clock.close()
        daemon.stop()
    return shares, took


def counters(client: Client, source: str) -> list[Counts]:
    """Return both eyes' counters, none where the source has none."""
    if source != "UVC_Source":
        return []
    reports = []
    for eye in (0, 1):
        client.notify("capture.should_report", eye_id=eye)
        reports.append(client.wait_for("capture.report", eye_id=eye)["counters"])
    return reports


def install(packages: Path) -> None:
    """Write the source that everything is compared with as an installed package."""
    packages.mkdir()
    (packages / "bare_source.py").write_text(BARE_SOURCE)
    info = packages / "bare_source-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bare-source\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gazed.eye]\nBare_Source = bare_source:BareSource\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--frames", type=int, default=4000)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        draw_pictures(folder / "pictures")
        install(folder / "packages")
        ours, bare = cost_per_frame(folder / "pictures", options.frames)
        print(f"JPEG to Frame {ours * 1e6:.0f} us, bare imdecode {bare * 1e6:.0f} us a frame:")
        print(f"  ratio {ours / bare:.2f} (limit 1.5)")
        paced = paced_decode(folder / "pictures")
        print(f"bare imdecode {RATE} times a second: {paced:.1%} of a core")
        world.World([a_camera(folder / "pictures", eye) for eye in (0, 1)]).save(folder)
        os.environ |= {"FAKE_UVC": name, "PYTHONPATH": str(Path(__file__).parents[1] / "fakes")}
        floor, _ = two_eyes(min(options.seconds, 30.0), "Bare_Source", folder / "packages")
        shares, rise = two_eyes(options.seconds, "UVC_Source", folder / "packages")
        busy, took = frame_to_client(min(options.seconds, 30.0), folder / "packages")
    for eye, share in enumerate(shares):
        print(
            f"eye{eye}: its host {share:.1%} of a core, with the bare source {floor[eye]:.1%};"
            f" capture, decode and hand-over {share - floor[eye]:.1%} (limit 8 %)"
        )
        print(f"  in {options.seconds:.0f} s: {rise[eye]}")
    for tag, seconds in sorted(took.items()):
        median, late, latest = np.percentile(np.array(seconds) * 1e3, (50, 95, 99))
        print(
            f"picture at hand to {tag} datum at a TCP client: median {median:.2f} ms,"
            f" 95th percentile {late:.2f}, 99th {latest:.2f}, {len(seconds)} data"
        )
    print("each eye's host with both detectors: " + ", ".join(f"{share:.1%}" for share in busy))


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


if __name__ == "__main__":
    main()
