"""What refits of the eye model cost frames: ``python tests/benchmarks/eye_refits.py``.

One eye's pipeline in one process, as its host runs it, at 200 pictures a second: 2D detection, the
eye model, and the data packed. Every two seconds the model is frozen or let go again, so that
frames with and without refits beside them share whatever else the machine does. Wall time from
having a picture to having its data, in milliseconds, and how many refits there were. ``--numpy``
does without compiled code in the eye model, and adds how long a refit keeps the interpreter at a
time: no frame waits longer.
"""

from __future__ import annotations

import argparse
import queue
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernel"), str(ROOT / "plugins")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from gazed import Context, Frame, Pupil, pack, pupil_to_wire  # noqa: E402
from gazed_plugins.bench.stand import Stand  # noqa: E402
from gazed_plugins.detector_2d import PupilDetector  # noqa: E402
from gazed_plugins.detector_3d import Detector3D, center, tracker  # noqa: E402
from gazed_plugins.detector_3d.solver import NumericSolver  # noqa: E402
from gazed_plugins.simulated_headset import sequence  # noqa: E402

RATE, PICTURES_SECONDS, BLOCK_SECONDS, SEED = 200.0, 10.0, 2.0, 1001
BLOCK = round(RATE * BLOCK_SECONDS)


class Host(Stand):
    """An eye's host that does background work in threads and takes the results between frames."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._done: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.refits = 0
        self.slices: list[float] = []
        self._breathe = center.breathe
        self._here = threading.local()

    def breathe(self) -> None:
        """Note for how long this thread has had the interpreter; give it away for a moment."""
        self.slices.append((time.thread_time_ns() - self._here.since) / 1e6)
        self._breathe()
        self._here.since = time.thread_time_ns()

    def background(self, _owner: str, work: Callable[[], Any], then: Callable[[Any], None]) -> None:
        """Do the work in a thread."""

        def run() -> None:
            self._here.since = time.thread_time_ns()
            result = work()
            self.slices.append((time.thread_time_ns() - self._here.since) / 1e6)
            self._done.put(lambda: then(result))

        self.refits += 1
        threading.Thread(target=run, daemon=True).start()

    def take_results(self) -> None:
        """Hand over what is finished."""
        while not self._done.empty():
            self._done.get()()


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--numpy", action="store_true", help="no compiled code in the eye model")
    options = parser.parse_args()
    if options.numpy:
        tracker.best_solver = NumericSolver
    with tempfile.TemporaryDirectory() as folder:
        host = Host(Path(folder))
        center.breathe = host.breathe
        for name, (times, refits) in measured(host, options.seconds).items():
            listed = " / ".join(f"{ms:.2f}" for ms in np.percentile(times, (50, 95, 99, 100)))
            print(
                f"{name}, {len(times)} frames, {refits} refits; median / p95 / p99 / max {listed}"
            )
        if options.numpy:
            slices = " / ".join(f"{ms:.2f}" for ms in np.percentile(host.slices, (50, 99, 100)))
            print(f"processor time between breaths of a refit; median / p99 / max {slices}")
        host.close()


def measured(host: Host, seconds: float) -> dict[str, tuple[list[float], int]]:
    """Return times in milliseconds and the number of refits, with refits and frozen."""
    eye, flat = Detector3D(Context("Detector_3D", host)), PupilDetector()
    found: dict[str, tuple[list[float], int]] = {"refits": ([], 0), "frozen": ([], 0)}
    for index, frame in enumerate(paced(round(seconds * RATE))):
        name = ("refits", "frozen")[index // BLOCK % 2]
        if index % BLOCK == 0:
            freeze(eye, name == "frozen")
        before, began = host.refits, time.perf_counter()
        host.take_results()
        flat_pupil = Pupil.found(frame, *flat.detect(frame.gray))
        pupil = eye.detect_pupil(frame=frame, found=[flat_pupil])
        pack(pupil_to_wire(flat_pupil)), pack(pupil_to_wire(pupil))
        times, refits = found[name]
        times.append(1000 * (time.perf_counter() - began))
        found[name] = (times, refits + host.refits - before)
    return found


def freeze(eye: Detector3D, frozen: bool) -> None:
    """Stop learning, or go on with it."""
    if eye._tracker is not None:
        eye._tracker.frozen = frozen


def paced(count: int) -> Iterator[Frame]:
    """Yield pictures when they are due; one eye's, forth and back."""
    frames = [frame for frame, _ in sequence("easy", seconds=PICTURES_SECONDS, seed=SEED)]
    begun = time.monotonic()
    for index, frame in zip(range(count), cycle([*frames, *reversed(frames)]), strict=False):
        timestamp = index / RATE
        time.sleep(max(0.0, begun + timestamp - time.monotonic()))
        yield replace(frame, index=index, timestamp=timestamp, received=timestamp)


if __name__ == "__main__":
    main()
