"""What the pipeline itself adds to a frame: ``python tests/benchmarks/stages.py``.

Medians of thread time in microseconds.
"""

from __future__ import annotations

import statistics
import time

import numpy as np

from gazed import Frame
from gazed_plugins.eye.timings import Timings
from gazed_plugins.eye.turning import oriented
from gazed_plugins.orientation import Orientation

REPEATS, INNER = 50, 500


def microseconds(work) -> float:
    """Return the median time of one call."""
    found = []
    for _ in range(REPEATS):
        began = time.thread_time_ns()
        for _ in range(INNER):
            work()
        found.append((time.thread_time_ns() - began) / INNER / 1000)
    return statistics.median(found)


def frame(side: int) -> Frame:
    """Return a frame of noise."""
    gray = np.random.default_rng(0).integers(0, 255, (side, side), np.uint8)
    return Frame(0, 0, 1.0, 1.0, gray)


def noted(timings: Timings, one: Frame) -> None:
    """Note the stages of a frame with one detector, as the pipeline does."""
    timings.begin(one, 1.0)
    timings.lap("publish")
    timings.detected("2d")
    timings.lap("publish")


def main() -> None:
    """Print a table."""
    timings, small = Timings(), frame(192)
    print(f"stage timings            {microseconds(lambda: noted(timings, small)):7.2f}")
    for side in (192, 400):
        one = frame(side)
        for turn in (Orientation(180), Orientation(90), Orientation(0, "horizontal")):
            cost = microseconds(lambda one=one, turn=turn: oriented(one, turn))
            print(f"{side}x{side} {turn.rotation:3} {turn.flip:<12} {cost:7.2f}")


if __name__ == "__main__":
    main()
