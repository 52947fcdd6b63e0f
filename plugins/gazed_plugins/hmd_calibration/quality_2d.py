"""How good a 2D mapping is, in shares of the viewport."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gazed import Fields
from gazed_plugins.gaze.regression import Mask, Numbers

# What is nearer together is one target; where there are too many, because targets moved,
# those in one cell of the coarse grid are.
_SAME_TARGET, _COARSE = 1e-3, 0.1
_MOST_TARGETS = 64
# A longer step from one datum to the next is a movement of the eye, not noise.
_LONGEST_STEP = 0.02


class Judged(NamedTuple):
    """Where one eye's gaze was, where its targets were, (n, 2) each in the order of time.

    ``kept`` (n,) are those that were no outliers.
    """

    gaze: Numbers
    targets: Numbers
    kept: Mask


def quality(eyes: Mapping[int, Judged]) -> Fields:
    """Return accuracy (mean error), precision (RMS step between successive data), and the counts.

    For all data and for each target; of the eyes that are fitted. Nothing without data.
    """
    parts = [judged for judged in eyes.values() if judged.kept.any()]
    if not parts:
        return {}
    labels, places = _targets(np.concatenate([part.targets for part in parts]))
    ends = np.cumsum([len(part.targets) for part in parts])[:-1]
    split = np.split(labels, ends)
    targets = [
        {"position": place, **_figures(parts, [label == number for label in split])}
        for number, place in enumerate(places)
    ]
    everything = [np.ones(len(part.targets), bool) for part in parts]
    return {"unit": "viewport", **_figures(parts, everything), "targets": targets}


def accuracy_of(judged: Judged) -> float:
    """Return the mean error of the data kept, in shares of the viewport."""
    return float(_errors(judged)[judged.kept].mean())


def _errors(judged: Judged) -> Numbers:
    distances: Numbers = np.hypot(*(judged.gaze - judged.targets).T)
    return distances


def _figures(parts: Sequence[Judged], chosen: Sequence[Mask]) -> Fields:
    errors = np.concatenate(
        [_errors(part)[part.kept & mine] for part, mine in zip(parts, chosen, strict=True)]
    )
    steps = np.concatenate([_steps(part, mine) for part, mine in zip(parts, chosen, strict=True)])
    return {
        "accuracy": float(errors.mean()) if len(errors) else None,
        "precision": float(np.sqrt((steps**2).mean())) if len(steps) else None,
        "used": len(errors),
        "total": int(sum(mine.sum() for mine in chosen)),
    }


def _steps(judged: Judged, mine: Mask) -> Numbers:
    good = judged.kept & mine
    steps = np.hypot(*np.diff(judged.gaze, axis=0).T)
    shown = np.hypot(*np.diff(judged.targets, axis=0).T)
    both = good[1:] & good[:-1] & (shown < _LONGEST_STEP) & (steps < _LONGEST_STEP)
    chosen: Numbers = steps[both]
    return chosen


def _targets(places: Numbers) -> tuple[NDArray[np.intp], list[list[float]]]:
    """Return which target each place belongs to, and the targets' mean places."""
    for width in (_SAME_TARGET, _COARSE):
        cells, labels = np.unique(np.round(places / width), axis=0, return_inverse=True)
        if len(cells) <= _MOST_TARGETS:
            break
    labels = labels.reshape(-1)
    count = min(len(cells), _MOST_TARGETS)
    return labels, [places[labels == number].mean(axis=0).tolist() for number in range(count)]
