"""Eyelids against the simulated headset's truth: ``python tests/benchmarks/blinks.py``.

For each level and story: blinks, how many were missed, false ones a minute, how late (ms,
median and spread) the lids were said to be half closed and half open, the root mean square
error of the openness, in all pictures and round blinks only, its correlation with the truth,
and the share of pictures in which it is right to 0.15, where it is sure (0.7) and where not.
``old`` are the same moments from the confidence alone, where it passes 0.5. All after the
first blink. ``--clips`` plays real videos and prints when the eye closes in them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from gazed import Frame
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.eyelids import (
    SEEN,
    TRUSTED,
    Closed,
    Closure,
    LidModel,
    Opened,
    cell_at,
    view_of,
)
from gazed_plugins.simulated_headset.direction import Direction, point_at
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer
from gazed_plugins.video import read_pictures

EYES = Path(__file__).resolve().parents[3] / "shared" / "eyes"
RATE = 120
STORIES = ("free", "down 25", "up 20", "slip 3 mm")
TOLERANCE = 0.15
HEADINGS = "level story blinks missed false/min close_ms open_ms rms rms_blink r sure unsure"

Span = tuple[float, float]


class Watched:
    """What was said of one eye: openness, confidence of lids and pupil, closings; seconds."""

    def __init__(self) -> None:
        self._detector, self._model, self._closure = PupilDetector(), LidModel(), Closure()
        self.rows: list[tuple[float, float, float, float]] = []
        self.closings: list[list[float]] = []
        self.cost: list[float] = []

    def see(self, gray: np.ndarray, timestamp: float) -> None:
        """Take one more picture."""
        ellipse, confidence = self._detector.detect(gray)
        began = time.thread_time()
        view = view_of(gray)
        reading = self._model.read(view)
        event = None
        pupil = confidence >= SEEN
        if reading is not None and reading.likeness >= TRUSTED:
            event = self._closure.see(reading.openness, timestamp, pupil)
        (x, y), (height, width) = ellipse.center, gray.shape
        cell = cell_at((x / width, 1 - y / height))
        self._model.learn(view, timestamp, confidence, cell)
        self.cost.append(time.thread_time() - began)
        if isinstance(event, Closed):
            self.closings.append([event.timestamp])
        elif isinstance(event, Opened):
            self.closings[-1].append(event.timestamp)
        openness = np.nan if reading is None else min(max(reading.openness, 0.0), 1.0)
        sure = 0.0 if reading is None else self._model.confidence(reading, pupil)
        self.rows.append((timestamp, openness, sure, confidence))


def frames(level: Level, story: str, seed: int, seconds: float) -> Iterator[tuple[Frame, float]]:
    """Yield frames, and how open the eye is in them relative to how it usually is."""
    look, eye = LOOKS[level], seed % 2
    renderer = Renderer(eye, 192, look, seed)
    wearer = Wearer(seed, blinks_per_minute=look.blinks_per_minute, opening=look.opening)
    elevation = {"down 25": -25.0, "up 20": 20.0}.get(story)
    if story.startswith("slip"):
        wearer.slip((0.0, -3.0, 0.0), seconds / 2)
    for index in range(round(seconds * RATE)):
        now = index / RATE
        if elevation is not None and index % RATE == 0:
            shown = (index // RATE) % 4 == 3
            target = point_at(Direction(0.0, elevation, 0.001)) if shown else None
            wearer.look_at(target, now)
        state = wearer.state(eye, now)
        yield renderer.frame(state, index, now), state.opening / look.opening


def spans(times: Sequence[float], values: Sequence[float]) -> list[Span]:
    """Return when the values pass a half downwards and, next, upwards."""
    found, down = [], None
    for (t0, v0), (t1, v1) in pairwise(zip(times, values, strict=True)):
        if v0 >= 0.5 > v1:
            down = t0 + (t1 - t0) * (v0 - 0.5) / (v0 - v1)
        elif v0 < 0.5 <= v1 and down is not None:
            found.append((down, t0 + (t1 - t0) * (v0 - 0.5) / (v0 - v1)))
            down = None
    return found


class Score:
    """Sums up several people."""

    def __init__(self) -> None:
        self.blinks = self.missed = self.false = 0
        self.seconds = 0.0
        self.late: tuple[list[float], list[float]] = ([], [])
        self.errors: list[np.ndarray] = []

    def add(self, true: list[Span], said: list[Span], seconds: float) -> None:
        """Compare closings."""
        left = list(said)
        for blink in true:
            near = [span for span in left if span[0] < blink[1] and blink[0] < span[1]]
            self.missed += not near
            if near:
                left.remove(near[0])
                for place in (0, 1):
                    self.late[place].append(1000 * (near[0][place] - blink[place]))
        self.blinks += len(true)
        self.false += len(left)
        self.seconds += seconds

    def cells(self) -> list[str]:
        """Return the cells that lids and confidence have in common."""
        late = [
            f"{statistics.median(values):+.0f}+-{statistics.pstdev(values):.0f}" if values else "-"
            for values in self.late
        ]
        per_minute = f"{60 * self.false / max(self.seconds, 1.0):.1f}"
        return [str(self.blinks), str(self.missed), per_minute, *late]


def score(level: Level, story: str, people: int, seconds: float) -> tuple[Score, Score, list[str]]:
    """Return the scores of lids and of confidence, and the figures of the openness."""
    lids, old, table = Score(), Score(), []
    for seed in range(200, 200 + people):
        watched, truth = Watched(), []
        for frame, opening in frames(level, story, seed, seconds):
            watched.see(frame.gray, frame.timestamp)
            truth.append(opening)
        rows = np.column_stack([watched.rows, truth])
        rows = rows[~np.isnan(rows[:, 1])]
        if not len(rows):
            continue
        true = spans(rows[:, 0], rows[:, 4])
        lasted = len(rows) / RATE
        lids.add(true, [(a, b) for a, b in (c for c in watched.closings if len(c) == 2)], lasted)
        old.add(true, spans(rows[:, 0], rows[:, 3]), lasted)
        table.append(rows)
    return lids, old, openness_cells(np.concatenate(table))


def openness_cells(rows: np.ndarray) -> list[str]:
    """Return errors and correlation of the openness, from rows of time, said, sure, -, true."""
    error = rows[:, 1] - rows[:, 4]
    blinking = np.convolve(rows[:, 4] < 0.99, np.ones(9), "same") > 0
    right, sure = np.abs(error) < TOLERANCE, rows[:, 2] >= 0.7
    return [
        f"{np.sqrt(np.mean(error**2)):.3f}",
        f"{np.sqrt(np.mean(error[blinking] ** 2)):.3f}",
        f"{np.corrcoef(rows[:, 1], rows[:, 4])[0, 1]:.3f}",
        *(f"{100 * right[part].mean():.0f}%" if part.any() else "-" for part in (sure, ~sure)),
    ]


def clips() -> None:
    """Print when the eye closes and opens in real videos, and the openness, picture by picture."""
    for path in (EYES / "eyeloop" / "clip.mp4", EYES / "pupilext_1" / "clip.gif"):
        watched = Watched()
        pictures = list(read_pictures(path))
        for frame in pictures:
            watched.see(frame.gray, frame.timestamp)
        print(path.parent.name, f"{len(pictures)} pictures,", "closed:")
        for closing in watched.closings:
            print("   ", " to ".join(f"{moment:.3f} s" for moment in closing))
        line = ("-" if np.isnan(row[1]) else str(min(9, int(10 * row[1]))) for row in watched.rows)
        print("    " + "".join(line))


def cost(level: Level = "medium") -> str:
    """Return the median and 99th percentile of processor time for one frame."""
    watched = Watched()
    for frame, _ in frames(level, "free", 200, 20.0):
        watched.see(frame.gray, frame.timestamp)
    middle, high = np.percentile(watched.cost, [50, 99]) * 1000
    return f"a frame of 192 x 192 costs {middle:.3f} ms (median), {high:.3f} ms (p99)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--stories", default=",".join(STORIES))
    parser.add_argument("--clips", action="store_true")
    options = parser.parse_args()
    if options.clips:
        clips()
        return
    print(cost())
    print("".join(f"{heading:>10}" for heading in HEADINGS.split()))
    for story in options.stories.split(","):
        for level in LOOKS:
            lids, old, openness = score(level, story, options.people, options.seconds)
            print("".join(f"{c:>10}" for c in (level, story, *lids.cells(), *openness)))
            print("".join(f"{c:>10}" for c in ("", "old", *old.cells())))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
