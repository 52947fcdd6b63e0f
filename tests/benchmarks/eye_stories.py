"""Stories of one eye for ``eye_model.py``, and what follows them: our eye model, and pye3d."""

from __future__ import annotations

import math
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from eyes_in_space import CAMERA, SIZE, Moment, ellipse_seen, moments

from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_2d.shapes import to_ellipse
from gazed_plugins.detector_3d.outlines import shape_of
from gazed_plugins.detector_3d.tracker import EyeTracker
from gazed_plugins.simulated_headset.direction import Direction, point_at
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import EyeState, Wearer, looking

RATE = 200.0
SECONDS, SETTLED = 15.0, 5.0
_SEEN, _UNCERTAIN, _CERTAIN = 0.6, 0.75, 0.8
_STEP, _MOST = 0.1, 0.75
_SWEEP_DEG = np.linspace(-25, 25, 11)

Story = list[tuple[Moment, float]]
"""What the eye camera saw, with the 2D detector's confidence."""


@dataclass(frozen=True)
class Followed:
    """One model's way through a story, arrays over the frames that showed a pupil.

    ``slips`` are the moments at which the model said that the headset had slipped.
    """

    times: np.ndarray
    errors_deg: np.ndarray
    offs_mm: np.ndarray
    radius_errors_mm: np.ndarray
    stated_deg: np.ndarray
    slips: tuple[float, ...] = ()
    microseconds: float = math.nan

    def figures(self) -> tuple[float, float, float]:
        """Return gaze error (degrees), the centre's (mm) and the radius' deviation (mm)."""
        chosen = self.times >= SETTLED
        radius = self.radius_errors_mm[chosen].std()
        return self.errors_deg[chosen].mean(), self.offs_mm[chosen].mean(), radius

    def first_within(self, off_mm: float) -> float:
        """Return since when the centre has been right to ``off_mm``, counted from the start."""
        wrong = np.nonzero(self.offs_mm > off_mm)[0]
        return float(self.times[wrong[-1]]) if len(wrong) else 0.0

    def back(self, moment: float) -> float:
        """Return how long after ``moment`` the first second began that was right to a degree.

        That is one with three of four frames off by at most a degree; infinite without one.
        """
        after = self.times - moment
        starts = np.arange(0.0, after[-1] - 1.0, _STEP)
        seconds = [(after >= start) & (after < start + 1.0) for start in starts]
        right = np.nonzero([one.any() and self._share_right(one) >= _MOST for one in seconds])[0]
        return float(starts[right[0]]) if len(right) else math.inf

    def _share_right(self, chosen: np.ndarray) -> float:
        return float((self.errors_deg[chosen] <= 1.0).mean())

    def between(self, begin: float, end: float = math.inf) -> float:
        """Return the mean gaze error from ``begin`` to ``end``."""
        chosen = (self.times >= begin) & (self.times < end)
        return float(self.errors_deg[chosen].mean())


Follower = Callable[[Story], Followed]


def ours(story: Story) -> Followed:
    """Follow a story with the eye model, as the plugin would."""
    tracker = EyeTracker(CAMERA)
    rows, costs, slips = [], [], []
    for moment, confidence in story:
        if confidence < _SEEN:
            continue
        began = time.thread_time_ns()
        sight = tracker.see(moment.shape, moment.timestamp, confidence >= _CERTAIN)
        costs.append((time.thread_time_ns() - began) / 1000)
        errors = _errors(moment, sight.normal, tracker.current.center, sight.radius_mm)
        rows.append((*errors, tracker.current.error_deg))
        work = tracker.due(moment.timestamp)
        if work and tracker.accept(work()) and tracker.state == "moved":
            slips.append(moment.timestamp)
    return Followed(*np.array(rows).T, tuple(slips), float(np.median(costs)))


