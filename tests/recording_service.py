"""A service that records two quick eyes, a client of it, and what must be in its recordings."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from daemon import MINIMAL, Daemon
from recorded import JPEGS
from recording_reader import Read, read_recording

from gazed import Client, Fields
from gazed_plugins.recorder.repair import mend

RATE = 100
LOSS = 1.0

_PLUGIN = """
import time
from recorded import JPEGS, SIZE
import numpy as np
from gazed import Context, Ellipse, Frame, Pupil, hookimpl


class QuickEye:
    '''A camera with JPEGs and a detector, neither of which takes any time.'''

    role = "source"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._index = 0
        self._due = time.monotonic()
        self._gray = np.zeros(SIZE[::-1], np.uint8)

    @hookimpl
    def read_frame(self):
        time.sleep(max(0.0, min(0.02, self._due - time.monotonic())))
        if time.monotonic() < self._due:
            return None
        self._due += 1 / RATE
        now = self._context.clock.now()
        index, self._index = self._index, self._index + 1
        jpeg = JPEGS[index % len(JPEGS)]
        return Frame(self._context.eye, index, now, now, self._gray, jpeg=jpeg)

    @hookimpl
    def detect_pupil(self, frame, found):
        ellipse = Ellipse((30.0, 20.0), (9.0, 10.0), 0.0)
        return Pupil.found(frame, ellipse, 1.0, extra={"index": frame.index})
"""

_EYE = """
[[start_plugin]]
name = "{name}"
host = "eye{eye}"
"""


def install_quick_eye(packages: Path) -> None:
    """Install the plugin Quick_Eye where a daemon finds it."""
    path = f"import sys\nsys.path.insert(0, {str(Path(__file__).parent)!r})\nRATE = {RATE}\n"
    (packages / "quick_eye.py").write_text(path + _PLUGIN)
    info = packages / "quick_eye-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quick_eye\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[gazed.eye]\nQuick_Eye = quick_eye:QuickEye\n")


def configuration(root: Path) -> str:
    """Return a configuration with a recorder and two quick eyes."""
    arguments = f'args = {{ rec_root_dir = "{root}", stop_free_gb = 0.0 }}\n'
    eyes = [
        _EYE.format(name=name, eye=eye)
        for eye in (0, 1)
        for name in ("Eye", "Eye_Video", "Quick_Eye")
    ]
    return f'{MINIMAL}\n[[start_plugin]]\nname = "Recorder"\n{arguments}{"".join(eyes)}'


class Witness:
    """A client that sees what is published, and checks recordings against it."""

    def __init__(self, daemon: Daemon) -> None:
        self.daemon = daemon
        self.client: Client = daemon.client(timeout=30.0)
        self.client.subscribe("notify.recording.", "pupil.")
        self.seen: dict[str, list[float]] = {}
        self.killed = ""
        self.wait_for_eyes()

    def wait_for_eyes(self) -> None:
        """Wait until both eyes see."""
        eyes: set[int] = set()
        while eyes != {0, 1}:
            message = self.client.receive()
            assert message
            eyes |= {message[1]["id"]} if message[0].startswith("pupil.") else set()

    def start(self) -> Path:
        """Start a recording; return its folder."""
        self.killed = ""
        self.client.request("R session")
        return Path(self.client.wait_for("recording.started")["rec_path"])

    def hear(self, *subjects: str, **match: str) -> dict[str, Fields]:
        """Wait for a notification of each subject, in any order; ``match`` is for the last one."""
        heard: dict[str, Fields] = {}
        while set(heard) != set(subjects):
            message = self.client.receive()
            assert message
            subject = message[1].get("subject")
            wanted = match if subject == subjects[-1] else {}
            if subject in subjects and wanted.items() <= message[1].items():
                heard[subject] = message[1]
        return heard

    def watch(self, seconds: float) -> None:
        """Take in what is published for some time."""
        self.seen = {}
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            message = self.client.receive(left)
            if message and message[0].startswith("pupil."):
                self.seen.setdefault(message[0], []).append(message[1]["timestamp"])

    def kill(self, host: str) -> float:
        """Kill a host; return the time on the service's clock before that."""
        until = self.client.time()
        self.killed = host
        os.kill(self.daemon.host_pid(host), signal.SIGKILL)
        return until

    def kill_all(self) -> float:
        """Kill all processes of the service; return the time before that."""
        until = self.client.time()
        self.client.close()
        processes = self.daemon.processes()
        for process in processes:
            process.kill()
        self.daemon.process.wait(20)
        psutil.wait_procs(processes, timeout=20)
        return until

    def kill_kernel(self) -> float:
        """Kill the kernel, and with it the bus; the others end by themselves."""
        until = self.client.time()
        self.client.close()
        processes = self.daemon.processes()
        self.daemon.process.kill()
        self.daemon.process.wait(20)
        assert not psutil.wait_procs(processes, timeout=20)[1]
        return until

    def check(self, folder: Path, until: float = float("inf")) -> Read:
        """Check that all that was seen up to a second before ``until`` is there, and whole."""
        read = read_recording(folder)
        for topic, times in self.seen.items():
            recorded = [fields["timestamp"] for fields in read.of(topic)]
            assert recorded == sorted(set(recorded))
            assert {time for time in times if time < until - LOSS} <= set(recorded)
        for eye in (0, 1):
            self._check_frames(read, eye, until)
        return read

    def _check_frames(self, read: Read, eye: int, until: float) -> None:
        parts = [video for name, video in sorted(read.videos.items()) if name[:4] == f"eye{eye}"]
        films = [time for video in parts for time in video.timestamps]
        assert films == sorted(set(films))
        index_of = {fields["timestamp"]: fields["index"] for fields in read.of(f"pupil.{eye}.2d")}
        for video in parts:
            for packet, moment in zip(video.packets, video.timestamps, strict=True):
                assert packet in JPEGS
                if moment in index_of:
                    assert packet == JPEGS[index_of[moment] % len(JPEGS)]
        if self.killed != f"eye{eye}":  # which misses the frames that nobody had written
            start = read.info["start_time_synced_s"]
            wanted = {time for time in index_of if start <= time < until - LOSS}
            assert wanted <= set(films)


def wait_until(done: Callable[[], bool], timeout: float = 20.0) -> None:
    """Wait for a fact."""
    end = time.monotonic() + timeout
    while not done():
        assert time.monotonic() < end
        time.sleep(0.01)


__all__ = ["Witness", "configuration", "install_quick_eye", "mend", "wait_until"]
