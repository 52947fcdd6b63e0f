"""Where an eye pointed while each target was shown, whatever blinks and late starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.timeline import Timeline
from gazed_plugins.calibration_3d.vectors import Floats, Indices, unit

_FEWEST = 3
_ROUNDS = 2
_TUKEY = 4.685
_LEAST_SPREAD = np.radians(0.1)


@dataclass(frozen=True, slots=True, eq=False)
class Fixations:
    """One eye's direction for each target with enough data.

    ``targets`` (k,) are the targets' numbers, ``positions`` (k, 3) where they were (mm),
    ``normals`` (k, 3) the eye's mean direction in its camera's frame, ``weights`` (k,) how far
    its data can be trusted, ``used`` and ``total`` (k,) how many data there were.
    """

    targets: Indices
    positions: Floats
    normals: Floats
    weights: Floats
    used: Indices
    total: Indices

    def __len__(self) -> int:
        return len(self.targets)


def fixations(data: EyeData, shown: Timeline, lag: float, from_share: float = 0.0) -> Fixations:
    """Return the eye's directions for targets, which it follows after ``lag`` seconds.

    Of each target's time only what comes after ``from_share`` of it counts. The mean over a
    target's data is Tukey's: data far from the others, before a saccade or in a blink, have no
    say.
    """
    when = data.times - lag
    targets = shown.targets_at(when)
    begins = shown.first + from_share * (shown.last - shown.first)
    seen = (targets >= 0) & (when >= begins[targets] - shown.half)
    order = np.argsort(targets[seen], kind="stable")
    where = np.nonzero(seen)[0][order]
    numbers, starts = np.unique(targets[where], return_index=True)
    parts = np.split(where, starts)[1:]
    found = [
        (number, *_settled(data, part), len(part))
        for number, part in zip(numbers, parts, strict=True)
        if len(part) >= _FEWEST
    ]
    return _collected(found, data, when, shown)


def _settled(data: EyeData, part: Indices) -> tuple[Indices, Floats]:
    """Return which data of one target have a say, and their weights."""
    normals, weights = data.normals[part], data.weights[part]
    half = len(part) // 2
    middle = np.partition(normals, half, axis=0)[half]
    say = weights
    for _ in range(_ROUNDS):
        away = ((normals - middle) ** 2).sum(axis=1)
        usual = 1.4826**2 * float(np.partition(away, half)[half])
        limit = _TUKEY**2 * max(usual, _LEAST_SPREAD**2)
        say = weights * np.maximum(1.0 - away / limit, 0.0) ** 2
        middle = say @ normals / say.sum()
    return part[say > 0], say[say > 0]


def _collected(
    found: list[tuple[int, Indices, Floats, int]], data: EyeData, when: Floats, shown: Timeline
) -> Fixations:
    numbers = np.array([number for number, *_ in found], np.intp)
    positions = np.zeros((len(found), 3))
    normals, weights = np.zeros((len(found), 3)), np.zeros(len(found))
    for k, (number, part, say, _) in enumerate(found):
        share = say / say.sum()
        places = shown.positions_at(when[part], np.full(len(part), number))
        positions[k], normals[k] = share @ places, share @ data.normals[part]
        weights[k] = share @ data.weights[part]
    used = np.array([len(part) for _, part, _, _ in found], np.intp)
    total = np.array([count for *_, count in found], np.intp)
    return Fixations(numbers, positions, unit(normals), weights, used, total)