def pye3d_of(python: str) -> Follower:
    """Return what follows a story with pye3d, in the interpreter at ``python``."""
    script = Path(__file__).with_name("eye_model_pye3d.py")

    def follow(story: Story) -> Followed:
        seen = [(moment, sure) for moment, sure in story if sure >= _SEEN]
        with tempfile.TemporaryDirectory() as folder:
            given, answer = Path(folder) / "given.npz", Path(folder) / "answer.npz"
            np.savez(given, focal_length=CAMERA.focal_length_px, size=SIZE, **_as_ellipses(seen))
            subprocess.run([python, str(script), str(given), str(answer)], check=True)
            with np.load(answer) as file:
                told = dict(file)
        answers = zip(told["normals"], told["centers"], told["radii_mm"], strict=True)
        pairs = zip(seen, answers, strict=True)
        rows = [(*_errors(moment, *found), math.nan) for (moment, _), found in pairs]
        return Followed(*np.array(rows).T, microseconds=float(np.median(told["microseconds"])))

    return follow


def _errors(moment: Moment, normal: Any, center: Any, radius: float) -> tuple[float, ...]:
    cosine = min(1.0, float(moment.normal @ normal))
    off = float(np.linalg.norm(moment.center - center))
    error = math.degrees(math.acos(cosine))
    return moment.timestamp, error, off, float(radius) - moment.diameter_mm / 2


def _as_ellipses(seen: Story) -> dict[str, np.ndarray]:
    ellipses = [to_ellipse(tuple(moment.shape.tolist())) for moment, _ in seen]
    return {
        "timestamps": np.array([moment.timestamp for moment, _ in seen]),
        "confidences": np.array([confidence for _, confidence in seen]),
        "ellipses": np.array([(*one.center, *one.axes, one.angle) for one in ellipses]),
    }


@cache
def ideal(seed: int, seconds: float = SECONDS, **more: Any) -> Story:
    """Return the story of exact ellipses with noise; ``more`` is for ``moments``."""
    return [(moment, 0.99) for moment in moments(seed, seconds=seconds, rate=RATE, **more)]


@cache
def rendered(
    level: Level, seed: int, slip: tuple[float, Vector] | None = None, seconds: float = SECONDS
) -> Story:
    """Return what the 2D detector makes of pictures; ``slip`` is when, and by how much (mm).

    With a slip it is in the middle, whatever ``seconds`` are.
    """
    look, eye = LOOKS[level], 0
    wearer = Wearer(seed, blinks_per_minute=look.blinks_per_minute, opening=look.opening)
    if slip:
        wearer.slip(slip[1], slip[0])
    renderer, detector = Renderer(eye, SIZE, look, seed), PupilDetector()
    story = []
    for index in range(round((2 * slip[0] if slip else seconds) * RATE)):
        state = wearer.state(eye, index / RATE)
        ellipse, confidence = detector.detect(renderer.frame(state, index, index / RATE).gray)
        found = min(ellipse.axes) > 0
        story.append((_moment(state, index / RATE, shape_of(ellipse)), confidence * found))
    return story


def sweep(after: Story) -> Story:
    """Return looks of the nominal eye in all directions, up to 25 degrees from straight ahead.

    The pupil stays 4 mm wide; the ellipses are exact.
    """
    begin, story = after[-1][0].timestamp, []
    for index, (right, up) in enumerate(product(_SWEEP_DEG, _SWEEP_DEG)):
        state = looking(0, point_at(Direction(right, up, 1e-3)))
        ellipse = ellipse_seen(np.array(state.center), np.array(state.normal), 4.0)
        timestamp = begin + (index + 1) / RATE
        story.append((_moment(state, timestamp, shape_of(ellipse)), _UNCERTAIN))
    return story


def _moment(state: EyeState, timestamp: float, outline: np.ndarray) -> Moment:
    center, normal = np.array(state.center), np.array(state.normal)
    return Moment(timestamp, outline, center, normal, state.pupil_diameter_mm)
