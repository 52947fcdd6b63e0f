"""What became better or worse from one file of figures to the next."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed import GazedError
from gazed_plugins.bench.report import FORMAT

_RATES = (
    "within_1_px",
    "within_2_px",
    "within_5_px",
    "within_1_percent",
    "precision_2_px",
    "precision_5_px",
    "precision_1_percent",
)
_ALARMS = "closed eyes called sure"

Place = tuple[str, str, str]
Rates = dict[str, float | None]


class ComparisonError(GazedError):
    """A file that holds no figures, or not those that are asked for."""


@dataclass(frozen=True, slots=True)
class Change:
    """One rate before and after; ``loss`` is by how many percent points it became worse."""

    place: Place
    figure: str
    before: float
    after: float | None

    @property
    def loss(self) -> float:
        """Percent points to the worse; negative when it became better."""
        lost = 100 * (self.before - (self.after or 0.0))
        return -lost if self.figure == _ALARMS else lost

    def __str__(self) -> str:
        after = "nothing" if self.after is None else f"{100 * self.after:.1f} %"
        return f"{' '.join(self.place)}, {self.figure}: {100 * self.before:.1f} % to {after}"


def read_results(path: Path) -> dict[Place, Rates]:
    """Return the rates in a file by set, mode and detector; raise ComparisonError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        version = content["format"]
        results = {_place(entry): _rates(entry["scores"]) for entry in content["results"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        kind = type(error).__name__
        raise ComparisonError(
            f"{path} holds no figures of gazed bench detect --json ({kind}: {error})"
        ) from None
    if version != FORMAT:
        raise ComparisonError(
            f"{path} is of format {version} and this is {FORMAT}; write it anew with this version"
        )
    return results


def changes(old: Mapping[Place, Rates], new: Mapping[Place, Rates]) -> Iterator[Change]:
    """Yield each rate that is in ``old``.

    Raises ComparisonError when there is none, or when ``new`` lacks one's set.
    """
    if not any(rate is not None for rates in old.values() for rate in rates.values()):
        raise ComparisonError(
            "the old file has no rates to compare; make it with labelled pictures or simulated eyes"
        )
    for place, rates in old.items():
        if place not in new:
            raise ComparisonError(
                f"the new file has no figures for {' '.join(place)}; run both on the same sets"
                " with the same detectors"
            )
        for figure, before in rates.items():
            if before is not None:
                yield Change(place, figure, before, new[place][figure])


def _place(entry: Mapping[str, Any]) -> Place:
    return entry["set"], entry["mode"], entry["detector"]


def _rates(scores: Mapping[str, Any]) -> Rates:
    rates: Rates = {name: _rate(name, scores[name]) for name in _RATES}
    rates[_ALARMS] = scores["false_alarms"] / scores["closed"] if scores["closed"] else None
    return rates


def _rate(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if type(value) not in (float, int):
        raise ValueError(f"{name} is {value!r}, not a number")
    return float(value)
