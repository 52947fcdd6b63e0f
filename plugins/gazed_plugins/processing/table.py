"""A comparison as tables for a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from rich.table import Table

from gazed_plugins.processing.compare import Comparison


def tables(comparison: Comparison) -> Iterator[Table]:
    """Yield what there is to show: pupil data, then gaze."""
    if comparison.pupil:
        table = Table("pupil", "recorded", "processed", "found", "found now", "apart px", box=None)
        for row in comparison.pupil:
            shares = (_number(100 * row.recorded_found, 1), _number(100 * row.processed_found, 1))
            found = [f"{share} %" if share else "" for share in shares]
            counts = (str(row.recorded), str(row.processed))
            table.add_row(row.topic, *counts, *found, _number(row.apart_px, 3))
        yield table
    if comparison.gaze:
        table = Table("gaze", "recorded", "processed", "apart deg", "apart viewport", box=None)
        for entry in comparison.gaze:
            apart = (_number(entry.apart_deg, 3), _number(entry.apart_viewport, 4))
            table.add_row(entry.topic, str(entry.recorded), str(entry.processed), *apart)
        yield table


def _number(value: float, digits: int) -> str:
    return "" if math.isnan(value) else f"{value:.{digits}f}"
