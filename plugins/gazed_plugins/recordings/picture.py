"""A recording as one picture: confidence, pupil size, gaze, blinks and gaps over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.bench.canvas import GRAY, Axis, Canvas, Color, Panel
from gazed_plugins.recordings.axes import time_axis, value_axis
from gazed_plugins.recordings.curves import Values, eye_curve, gaze_curve
from gazed_plugins.recordings.recording import Recording
from gazed_plugins.recordings.stamps import Times
from gazed_plugins.recordings.thinning import pieces, thinned
from gazed_plugins.recordings.timetable import Row, extent, rows

_EYES: dict[int, tuple[str, Color]] = {
    0: ("eye 0, right", (0, 94, 213)),
    1: ("eye 1, left", (178, 114, 0)),
}
_ACROSS: Color = (115, 158, 0)
_UP: Color = (167, 121, 204)
_WIDTH, _LEFT_EDGE, _RIGHT_EDGE = 1440, 150, 1410
_FIRST_TOP, _PANEL, _STEP = 130, 150, 225
_ROW = 28
_BAR = 11
_BIN_PX = 2
_PALE = 0.25


def png(recording: Recording) -> bytes:
    """Return the picture as a PNG file."""
    done, data = cv2.imencode(".png", drawn(recording))
    if not done:
        raise ValueError("the picture cannot be encoded as PNG")
    return bytes(data)


def drawn(recording: Recording) -> NDArray[np.uint8]:
    """Return the picture, (height, width, 3), BGR."""
    return _Drawing(recording).draw()


class _Drawing:
    """Panels with the same time axis, one below the other, and a time table at the end."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._eyes = [curve for eye in (0, 1) if (curve := eye_curve(recording, eye))]
        self._gaze = gaze_curve(recording)
        self._start, seconds = extent(recording)
        self._time = time_axis(seconds)
        self._rows = rows(recording, self._start + seconds)
        self._top = _FIRST_TOP
        self._canvas = Canvas(_WIDTH, _FIRST_TOP + 3 * _STEP + len(self._rows) * _ROW + 80)

    def draw(self) -> NDArray[np.uint8]:
        """Draw everything there is; a panel without data says so."""
        self._draw_title()
        self._draw_confidence()
        self._draw_size()
        self._draw_gaze()
        self._draw_rows()
        return self._canvas.picture()

    def _draw_title(self) -> None:
        info = self._recording.info
        folder = self._recording.path.resolve()
        place = f"{folder.parent.name}/{folder.name}"
        when = _date(info.start_time_system)
        self._canvas.text((_LEFT_EDGE, 34), _ascii(f"Recording {place}"), 20)
        software = _ascii(f"{info.software} {info.version}".strip())
        facts = [when, f"{self._time.seconds:.1f} s", software]
        self._canvas.text((_LEFT_EDGE, 62), ", ".join(fact for fact in facts if fact), 14)
        problems = len(self._recording.problems)
        if problems:
            said = f"{problems} problem{'s' if problems > 1 else ''}: see gazed recordings verify"
            self._canvas.text((_RIGHT_EDGE, 62), said, 14, "right", (40, 40, 200))

    def _panel(self, y: Axis, title: str, key: Sequence[tuple[str, Color]]) -> Panel:
        """Return the next panel from above, with its key at the right."""
        box = (_LEFT_EDGE, self._top, _RIGHT_EDGE, self._top + _PANEL)
        panel = Panel(self._canvas, box, self._time.axis, y, title)
        right = float(_RIGHT_EDGE)
        for words, color in reversed(key):
            right -= self._canvas.text((right, self._top - 12), words, 14, "right") + 8
            self._canvas.line([(right - 26, self._top - 17), (right, self._top - 17)], color, 3)
            right -= 50
        self._top += _STEP
        return panel

    def _draw_confidence(self) -> None:
        axis = Axis(0.0, 1.0, (0, 0.25, 0.5, 0.75, 1))
        panel = self._panel(axis, "Confidence", [_EYES[curve.eye] for curve in self._eyes])
        for curve in self._eyes:
            self._curve(panel, curve.times, curve.confidence, _EYES[curve.eye][1])
        self._say_when_empty(panel, axis, bool(self._eyes), "no pupil data")

    def _draw_size(self) -> None:
        unit = self._eyes[0].unit if self._eyes else "mm"
        shown = [curve for curve in self._eyes if curve.unit == unit]
        axis = value_axis([curve.size for curve in shown])
        title = f"Pupil diameter, {unit}, where confidence is at least 0.6"
        panel = self._panel(axis, title, [_EYES[curve.eye] for curve in shown])
        for curve in shown:
            self._curve(panel, curve.times, curve.size, _EYES[curve.eye][1])
        sure = any(np.isfinite(curve.size).any() for curve in shown)
        self._say_when_empty(panel, axis, sure, "no pupil was found with that confidence")

    def _draw_gaze(self) -> None:
        curve = self._gaze
        values = [curve.across, curve.up] if curve else []
        axis = value_axis(values)
        unit = curve.unit if curve else "degrees"
        key = [("to the right", _ACROSS), ("up", _UP)]
        title = f"Gaze, {unit}, where confidence is at least 0.6"
        panel = self._panel(axis, title, key if curve else [])
        for value, (_, color) in zip(values, key, strict=False):
            assert curve is not None  # noqa: S101 - there are no values without it
            self._curve(panel, curve.times, value, color)
        self._say_when_empty(panel, axis, curve is not None, "no gaze data")

    def _curve(self, panel: Panel, times: Times, values: Values, color: Color) -> None:
        """Draw the middle of what falls into two pixels, and its spread behind it."""
        seconds = times - self._start
        bins = (_RIGHT_EDGE - _LEFT_EDGE) // _BIN_PX
        points = thinned(seconds, values, self._time.seconds, bins)
        pale: Color = tuple(round(255 - _PALE * (255 - part)) for part in color)  # type: ignore[assignment]
        scale = self._time.scale
        for at, low, high in zip(points.times, points.low, points.high, strict=True):
            panel.curve([(at / scale, low), (at / scale, high)], pale, _BIN_PX)
        for piece in pieces(points):
            line = [(at / scale, value) for at, value in piece]
            panel.curve(line if len(line) > 1 else [line[0], line[0]], color, 1.5)

    def _say_when_empty(self, panel: Panel, y: Axis, full: bool, words: str) -> None:
        if not full:
            middle = panel.at(self._time.axis.high / 2, (y.low + y.high) / 2)
            self._canvas.text(middle, words, 14, "middle", GRAY)

    def _draw_rows(self) -> None:
        """Draw the time table: a line for each kind of event and each stream's gaps."""
        top = float(self._top - 20)
        bottom = top + len(self._rows) * _ROW
        axis = Axis(0.0, 1.0, ())
        box = (_LEFT_EDGE, top, _RIGHT_EDGE, bottom)
        panel = Panel(self._canvas, box, self._time.axis, axis, "")
        for number, row in enumerate(self._rows):
            self._draw_row(panel, row, top + (number + 0.5) * _ROW)

    def _draw_row(self, panel: Panel, row: Row, y: float) -> None:
        self._canvas.text((_LEFT_EDGE - 8, y + 5), row.name, 13, "right")
        for begin, end in row.spans:
            left, right = (self._x(panel, moment) for moment in (begin, end))
            self._bar(left, max(right, left + 1.5), y, row.color)
        if not row.spans:
            self._canvas.text((_LEFT_EDGE + 8, y + 4), "none", 12, color=GRAY)

    def _bar(self, left: float, right: float, y: float, color: Color) -> None:
        """Fill a bar with thin lines: a thick one would reach beyond its ends."""
        for height in np.arange(y - _BAR / 2, y + _BAR / 2, 0.5):
            self._canvas.line([(left, height), (right, height)], color, 0.5)

    def _x(self, panel: Panel, moment: float) -> float:
        return panel.at((moment - self._start) / self._time.scale, 0.0)[0]


def _date(unix: float) -> str:
    try:
        return f"{datetime.fromtimestamp(unix):%Y-%m-%d %H:%M}" if np.isfinite(unix) else ""
    except (OverflowError, OSError, ValueError):
        return ""


def _ascii(words: str) -> str:
    """Return ``words`` in the letters that OpenCV can draw."""
    return words.encode("ascii", "replace").decode()
