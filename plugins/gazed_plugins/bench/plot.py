"""A comparison as one picture: how far off, how honest, how slow."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Point
from gazed_plugins.bench.canvas import GRAY, INK, Axis, Canvas, Color, Panel
from gazed_plugins.bench.cases import Kind
from gazed_plugins.bench.report import Report
from gazed_plugins.bench.run import Entry
from gazed_plugins.bench.score import Scores, scored

COLORS: tuple[Color, ...] = (
    (178, 114, 0),
    (0, 94, 213),
    (115, 158, 0),
    (167, 121, 204),
    (0, 159, 230),
    (60, 60, 60),
)
_KINDS: dict[Kind, str] = {
    "labelled": "Labelled pictures",
    "simulated": "Simulated headset",
    "unlabelled": "Videos without labels",
}
_WIDTH, _ROW, _TOP, _BOTTOM = 1440, 390, 80, 10
_LEFTS, _PANEL_WIDTH, _PANEL_HEIGHT = (70, 550, 1030), 380, 270
_FEWEST = 10

_ERROR = Axis(0.01, 10.0, (0.01, 0.1, 1.0, 10.0), "centre error, percent of the width", log=True)
_PERCENT = Axis(0.0, 100.0, (0, 25, 50, 75, 100))
_SAID = Axis(0.0, 1.0, (0, 0.2, 0.4, 0.6, 0.8, 1), "confidence")
_TRUE = Axis(0.0, 1.0, (0, 0.2, 0.4, 0.6, 0.8, 1))
_MS = Axis(0.01, 100.0, (0.01, 0.1, 1, 10, 100), "ms a frame: median, 95 %, 99 %", log=True)


def png(report: Report) -> bytes:
    """Return the picture as a PNG file."""
    done, data = cv2.imencode(".png", drawn(report))
    if not done:
        raise ValueError("the plot cannot be encoded as PNG")
    return bytes(data)


def drawn(report: Report) -> NDArray[np.uint8]:
    """Return the picture, (height, width, 3), BGR: one row for each kind of pictures."""
    names = list(dict.fromkeys(entry.detector for entry in report.pooled))
    colors = {name: COLORS[index % len(COLORS)] for index, name in enumerate(names)}
    rows = [kind for kind in _KINDS if any(entry.kind == kind for entry in report.pooled)]
    canvas = Canvas(_WIDTH, _TOP + _ROW * max(1, len(rows)) + _BOTTOM)
    _draw_legend(canvas, colors)
    for number, kind in enumerate(rows):
        entries = [entry for entry in report.pooled if entry.kind == kind]
        _Row(canvas, _TOP + 40 + number * _ROW, _KINDS[kind], entries, colors).draw()
    return canvas.picture()


def _draw_legend(canvas: Canvas, colors: dict[str, Color]) -> None:
    left = float(_LEFTS[0])
    for name, color in colors.items():
        canvas.line([(left, 24), (left + 30, 24)], color, 4)
        left += 70 + canvas.text((left + 38, 29), name, 14)
    left = float(_LEFTS[0])
    canvas.line([(left, 50), (left + 30, 50)], INK, 2)
    left += 70 + canvas.text((left + 38, 55), "track: one after the other", 14)
    canvas.dashes([(left, 50), (left + 30, 50)], INK, 2)
    canvas.text((left + 38, 55), "search: each by itself", 14)


class _Row:
    """The panels of one kind of pictures, beside each other."""

    def __init__(
        self,
        canvas: Canvas,
        top: float,
        title: str,
        entries: Sequence[Entry],
        colors: dict[str, Color],
    ) -> None:
        self._canvas = canvas
        self._title = title
        self._entries = entries
        self._colors = colors
        self._boxes = [(left, top, left + _PANEL_WIDTH, top + _PANEL_HEIGHT) for left in _LEFTS]

    def draw(self) -> None:
        """Draw what is known: without labels there are no errors."""
        if any(outcome.labelled for outcome in self._entries[0].outcomes):
            self._draw_errors()
            self._draw_honesty()
        else:
            self._draw_answers()
        self._draw_times()

    def _panel(self, x: Axis, y: Axis, title: str) -> Panel:
        """Return the next panel from the left."""
        return Panel(self._canvas, self._boxes.pop(0), x, y, f"{self._title}: {title}")

    def _draw_errors(self) -> None:
        panel = self._panel(_ERROR, _PERCENT, "percent found within an error")
        panel.curve([(1.0, 0.0), (1.0, 100.0)], GRAY, 1.0)
        for entry in self._entries:
            self._curve(panel, entry, _found_within(entry))

    def _draw_honesty(self) -> None:
        panel = self._panel(_SAID, _TRUE, "share right by confidence")
        panel.curve([(0.0, 0.0), (1.0, 1.0)], GRAY, 1.0)
        for entry in self._entries:
            points = _share_right(scored(entry.outcomes))
            self._curve(panel, entry, points)
            for point in points:
                self._canvas.dot(panel.at(*point), 4, self._colors[entry.detector])

    def _draw_answers(self) -> None:
        panel = self._panel(_SAID, _PERCENT, "percent at least so confident")
        for entry in self._entries:
            self._curve(panel, entry, _at_least(entry))

    def _draw_times(self) -> None:
        """Draw a line from median to 99th percentile for each entry, with a mark at the 95th."""
        rows = len(self._entries)
        pictures = max(len(entry.outcomes) for entry in self._entries)
        panel = self._panel(_MS, Axis(0.0, rows, ()), f"time, {pictures} pictures")
        for number, entry in enumerate(self._entries):
            ms, color = scored(entry.outcomes).ms, self._colors[entry.detector]
            y = rows - number - 0.6
            left, middle, right = (panel.at(value, y) for value in (ms.median, ms.p95, ms.p99))
            self._canvas.line([left, right], color, 2)
            self._canvas.dot(left, 5, color)
            for (x, place), half in ((middle, 6), (right, 3)):
                self._canvas.line([(x, place - half), (x, place + half)], color, 2)
            self._canvas.text((left[0], left[1] - 9), f"{entry.mode} {ms.median:.2g}", 12, "middle")

    def _curve(self, panel: Panel, entry: Entry, points: Sequence[Point]) -> None:
        panel.curve(points, self._colors[entry.detector], dashed=entry.mode == "search")


def _found_within(entry: Entry) -> list[Point]:
    """Return which percentage of the pupils is found within each error."""
    errors = np.array([100 * one.distance / one.width for one in entry.outcomes if one.labelled])
    at = np.geomspace(_ERROR.low, _ERROR.high, 200)
    found = 100 * np.searchsorted(np.sort(errors), at, side="right") / len(errors)
    return list(zip(at.tolist(), found.tolist(), strict=True))


def _share_right(scores: Scores) -> list[Point]:
    """Return confidence and share right of the bins with enough answers to tell."""
    return [
        (entry.confidence, entry.right)
        for entry in scores.reliability.bins
        if entry.confidence is not None and entry.right is not None and entry.count >= _FEWEST
    ]


def _at_least(entry: Entry) -> list[Point]:
    """Return which percentage of the pictures is answered with each confidence or more."""
    said = np.sort([outcome.confidence for outcome in entry.outcomes])
    at = np.linspace(_SAID.low, _SAID.high, 201)
    more = 100 - 100 * np.searchsorted(said, at, side="left") / len(said)
    return list(zip(at.tolist(), more.tolist(), strict=True))
