"""Accuracy and precision of gaze against what was shown (spec: calibration 12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazed_plugins.calibration_3d.mapping import GazeData
from gazed_plugins.calibration_3d.timeline import Timeline, service_frame
from gazed_plugins.calibration_3d.vectors import Flags, Floats, Indices, degrees_between, unit

OUTLIER_DEG = 5.0
_STEP_DEG = 0.5
_SAME_DEPTH = 0.15

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Gaze data during targets: their targets (n,), errors in degrees (n,) and depth ratios (n,).

    ``steps`` (n,) is the way in degrees from the datum before, infinite where there is none
    during the same target.
    """

    targets: Indices
    errors: Floats
    ratios: Floats
    steps: Floats

    @property
    def kept(self) -> Flags:
        """Which data are within five degrees of their target."""
        near: Flags = self.errors < OUTLIER_DEG
        return near

    def figures(self, chosen: Flags | None = None) -> Figures:
        """Return accuracy and precision in degrees, ``used`` and ``total`` of the chosen data.

        Accuracy is the angle whose cosine is the mean of the cosines of the errors below five
        degrees; precision the root mean square of successive steps below half a degree. They
        are None where there are no such data.
        """
        flags = np.ones(len(self.errors), bool) if chosen is None else chosen
        near = flags & self.kept
        small = flags & (self.steps < _STEP_DEG)
        return {
            "accuracy": accuracy(self.errors[near]),
            "precision": float(np.sqrt((self.steps[small] ** 2).mean())) if small.any() else None,
            "used": int(near.sum()),
            "total": int(flags.sum()),
        }


def accuracy(errors: Floats) -> float | None:
    """Return the angle whose cosine is the mean of those of ``errors`` (n,), all in degrees."""
    if not len(errors):
        return None
    cosine = float(np.cos(np.radians(errors)).mean())
    return float(np.degrees(np.arccos(min(cosine, 1.0))))


def judged(gaze: GazeData, shown: Timeline, lag: float) -> Judged:
    """Compare gaze with the targets that the eyes look at ``lag`` seconds after they are shown.

    Directions are from the origin of the service's frame.
    """
    targets = shown.targets_at(gaze.times - lag)
    seen = targets >= 0
    numbers, points = targets[seen], gaze.points[seen]
    places = shown.positions_at(gaze.times[seen] - lag, numbers)
    looks, wanted = unit(points), unit(places)
    steps = np.full(len(numbers), np.inf)
    if len(numbers) > 1:
        same = (numbers[1:] == numbers[:-1]) & (
            degrees_between(wanted[1:], wanted[:-1]) < _STEP_DEG
        )
        steps[1:] = np.where(same, degrees_between(looks[1:], looks[:-1]), np.inf)
    ratios = np.linalg.norm(points, axis=1) / np.maximum(np.linalg.norm(places, axis=1), 1e-9)
    return Judged(numbers, degrees_between(looks, wanted), ratios, steps)


def target_figures(result: Judged, shown: Timeline) -> list[Figures]:
    """Return the figures of each target, with its ``position`` as the client sent it."""
    positions = service_frame(shown.means)
    return [
        {"position": positions[k].tolist(), **result.figures(result.targets == k)}
        for k in np.unique(result.targets)
    ]


def depth_figures(result: Judged, shown: Timeline) -> list[Figures]:
    """Return for each distance of targets the median ratio of gaze's to the target's."""
    away = np.linalg.norm(shown.means, axis=1)
    figures = []
    for distance, members in _alike(away, np.unique(result.targets)):
        chosen = np.isin(result.targets, members) & result.kept
        if chosen.any():
            ratio = float(np.median(result.ratios[chosen]))
            figures.append({"distance": distance, "ratio": ratio})
    return figures


def _alike(distances: Floats, targets: Indices) -> Iterable[tuple[float, Indices]]:
    """Yield distances, each with its targets: the farthest is up to 15 % behind the nearest."""
    left = targets[np.argsort(distances[targets], kind="stable")]
    while len(left):
        near = distances[left] <= (1.0 + _SAME_DEPTH) * distances[left[0]]
        yield float(distances[left[near]].mean()), left[near]
        left = left[~near]
