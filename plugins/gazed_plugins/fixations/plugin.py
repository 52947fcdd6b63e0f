"""The plugin: gaze in, ``fixations`` out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Annotated

from gazed import Arg, Context, Fields, Gaze, Notification, hookimpl
from gazed_plugins.fixations.window import Window
from gazed_plugins.gaze.lines import Vector, unit
from gazed_plugins.gaze.view import VIEW_REPORT, View

_CONFIDENT = 0.6
_TOPIC = "fixations"
_FOCAL = "of the view that norm_pos of 2D gaze is in, until World_View reports one"
_SIZE = "width and height of that view"

Stream = tuple[str, int | None]


class FixationDetector:
    """Publish ``fixations`` while gaze stays within ``max_dispersion`` (spec: data 6).

    A fixation that lasts is published again and again, with the same id, at most ``max_rate``
    times a second; each datum describes its last ``min_duration``. Gaze below a confidence
    of 0.6 does not count. Where each eye is mapped into a display of its own, the right eye's
    fixations count, and the left eye's while the right one is not seen.
    """

    order = 0.8

    def __init__(
        self,
        context: Context,
        *,
        max_dispersion: Annotated[
            float, Arg("deg", low=0.01, high=90.0, text="largest angle between two directions")
        ] = 3.0,
        min_duration: Annotated[
            float, Arg("ms", low=1.0, high=10_000.0, text="shortest fixation")
        ] = 300.0,
        max_rate: Annotated[float, Arg("1/s", low=0.1, text="updates of a lasting one")] = 30.0,
        focal_length: Annotated[float, Arg("px", low=1.0, high=1e5, text=_FOCAL)] = 1000.0,
        view_size: Annotated[tuple[int, int], Arg("px", text=_SIZE)] = (1280, 720),
    ) -> None:
        self._context = context
        self._dispersion = max_dispersion
        self._seconds = min_duration / 1000.0
        self._pause = 1.0 / max_rate
        self._view = View.pinhole(focal_length, view_size)
        self._windows: dict[Stream, Window] = {}
        self._ids: dict[Stream, int] = {}
        self._next_id = 0
        self._told = -math.inf
        context.notify("world_view.should_report")

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``world_view.report`` tells the view that norm_pos of 2D gaze is in."""
        if notification.subject == VIEW_REPORT:
            self._view = View.from_wire(notification.fields)

    @hookimpl
    def on_gaze(self, gaze: Gaze) -> None:
        """Look at one more gaze datum."""
        vector = self._vector(gaze) if gaze.confidence >= _CONFIDENT else None
        if vector is None:
            return
        stream = _stream(gaze)
        window = self._windows.get(stream)
        if window is None:
            window = self._windows[stream] = Window(self._seconds, self._dispersion)
        window.add(gaze, vector)
        if window.fixation and self._leads(stream, window.newest):
            self._go_on(stream, window)
        else:
            self._ids.pop(stream, None)

    def _vector(self, gaze: Gaze) -> Vector | None:
        point: Sequence[float] | None = gaze.extra.get("gaze_point_3d")
        if point is None and gaze.norm_pos is not None:
            point = self._view.ray(gaze.norm_pos)
        if point is None or not any(point):
            return None
        x, y, z = point
        return unit((x, y, z))

    def _leads(self, stream: Stream, timestamp: float) -> bool:
        kind, eye = stream
        right = self._windows.get((kind, 0)) if eye == 1 else None
        return right is None or abs(timestamp - right.newest) > self._seconds

    def _go_on(self, stream: Stream, window: Window) -> None:
        new = stream not in self._ids
        if new:
            self._ids[stream] = self._next_id
            self._next_id += 1
        due = new or not 0.0 <= window.newest - self._told < self._pause
        if due and self._context.wanted(_TOPIC):
            self._told = window.newest
            self._context.publish(_TOPIC, _fields(self._ids[stream], stream[0], window))


def _stream(gaze: Gaze) -> Stream:
    if "gaze_point_3d" in gaze.extra:
        return "3d gaze", None
    return "2d gaze", gaze.extra.get("id")


def _fields(number: int, method: str, window: Window) -> Fields:
    data = window.gaze
    fields = {
        "topic": _TOPIC,
        "id": number,
        "method": method,
        "timestamp": data[0].timestamp,
        "duration": 1000.0 * window.duration,
        "dispersion": window.dispersion,
        "confidence": fmean(gaze.confidence for gaze in data),
        "base_data": [[gaze.topic, gaze.timestamp] for gaze in data],
    }
    places = [gaze.norm_pos for gaze in data if gaze.norm_pos is not None]
    if places:
        fields["norm_pos"] = _mean(places)
    if method == "3d gaze":
        fields["gaze_point_3d"] = _mean([gaze.extra["gaze_point_3d"] for gaze in data])
    return fields


def _mean(vectors: Sequence[Sequence[float]]) -> list[float]:
    return [fmean(column) for column in zip(*vectors, strict=True)]
