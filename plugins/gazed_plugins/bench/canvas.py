"""A small drawing board on OpenCV: axes, curves and words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Point

Color = tuple[int, int, int]
Box = tuple[float, float, float, float]
Anchor = Literal["left", "middle", "right"]

INK: Color = (40, 40, 40)
FAINT: Color = (225, 225, 225)
GRAY: Color = (150, 150, 150)

_FINE = 3
_SHIFT = 4
_LETTER = 0.045
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_DASH, _GAP = 7.0, 5.0


class Canvas:
    """A white picture in logical pixels, drawn finer than it is shown for smooth edges."""

    def __init__(self, width: int, height: int) -> None:
        self._pixels = np.full((height * _FINE, width * _FINE, 3), 255, np.uint8)

    def picture(self) -> NDArray[np.uint8]:
        """Return what has been drawn: (height, width, 3), BGR."""
        size = (self._pixels.shape[1] // _FINE, self._pixels.shape[0] // _FINE)
        return np.asarray(cv2.resize(self._pixels, size, interpolation=cv2.INTER_AREA), np.uint8)

    def line(self, points: Sequence[Point], color: Color, width: float = 1.0) -> None:
        """Draw a line through points."""
        fine = np.array(points, np.float64) * (_FINE * 2**_SHIFT)
        bent = [np.rint(fine).astype(np.int32)]
        thick = max(1, round(width * _FINE))
        cv2.polylines(self._pixels, bent, False, color, thick, cv2.LINE_AA, _SHIFT)

    def dashes(self, points: Sequence[Point], color: Color, width: float = 1.0) -> None:
        """Draw a dashed line through points."""
        for piece in _dashes(points):
            self.line(piece, color, width)

    def dot(self, point: Point, radius: float, color: Color) -> None:
        """Draw a filled circle."""
        scale = _FINE * 2**_SHIFT
        center = (round(point[0] * scale), round(point[1] * scale))
        cv2.circle(self._pixels, center, round(radius * scale), color, -1, cv2.LINE_AA, _SHIFT)

    def text(
        self, at: Point, words: str, height: float = 13, anchor: Anchor = "left", color: Color = INK
    ) -> float:
        """Write a line of ASCII with ``at`` on its base line; return how long it is."""
        scale, thick = height * _LETTER * _FINE / 1.4, max(1, round(height * _FINE / 20))
        (width, _), _ = cv2.getTextSize(words, _FONT, scale, thick)
        shift = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor] * width
        place = (round(at[0] * _FINE - shift), round(at[1] * _FINE))
        cv2.putText(self._pixels, words, place, _FONT, scale, color, thick, cv2.LINE_AA)
        return width / _FINE


@dataclass(frozen=True, slots=True)
class Axis:
    """Values along one edge of a panel; ``marks`` are labelled."""

    low: float
    high: float
    marks: tuple[float, ...]
    title: str = ""
    log: bool = False

    def share(self, value: float) -> float:
        """Return where a value is, 0 at ``low`` and 1 at ``high``, not beyond."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


class Panel:
    """A pair of axes in a box of a canvas: left, top, right, bottom."""

    def __init__(self, canvas: Canvas, box: Box, x: Axis, y: Axis, title: str) -> None:
        self._canvas = canvas
        self._box = box
        self._x, self._y = x, y
        left, top, right, bottom = box
        canvas.text((left, top - 12), title, 15)
        for mark in x.marks:
            place = self.at(mark, y.low)
            canvas.line([place, (place[0], top)], FAINT)
            canvas.text((place[0], bottom + 18), f"{mark:g}", 12, "middle")
        for mark in y.marks:
            place = self.at(x.low, mark)
            canvas.line([place, (right, place[1])], FAINT)
            canvas.text((left - 8, place[1] + 4), f"{mark:g}", 12, "right")
        canvas.line([(left, top), (left, bottom), (right, bottom)], GRAY)
        canvas.text(((left + right) / 2, bottom + 38), x.title, 12, "middle")

    def at(self, x: float, y: float) -> Point:
        """Return the place of two values on the canvas."""
        left, top, right, bottom = self._box
        across, up = self._x.share(x), self._y.share(y)
        return left + across * (right - left), bottom - up * (bottom - top)

    def curve(
        self, values: Iterable[Point], color: Color, width: float = 2.0, dashed: bool = False
    ) -> None:
        """Draw a line through pairs of values."""
        points = [self.at(*value) for value in values]
        if len(points) > 1:
            draw = self._canvas.dashes if dashed else self._canvas.line
            draw(points, color, width)


def _dashes(points: Sequence[Point]) -> list[list[Point]]:
    """Cut a line into dashes of equal length along it."""
    places = np.array(points, np.float64)
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(places, axis=0).T))])
    pieces = []
    for start in np.arange(0.0, along[-1], _DASH + _GAP):
        end = min(start + _DASH, along[-1])
        inner = along[(along > start) & (along < end)]
        stops = np.concatenate([[start], inner, [end]])
        x, y = np.interp(stops, along, places[:, 0]), np.interp(stops, along, places[:, 1])
        pieces.append(list(zip(x.tolist(), y.tolist(), strict=True)))
    return pieces
