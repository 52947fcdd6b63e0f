"""Print what the simulated headset costs: ``python tests/benchmarks/render.py``.

Times are processor time of one thread, medians: of a picture with a new gaze, of one where
only the pupil changed, of one that is known but for its noise, and of its truth. "steady" is
the share of a core that one freely viewing eye takes at 200 frames a second, and how many of
these are new pictures; truth is not asked for, as when nobody listens.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernel"), str(ROOT / "plugins")]

import cv2  # noqa: E402

from gazed_plugins.simulated_headset.direction import Direction, point_at  # noqa: E402
from gazed_plugins.simulated_headset.look import LOOKS, Level  # noqa: E402
from gazed_plugins.simulated_headset.renderer import Renderer  # noqa: E402
from gazed_plugins.simulated_headset.wearer import EyeState, Wearer, looking  # noqa: E402

HEADINGS = ("size", "level", "gaze ms", "pupil ms", "known ms", "truth ms", "steady %", "new/s")
PICTURES = 150
SECONDS = 10
FRAME_RATE = 200


def main() -> None:
    """Print one line for each size and level."""
    cv2.setNumThreads(1)
    print_cells(*HEADINGS)
    for size in (192, 400):
        for level in LOOKS:
            print_cells(size, level, *pictures(size, level), *steady(size, level))


def print_cells(*cells: Any) -> None:
    """Print one line of the table."""
    print("".join(f"{cell:>10}" for cell in cells))


def pictures(size: int, level: Level) -> list[str]:
    """Return milliseconds for each kind of picture, and for the truth."""
    renderer = Renderer(0, size, LOOKS[level])
    times: list[list[float]] = [[], [], [], []]
    for state in random_states(LOOKS[level].opening):
        wider = replace(state, pupil_diameter_mm=state.pupil_diameter_mm + 0.01)
        for place, shown in enumerate((state, wider, wider)):
            times[place].append(cost(lambda shown=shown: renderer.frame(shown, 0, 0.0)))
        times[3].append(cost(lambda state=state: renderer.truth(state)))
    return [f"{1000 * statistics.median(kind):.3f}" for kind in times]


def random_states(opening: float) -> list[EyeState]:
    """Return eyes that look somewhere within 15 degrees."""
    draw = random.Random(1)
    directions = [
        Direction(draw.uniform(-15, 15), draw.uniform(-15, 15), 0.001) for _ in range(PICTURES)
    ]
    return [looking(0, point_at(direction), opening=opening) for direction in directions]


def steady(size: int, level: Level) -> tuple[str, str]:
    """Return the share of a core that free viewing takes, and its new pictures a second."""
    look = LOOKS[level]
    renderer = Renderer(0, size, look)
    wearer = Wearer(0, blinks_per_minute=look.blinks_per_minute, opening=look.opening)
    seen: set[EyeState] = set()

    def view() -> None:
        for index in range(SECONDS * FRAME_RATE):
            state = wearer.state(0, index / FRAME_RATE)
            seen.add(state)
            renderer.frame(state, index, 0.0)

    return f"{100 * cost(view) / SECONDS:.1f}", f"{len(seen) / SECONDS:.0f}"


def cost(work: Callable[[], Any]) -> float:
    """Return the seconds of processor time that some work takes this thread."""
    start = time.thread_time()
    work()
    return time.thread_time() - start


if __name__ == "__main__":
    main()
