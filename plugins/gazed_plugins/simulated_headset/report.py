"""The demo as one picture: targets and gaze, errors by target and over time, distances."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Point
from gazed_plugins.bench.canvas import GRAY, Axis, Canvas, Color, Panel
from gazed_plugins.simulated_headset.figures import Figures
from gazed_plugins.simulated_headset.samples import Sample
from gazed_plugins.simulated_headset.viewport import angles_of

_WIDTH, _HEIGHT = 1280, 960
_BLUE: Color = (178, 114, 0)
_ORANGE: Color = (0, 94, 213)
_PALE: Color = (220, 180, 120)
_MAP = (90.0, 130.0, 490.0, 530.0)
_TIME = (620.0, 130.0, 1220.0, 530.0)
_TARGETS = (90.0, 640.0, 690.0, 880.0)
_DEPTH = (840.0, 640.0, 1220.0, 880.0)
_MOST_DOTS = 4000
_BIN_SECONDS = 0.05
_DEGREES = (-20.0, -10.0, 0.0, 10.0, 20.0)
_ERRORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
_METRES = (0.4, 0.6, 1.0, 2.0, 4.0)


def png(figures: Figures, title: str) -> bytes:
    """Return the picture as a PNG file."""
    done, data = cv2.imencode(".png", drawn(figures, title))
    if not done:
        raise ValueError("the report cannot be encoded as PNG")
    return bytes(data)


def drawn(figures: Figures, title: str) -> NDArray[np.uint8]:
    """Return the picture, (height, width, 3), BGR."""
    canvas = Canvas(_WIDTH, _HEIGHT)
    report, samples = figures.report(), list(figures.samples)
    _draw_head(canvas, title, report)
    _draw_map(canvas, figures, samples)
    _draw_time(canvas, figures, samples)
    _draw_targets(canvas, report["targets"])
    _draw_depth(canvas, report["targets"], samples)
    return canvas.picture()


def _draw_head(canvas: Canvas, title: str, report: dict[str, Any]) -> None:
    canvas.text((40, 40), title, 20)
    error = report["error_deg"]
    if error is None:
        canvas.text((40, 68), "no confident gaze came")
        return
    median_error, p95 = error["median"], error["p95"]
    words = [
        f"error: median {median_error:.2f} deg, 95 % of confident gaze within {p95:.2f} deg",
        f"precision: {report['precision_deg'] or math.nan:.3f} deg",
        f"{100 * report['confident_share']:.0f} % of gaze confident",
    ]
    canvas.text((40, 68), ";  ".join(words), 14)


def _draw_map(canvas: Canvas, figures: Figures, samples: Sequence[Sample]) -> None:
    axis = Axis(-22.0, 22.0, _DEGREES, "degrees right")
    panel = Panel(canvas, _MAP, axis, Axis(-22.0, 22.0, _DEGREES), "Targets and gaze, degrees up")
    for sample in samples[:: 1 + len(samples) // _MOST_DOTS]:
        canvas.dot(panel.at(*sample.seen), 1.2, _PALE)
    for target in dict.fromkeys(target for _, target in figures.shown):
        _ring(canvas, panel.at(*angles_of(target)), 9)
    x, y = _MAP[2] - 150, _MAP[1] - 12
    canvas.dot((x, y - 5), 3, _PALE)
    canvas.text((x + 10, y), "gaze", 12)
    _ring(canvas, (x + 75, y - 5), 6)
    canvas.text((x + 90, y), "target", 12)


def _draw_time(canvas: Canvas, figures: Figures, samples: Sequence[Sample]) -> None:
    began = samples[0].timestamp if samples else 0.0
    length = max(1.0, samples[-1].timestamp - began) if samples else 1.0
    title = "Error over time, degrees: median, and largest of each 50 ms"
    panel = Panel(canvas, _TIME, _seconds(length), Axis(0.01, 30.0, _ERRORS, log=True), title)
    for shown, _ in figures.shown:
        if 0.0 <= shown - began <= length:
            canvas.dashes([panel.at(shown - began, 0.01), panel.at(shown - began, 30.0)], GRAY)
    for piece in _pieces(samples, began):
        panel.curve([(time, largest) for time, _, largest in piece], _PALE, 1.5)
        panel.curve([(time, middle) for time, middle, _ in piece], _BLUE, 1.5)
    x, y = _TIME[2] - 150, _TIME[1] - 12
    canvas.dashes([(x, y - 5), (x + 25, y - 5)], GRAY)
    canvas.text((x + 32, y), "a target is shown", 12)


def _draw_targets(canvas: Canvas, targets: Sequence[dict[str, Any]]) -> None:
    known = [target for target in targets if target["error_deg"]]
    top = max([0.2, *(target["error_deg"]["p95"] for target in known)])
    marks = _marks(top)
    x = Axis(0.5, max(1, len(targets)) + 0.5, ())
    title = "Error by target, degrees: median, and 95 % within"
    panel = Panel(canvas, _TARGETS, x, Axis(0.0, marks[-1], marks), title)
    middle = ((_TARGETS[0] + _TARGETS[2]) / 2, _TARGETS[3] + 54)
    canvas.text(middle, "degrees right, up; metres away", 12, "middle")
    for number, target in enumerate(targets, 1):
        left, bottom = panel.at(number, 0.0)
        place = f"{target['right']:.0f},{target['up']:.0f}"
        canvas.text((left, bottom + 16), place, 11, "middle")
        canvas.text((left, bottom + 31), f"{target['distance_mm'] / 1000:.1f}", 11, "middle")
        error = target["error_deg"]
        if error:
            ends = [panel.at(number, error[share]) for share in ("median", "p95")]
            canvas.line(ends, _BLUE, 2)
            canvas.dot(ends[0], 5, _BLUE)
            canvas.line([(left - 5, ends[1][1]), (left + 5, ends[1][1])], _BLUE, 2)


def _draw_depth(
    canvas: Canvas, targets: Sequence[dict[str, Any]], samples: Sequence[Sample]
) -> None:
    deep = [sample for sample in samples if sample.distance is not None]
    if not deep:
        canvas.text((_DEPTH[0], _DEPTH[1]), "2D gaze knows no distance", 13, color=GRAY)
        return
    axis = Axis(0.4, 4.0, _METRES, "true distance, m", log=True)
    title = "Distance of gaze, m, by target"
    panel = Panel(canvas, _DEPTH, axis, Axis(0.4, 4.0, _METRES, log=True), title)
    panel.curve([(0.4, 0.4), (4.0, 4.0)], GRAY, 1.0)
    for sample in deep[:: 1 + len(deep) // _MOST_DOTS]:
        true = math.hypot(*sample.point) / 1000
        canvas.dot(panel.at(true, (sample.distance or 0.0) / 1000), 1.2, _PALE)
    for target in targets:
        if target["depth_ratio"]:
            true = target["distance_mm"] / 1000
            canvas.dot(panel.at(true, target["depth_ratio"] * true), 4, _ORANGE)


def _ring(canvas: Canvas, center: Point, radius: float) -> None:
    turn = np.linspace(0.0, 2 * np.pi, 49)
    around = zip(
        (center[0] + radius * np.cos(turn)).tolist(),
        (center[1] + radius * np.sin(turn)).tolist(),
        strict=True,
    )
    canvas.line(list(around), _ORANGE, 2)


def _seconds(length: float) -> Axis:
    step = next((step for step in (1, 2, 5, 10, 20, 60, 120) if length / step <= 8), 600)
    marks = tuple(float(mark) for mark in range(0, math.floor(length) + 1, step))
    return Axis(0.0, length, marks, "seconds")


def _marks(top: float) -> tuple[float, ...]:
    step = next((step for step in (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10) if top / step <= 6), 30)
    return tuple(round(k * step, 2) for k in range(math.ceil(top / step) + 1))


def _pieces(samples: Sequence[Sample], began: float) -> list[list[tuple[float, float, float]]]:
    """Return (time, median, largest) of each bin's errors, in runs without an empty bin."""
    bins: dict[int, list[float]] = {}
    for sample in samples:
        bins.setdefault(int((sample.timestamp - began) / _BIN_SECONDS), []).append(sample.degrees)
    pieces: list[list[tuple[float, float, float]]] = []
    for number in sorted(bins):
        if number - 1 not in bins or not pieces:
            pieces.append([])
        errors = bins[number]
        pieces[-1].append((number * _BIN_SECONDS, median(errors), max(errors)))
    return pieces
