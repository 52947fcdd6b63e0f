"""Whether detectors say the same, where nobody knows the truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from gazed_plugins.bench.outcome import WIDTHS, Outcome
from gazed_plugins.bench.run import Entry
from gazed_plugins.bench.score import is_confident


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two detectors on one set.

    ``both_confident`` is the share of pictures for which both are sure, ``alike`` the share of
    these with centres not more than 1 % of the width apart; None when there are none.
    """

    set: str
    mode: str
    detectors: tuple[str, str]
    both_confident: float
    alike: float | None


def agreements(entries: Sequence[Entry]) -> list[Agreement]:
    """Compare each two detectors on each set without labels."""
    unlabelled = [entry for entry in entries if entry.kind == "unlabelled"]
    groups = groupby(unlabelled, key=lambda entry: (entry.set, entry.mode))
    return [_agreement(*pair) for _, group in groups for pair in combinations(group, 2)]


def _agreement(one: Entry, other: Entry) -> Agreement:
    pairs = list(zip(one.outcomes, other.outcomes, strict=True))
    sure = [pair for pair in pairs if is_confident(pair[0]) and is_confident(pair[1])]
    alike = sum(_alike(*pair) for pair in sure) / len(sure) if sure else None
    names = (one.detector, other.detector)
    return Agreement(one.set, one.mode, names, len(sure) / len(pairs), alike)


def _alike(one: Outcome, other: Outcome) -> bool:
    if one.center is None or other.center is None:
        return False
    return math.dist(one.center, other.center) <= WIDTHS * one.width
