"""How good gaze is with a solution, in the maps that clients read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.latency import Latency
from gazed_plugins.calibration_3d.mapping import GazeData, map_both, map_one
from gazed_plugins.calibration_3d.parity import MATCH_SECONDS, nearest_in_time
from gazed_plugins.calibration_3d.quality import (
    OUTLIER_DEG,
    accuracy,
    depth_figures,
    judged,
    target_figures,
)
from gazed_plugins.calibration_3d.solution import Solution
from gazed_plugins.calibration_3d.timeline import Timeline
from gazed_plugins.calibration_3d.vectors import Floats, degrees_between, unit

Figures = dict[str, Any]


def quality(
    solution: Solution, data: Sequence[EyeData], shown: Timeline, latency: Latency
) -> Figures:
    """Return accuracy, precision, the share of data used, the same of targets and eyes, and depth.

    Angles are in degrees. What cannot be known is None.
    """
    result = judged(gaze_of(solution, data), shown, latency.seconds)
    return {
        "unit": "deg",
        **result.figures(),
        "targets": target_figures(result, shown),
        "eyes": {str(eye): _eye(solution, data, shown, latency, eye) for eye in (0, 1)},
        "depth_ratio": depth_figures(result, shown) if all_known(solution) else [],
        "latency_ms": 1000.0 * latency.seconds,
        "latency_range_ms": [1000.0 * latency.least, 1000.0 * latency.most],
    }


def gaze_of(solution: Solution, data: Sequence[EyeData]) -> GazeData:
    """Return the gaze of both eyes, or of the one with a model."""
    right, left = solution.matrices
    if right is not None and left is not None:
        return map_both(data, (right, left))
    if right is not None:
        return map_one(data[0], right, solution.distance)
    if left is not None:
        return map_one(data[1], left, solution.distance)
    return GazeData(np.zeros(0), np.zeros((0, 3)))


def all_known(solution: Solution) -> bool:
    """Tell whether both eyes have a model."""
    return all(matrix is not None for matrix in solution.matrices)


def matched(data: Sequence[EyeData], references: Floats) -> dict[str, int]:
    """Return of each eye how many of the reference times (m,) have a datum near in time."""
    counts = {}
    for eye, one in enumerate(data):
        near = 0
        if len(one):
            places = nearest_in_time(one.times, references)
            near = int((np.abs(one.times[places] - references) < MATCH_SECONDS).sum())
        counts[str(eye)] = near
    return counts


def _eye(
    solution: Solution, data: Sequence[EyeData], shown: Timeline, latency: Latency, eye: int
) -> Figures:
    """Return how well one eye's line of sight meets the targets, whatever their distance."""
    matrix, one = solution.matrices[eye], data[eye]
    figures: Figures = {"fitted": matrix is not None, "used": 0, "total": 0, "accuracy": None}
    targets = shown.targets_at(one.times - latency.seconds)
    seen = targets >= 0
    figures["total"] = int(seen.sum())
    if matrix is None or not seen.any():
        return figures
    centers = one.centers[seen] @ matrix[:3, :3].T + matrix[:3, 3]
    places = shown.positions_at(one.times[seen] - latency.seconds, targets[seen])
    errors = degrees_between(one.normals[seen] @ matrix[:3, :3].T, unit(places - centers))
    near = errors < OUTLIER_DEG
    figures["used"] = int(near.sum())
    figures["position"] = np.median(centers, axis=0).tolist()
    figures["accuracy"] = accuracy(errors[near])
    return figures
