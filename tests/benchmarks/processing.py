"""How fast recordings are computed again: ``python tests/benchmarks/processing.py``.

Eight recordings of the simulated headset, two eyes at 200 frames a second, through the usual
plugins: with one worker, with two, and with two on a Dask cluster of this machine (``--dask``).
The order is turned round in every other round; figures are medians over ``--rounds``.

"times real" is how many seconds of recording are computed in a second. "busiest" is the
processor time of the process that had most to do: what the whole takes on a machine with a free
core for each worker. A worker on Dask has a new process for each task, so there it is not known.
"machine" is how many times as many pictures two bare processes decode as one, in the same time:
cores that share their arithmetic units, or are lent to others, give less than two.
"""

from __future__ import annotations

import argparse
import math
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernel"), str(ROOT / "plugins"), str(ROOT / "tests")]

from simulated_recording import make_simulated_recording  # noqa: E402

from gazed_plugins.processing import (  # noqa: E402
    Outcome,
    dask_engine,
    job_for,
    local_engine,
    planned,
    process,
)
from gazed_plugins.processing.engines import Engine  # noqa: E402
from gazed_plugins.processing.plan import USUAL, starts_of_options  # noqa: E402

RECORDINGS = 8
RATE = 200.0
GOAL = 1.7
BARE_SECONDS = 4.0
BARE = """
import sys, time
import cv2, numpy as np
cv2.setNumThreads(1)
noise = np.random.default_rng(1).integers(0, 255, (48, 48), dtype=np.uint8)
jpeg = cv2.imencode(".jpg", cv2.resize(noise, (192, 192), interpolation=cv2.INTER_CUBIC))[1]
print(flush=True)
sys.stdin.readline()
count, end = 0, time.monotonic() + float(sys.argv[1])
while time.monotonic() < end:
    cv2.imdecode(jpeg, cv2.IMREAD_GRAYSCALE)
    count += 1
print(count)
"""

Engines = Callable[[], AbstractContextManager[Engine]]


class Run(NamedTuple):
    """Seconds that a run took, and processor seconds of the worker that had most to do."""

    wall: float
    busiest: float


class Silent:
    """Watches and says nothing."""

    def frames(self, count: int) -> None:
        """Pass over it."""

    def ended(self, outcome: Outcome) -> None:
        """Stop the benchmark where a recording fails."""
        if outcome.state == "failed":
            raise RuntimeError(outcome.reason)


def main() -> None:
    """Print the table."""
    options = _options()
    engines: dict[str, Engines] = {
        "1 worker": partial(local_engine, 1),
        "2 workers": partial(local_engine, 2),
    }
    if options.dask:
        engines["Dask, 2 threads"] = partial(dask_engine, None, 2)
    runs: dict[str, list[Run]] = {name: [] for name in engines}
    machine: list[float] = []
    with tempfile.TemporaryDirectory() as directory:
        folders = _recordings(Path(directory), options.seconds)
        for number in range(options.rounds):
            for name in sorted(engines, reverse=bool(number % 2)):
                runs[name].append(_run(folders, engines[name]))
            machine.append(_decoded(2) / _decoded(1))
    _print(runs, options.seconds)
    print(f"machine: two bare processes do {statistics.median(machine):.2f} times as much as one")


def _print(runs: dict[str, list[Run]], recorded: float) -> None:
    wall = {name: statistics.median(run.wall for run in each) for name, each in runs.items()}
    busiest = {name: statistics.median(run.busiest for run in each) for name, each in runs.items()}
    for name, seconds in wall.items():
        real = RECORDINGS * recorded / seconds
        print(f"{name:<16} {seconds:7.2f} s  {real:6.2f} times real  busiest {busiest[name]:.2f} s")
    for what, taken in (("time", wall), ("busiest", busiest)):
        ratio = taken["1 worker"] / taken["2 workers"]
        print(f"2 workers by {what}: {ratio:.2f} times as fast as 1 (goal: {GOAL})")


def _recordings(directory: Path, seconds: float) -> list[Path]:
    first = make_simulated_recording(directory / "0", seconds=seconds, rate=RATE).path
    others = [shutil.copytree(first, directory / str(n)) for n in range(1, RECORDINGS)]
    return [first, *others]


def _run(folders: list[Path], engine: Engines) -> Run:
    plan = planned(starts_of_options(USUAL), "recorded")
    jobs = [job_for(folder, folder.with_name(f"{folder.name}-result"), plan) for folder in folders]
    began = time.perf_counter()
    with engine() as workers:
        process(jobs, workers, Silent())
        busiest = max(map(_processor_seconds, psutil.Process().children()), default=math.nan)
    taken = time.perf_counter() - began
    for job in jobs:
        shutil.rmtree(job.output)
    return Run(taken, busiest)


def _decoded(processes: int) -> int:
    """Return how many pictures so many bare processes decode side by side in a while."""
    command = [sys.executable, "-c", BARE, str(BARE_SECONDS)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(command, **pipes) for _ in range(processes)]
    for one in running:
        one.stdout.readline()
    for one in running:
        one.stdin.write("go\n")
        one.stdin.flush()
    return sum(int(one.communicate()[0]) for one in running)


def _processor_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="length of each recording")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--dask", action="store_true", help="on a Dask cluster as well")
    return parser.parse_args()


if __name__ == "__main__":
    main()
