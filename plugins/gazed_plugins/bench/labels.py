"""Labels of pictures, a table ``gt.csv`` beside them; docs/bench.md describes it."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gazed import Ellipse, GazedError

LABELS = "gt.csv"
_NUMBERS = ("cx", "cy", "major", "minor", "angle_deg")
_COLUMNS = ("frame", "pupil_visible", *_NUMBERS)

Row = dict[str, str]


class LabelError(GazedError):
    """A table of labels, or one line of it, that cannot be used."""

    def __init__(self, path: Path, problem: str, line: int | None = None) -> None:
        place = str(path) if line is None else f"{path}, line {line}"
        super().__init__(f"{place}: {problem}")
        self.path = path
        self.line = line


@dataclass(frozen=True, slots=True)
class Label:
    """One line: ``file`` names a picture, or is empty and ``frame`` counts in the clip.

    ``ellipse`` is the pupil's outline, None when there is none to be found.
    """

    line: int
    frame: int
    file: str
    ellipse: Ellipse | None


def read_labels(path: Path) -> list[Label]:
    """Return all labels of a table in its order; raise LabelError."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            labels = list(_labels(path, csv.DictReader(file)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LabelError(path, f"cannot be read as CSV: {error}") from None
    if not labels:
        raise LabelError(path, "holds no label; add a line for each labelled picture")
    _check_places(path, labels)
    return labels


def check_inside(path: Path, label: Label, width: int, height: int) -> None:
    """Raise LabelError when the centre of a label is not in its picture."""
    if label.ellipse is None:
        return
    x, y = label.ellipse.center
    if not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
        problem = (
            f"the centre ({x:g}, {y:g}) is outside the picture of {width} x {height} pixels;"
            " cx and cy count from the centre of the top left pixel"
        )
        raise LabelError(path, problem, label.line)


def _labels(path: Path, rows: csv.DictReader[str]) -> Iterator[Label]:
    missing = [name for name in _COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        problem = f"has no column {', '.join(missing)}; needed are {', '.join(_COLUMNS)}"
        raise LabelError(path, problem)
    for row in rows:
        try:
            yield _label(rows.line_num, row)
        except ValueError as error:
            raise LabelError(path, str(error), rows.line_num) from None


def _label(line: int, row: Row) -> Label:
    visible = (row["pupil_visible"] or "").strip()
    if visible not in ("0", "1"):
        raise ValueError(f"pupil_visible is {visible!r}; it must be 1 (ellipse given) or 0 (none)")
    ellipse = _ellipse(row) if visible == "1" else None
    return Label(line, _frame(row), (row.get("file") or "").strip(), ellipse)


def _frame(row: Row) -> int:
    text = (row["frame"] or "").strip()
    if not text.isdecimal():
        raise ValueError(f"frame is {text!r}, not a whole number from 0 on")
    return int(text)


def _ellipse(row: Row) -> Ellipse:
    x, y, major, minor, angle = (_number(row, name) for name in _NUMBERS)
    if not 0 < minor <= major:
        raise ValueError(
            f"major is {major:g} and minor {minor:g}; they are full lengths, the longer one first"
        )
    return Ellipse((x, y), (minor, major), angle - 90.0)


def _number(row: Row, name: str) -> float:
    try:
        value = float(row[name])
    except (TypeError, ValueError):
        value = math.nan
    if not math.isfinite(value):
        said = "missing" if row[name] is None else f"{row[name]!r}, not a number"
        raise ValueError(f"{name} is {said}")
    return value


def _check_places(path: Path, labels: list[Label]) -> None:
    stills = any(label.file for label in labels)
    seen: dict[str | int, int] = {}
    for label in labels:
        if stills and not label.file:
            problem = "names no file, while other lines do; name one in all lines or in none"
            raise LabelError(path, problem, label.line)
        place = label.file or label.frame
        if place in seen:
            raise LabelError(path, f"{place} is labelled in line {seen[place]} already", label.line)
        seen[place] = label.line
