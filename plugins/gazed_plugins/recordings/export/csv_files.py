"""CSV, with the file names and columns of Pupil Player's exports."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gazed_plugins.recordings.export.folders import new_file
from gazed_plugins.recordings.export.tables import export_info, tables
from gazed_plugins.recordings.recording import Recording


def export_csv(recording: Recording, folder: Path) -> Iterator[tuple[Path, int]]:
    """Write a CSV file for each key; yield each file and its number of rows when it is done."""
    for table in tables(recording):
        path = folder / f"{table.name}.csv"
        yield path, _write(path, table.kinds, table.rows())
    header, *rows = export_info(recording)
    path = folder / "export_info.csv"
    yield path, _write(path, header, rows)


def _write(path: Path, header: Iterable[str], rows: Iterable[Sequence[Any]]) -> int:
    number = 0
    with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for number, row in enumerate(rows, 1):  # noqa: B007 - counts the rows
            writer.writerow(row)
    return number
