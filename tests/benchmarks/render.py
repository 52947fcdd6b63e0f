"""Print what the simulated headset costs: ``python tests/benchmarks/render.py``.

All times are processor time of one thread, medians; "steady" is the share of one core that
the pictures of one freely viewing eye take at 200 frames a second, truth not asked for.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernel"), str(ROOT / "plugins")]

import cv2  # noqa: E402

from gazed_plugins.simulated_headset.direction import Direction, point_at  # noqa: E402
from gazed_plugins.simulated_headset.look import LOOKS, Level  # noqa: E402
from gazed_plugins.simulated_headset.renderer import Renderer  # noqa: E402
from gazed_plugins.simulated_headset.wearer import EyeState, Wearer, looking  # noqa: E402

PICTURES = 120
SECONDS = 10
FRAME_RATE = 200
HEADINGS = ("size", "level", "new gaze ms", "new pupil ms", "kept ms", "truth ms", "steady %")


def main() -> None:
    """Print one line for each size and level."""
    cv2.setNumThreads(1)
    print("".join(f"{heading:>13}" for heading in HEADINGS))
    for size in (192, 400):
        for level in LOOKS:
            print("".join(f"{cell:>13}" for cell in line(size, level)))


def line(size: int, level: Level) -> list[str]:
    """Return the cells of one line."""
    renderer = Renderer(0, size, LOOKS[level])
    new = random_states(3.5)
    times = [
        cost(new, lambda state: renderer.frame(state, 0, 0.0)),
        cost(random_states(3.6), lambda state: renderer.frame(state, 0, 0.0), before=renderer.clean, twins=new),
        cost(new[-1:] * PICTURES, lambda state: renderer.frame(state, 0, 0.0)),
        cost(new, renderer.truth),
    ]
    cells = [f"{1000 * seconds:.3f}" for seconds in times]
    return [str(size), level, *cells, f"{100 * steady(size, level):.1f}"]


def random_states(pupil_diameter_mm: float) -> list[EyeState]:
    """Return eyes that look somewhere within 15 degrees."""
    draw = random.Random(1)
    points = [
        point_at(Direction(draw.uniform(-15, 15), draw.uniform(-15, 15), 0.001))
        for _ in range(PICTURES)
    ]
    return [looking(0, point, pupil_diameter_mm=pupil_diameter_mm) for point in points]
