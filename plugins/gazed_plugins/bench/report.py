"""All figures of a comparison, as they are printed, drawn and written to a file."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from gazed import __version__
from gazed_plugins.bench.agreement import Agreement, agreements
from gazed_plugins.bench.cases import Kind
from gazed_plugins.bench.contender import Contender
from gazed_plugins.bench.run import Entry, Mode
from gazed_plugins.bench.score import Scores, scored

FORMAT = 1
"""Goes up when a file of an older version cannot be compared with a new one."""

_POOLED: tuple[Kind, ...] = ("labelled", "simulated", "unlabelled")


@dataclass(frozen=True, slots=True)
class Result:
    """One detector on one set, or on all sets of a kind together.

    ``ms_ratio`` is the median time of the detector named first over that of this one.
    """

    set: str
    kind: Kind
    mode: Mode
    detector: str
    scores: Scores
    ms_ratio: float


@dataclass(frozen=True, slots=True)
class Report:
    """A whole comparison; ``pooled`` are the entries of each kind put together."""

    contenders: Sequence[Contender]
    results: list[Result]
    pooled: list[Entry]
    agreement: list[Agreement]

    def to_json(self) -> dict[str, Any]:
        """Return everything, with the versions it depends on; nothing names this machine."""
        return {
            "format": FORMAT,
            "versions": {
                "gazed": __version__,
                "python": platform.python_version(),
                "numpy": np.__version__,
                "opencv": cv2.__version__,
            },
            "detectors": {
                contender.label: {"version": contender.version, "failure": contender.failure}
                for contender in self.contenders
            },
            "results": [asdict(result) for result in self.results],
            "agreement": [asdict(entry) for entry in self.agreement],
        }


def reported(contenders: Sequence[Contender], entries: Sequence[Entry]) -> Report:
    """Score all entries, those of each set and those of all sets of a kind together."""
    working = {contender.label for contender in contenders if not contender.failure}
    entries = [entry for entry in entries if entry.detector in working]
    pooled = _pooled(entries)
    several = [entry for entry in pooled if _sets_of(entry, entries) > 1]
    results = _results([*entries, *several])
    return Report(contenders, results, pooled, agreements(entries))


def _results(entries: Sequence[Entry]) -> list[Result]:
    first: dict[tuple[str, Mode], float] = {}
    results = []
    for entry in entries:
        scores = scored(entry.outcomes)
        median = first.setdefault((entry.set, entry.mode), scores.ms.median)
        ratio = median / scores.ms.median if scores.ms.median else 1.0
        results.append(Result(entry.set, entry.kind, entry.mode, entry.detector, scores, ratio))
    return results


def _pooled(entries: Sequence[Entry]) -> list[Entry]:
    pooled: dict[tuple[Kind, Mode, str], Entry] = {}
    for kind in _POOLED:
        for entry in entries:
            if entry.kind == kind:
                empty = Entry(f"all {kind}", kind, entry.mode, entry.detector)
                whole = pooled.setdefault((kind, entry.mode, entry.detector), empty)
                whole.outcomes.extend(entry.outcomes)
    return sorted(pooled.values(), key=lambda entry: (entry.kind, entry.mode))


def _sets_of(pooled: Entry, entries: Sequence[Entry]) -> int:
    """Return of how many sets a pooled entry is made."""
    key = (pooled.kind, pooled.mode, pooled.detector)
    return sum((entry.kind, entry.mode, entry.detector) == key for entry in entries)
