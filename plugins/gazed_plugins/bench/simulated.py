"""Sets of pictures from the simulated headset, which knows the truth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from gazed import Ellipse
from gazed_plugins.bench.cases import Case, PictureSet
from gazed_plugins.bench.inputs import EVERY
from gazed_plugins.simulated_headset import Truth, sequence
from gazed_plugins.simulated_headset.look import Level

_PUPIL_FROM = 0.5
_CLOSED_BELOW = 0.1


def simulated_sets(
    levels: Sequence[Level], sizes: Sequence[int], people: int, seconds: float
) -> list[PictureSet]:
    """Return one set for each level and picture width: several people, each ``seconds`` long."""
    return [_simulated(level, size, people, seconds) for size in sizes for level in levels]


def _simulated(level: Level, size: int, people: int, seconds: float) -> PictureSet:
    wearers = tuple(partial(_frames, level, size, seconds, seed) for seed in range(people))
    return PictureSet(f"simulated {level} {size}", "simulated", True, wearers)


def _frames(level: Level, size: int, seconds: float, seed: int) -> Iterator[Case]:
    for frame, truth in sequence(level, size=size, seconds=seconds, seed=seed):
        closed = truth.visible_share < _CLOSED_BELOW
        yield Case(frame, _label(truth), closed, alone=frame.index % EVERY == 0)


def _label(truth: Truth) -> Ellipse | None:
    """Return the outline if at least half of it shows: with less there is little to measure."""
    return truth.ellipse if truth.visible_share >= _PUPIL_FROM else None
