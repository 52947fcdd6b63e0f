"""A wearer's session in the simulated headset for ``calibration.py``: pictures to 3D pupil data."""

from __future__ import annotations

import math
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from harness import Bench

from gazed import Pupil
from gazed_plugins.calibration_3d.rows import row_3d
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_3d import Detector3D
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

RATE = 120.0
DEPTHS_MM = (600.0, 1000.0, 2000.0)
LEARN_SECONDS, TARGET_SECONDS, SETTLE_SECONDS = 4.0, 1.0, 0.5
SLIP_MM: Vector = (0.6, 0.6, 0.5)
_FIRST_SAMPLE, _SAMPLES = 0.1, 40
_RIM_DEG, _EDGE_DEG = 12.0, 15.0


@dataclass(frozen=True)
class Shown:
    """One target: what for, when, and where (mm, HMD frame, y up)."""

    phase: str
    start: float
    position: Vector


@dataclass(frozen=True)
class Session:
    """What came of it: rows of 3D data as the fits read them, references, and the truth.

    ``gaze_points`` (n, 3) has where the wearer looked at each datum, y up; ``still`` (n,) whether
    the eyes stood still and were open.
    """

    shown: list[Shown]
    rows: np.ndarray
    gaze_points: np.ndarray
    still: np.ndarray
    slip_at: float

    def references(self) -> list[tuple[float, ...]]:
        """Return (-1, timestamp, x, y, z) as hmd-eyes samples targets: 40 in 0.9 of a second."""
        return [
            (-1.0, shown.start + when, *shown.position)
            for shown in self.shown
            if shown.phase == "calibrate"
            for when in np.linspace(_FIRST_SAMPLE, TARGET_SECONDS, _SAMPLES, endpoint=False)
        ]

    def during(self, phase: str, settle: float = SETTLE_SECONDS) -> np.ndarray:
        """Return which data (n,) are of the settled parts of a phase."""
        times = self.rows[:, 1]
        chosen = np.zeros(len(times), bool)
        for one in self.shown:
            if one.phase == phase:
                chosen |= (times >= one.start + settle) & (times < one.start + TARGET_SECONDS)
        return chosen


def session(
    level: Level, seed: int, wrong_fixations: float = 0.0, cache: Path | None = None
) -> Session:
    """Return one wearer's session; ``cache`` is a folder that keeps what the pictures gave."""
    shown, slip_at = _script(seed)
    folder = cache or Path(tempfile.gettempdir())
    file = folder / f"session-{level}-{seed}-{wrong_fixations:g}.npz"
    if cache is None or not file.exists():
        seen = _seen(level, seed, wrong_fixations, shown, slip_at)
        if cache is None:
            return Session(shown, *seen, slip_at)
        np.savez(file, rows=seen[0], points=seen[1], still=seen[2])
    with np.load(file) as kept:
        return Session(shown, kept["rows"], kept["points"], kept["still"], slip_at)


def _script(seed: int) -> tuple[list[Shown], float]:
    dice = np.random.default_rng(seed)
    shown: list[Shown] = []
    now = LEARN_SECONDS
    calibrate = [_at(d, a, b) for d in DEPTHS_MM for a, b in _rim(5, dice.uniform(0, 360))]
    test = [_at(1000.0, a, b) for a in (-15, 0, 15) for b in (-15, 0, 15)]
    depth = [_at(d, a, b) for d in DEPTHS_MM for a, b in _rim(3, dice.uniform(0, 360))]
    for phase, positions in (("calibrate", calibrate), ("test", test), ("depth", depth)):
        for index in dice.permutation(len(positions)):
            shown.append(Shown(phase, now, positions[index]))
            now += TARGET_SECONDS
    slip_at, now = now, now + 5.0
    for position in test:
        shown.append(Shown("slipped", now, position))
        now += TARGET_SECONDS
    return shown, slip_at


def _rim(count: int, turn: float) -> Iterator[tuple[float, float]]:
    yield 0.0, 0.0
    for k in range(count):
        angle = math.radians(turn + 360.0 * k / count)
        yield _RIM_DEG * math.cos(angle), _RIM_DEG * math.sin(angle)


def _at(depth: float, right_deg: float, up_deg: float) -> Vector:
    right, up = math.tan(math.radians(right_deg)), math.tan(math.radians(up_deg))
    return (depth * right, depth * up, depth)


def _seen(
    level: Level, seed: int, wrong_fixations: float, shown: list[Shown], slip_at: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    eyes = [list(_eye(eye, level, seed, wrong_fixations, shown, slip_at)) for eye in (0, 1)]
    merged = sorted((row for eye in eyes for row in eye), key=lambda entry: entry[0][1])
    rows, points, still = zip(*merged, strict=True)
    return np.array(rows), np.array(points), np.array(still)


def _eye(
    eye: int,
    level: Level,
    seed: int,
    wrong_fixations: float,
    shown: list[Shown],
    slip_at: float,
) -> Iterator[tuple[Any, Any, bool]]:
    look = LOOKS[level]
    wearer = Wearer(
        seed,
        blinks_per_minute=look.blinks_per_minute,
        opening=look.opening,
        wrong_fixations=wrong_fixations,
        kappa_deg=(5.0, 1.5),
    )
    wearer.slip(SLIP_MM, slip_at)
    renderer, detector = Renderer(eye, 192, look, seed), PupilDetector()
    with tempfile.TemporaryDirectory() as folder, Bench(Path(folder), f"eye{eye}") as bench:
        bench.start(Detector3D)
        coming: deque[tuple[float, Vector | None]] = deque(
            sorted([(slip_at, None), *((one.start, one.position) for one in shown)])
        )
        for index in range(round((shown[-1].start + TARGET_SECONDS) * RATE)):
            timestamp = (index + 0.5 * eye) / RATE
            while coming and coming[0][0] <= timestamp:
                when, position = coming.popleft()
                wearer.look_at(position, when)
            state = wearer.state(eye, timestamp)
            frame = renderer.frame(state, index, timestamp)
            ellipse, confidence = detector.detect(frame.gray)
            flat = Pupil.found(frame, ellipse, confidence if min(ellipse.axes) > 0 else 0.0)
            (pupil,) = bench.call("detect_pupil", frame=frame, found=[flat])
            bench.settle()
            still = state.opening > 0.5 and state.turn == (0.0, 0.0, 0.0)
            yield row_3d(pupil), state.gaze_point, still
