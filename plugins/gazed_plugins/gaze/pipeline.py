"""The gaze pipeline: pupil data in from the bus, gaze data out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

from gazed import (
    Arg,
    Context,
    Fields,
    Gaze,
    MessageError,
    Notification,
    Pupil,
    gaze_to_wire,
    hookimpl,
    pupil_from_wire,
)
from gazed_plugins.gaze.view import VIEW_REPORT, View

_MAPS_BY_EYE = ("gaze_normals_3d", "eye_centers_3d")
_FOCAL = "of the view that 3D gaze's norm_pos is in, until World_View reports one"
_SIZE = "width and height of that view"
_LEGACY = "integer eye keys for hmd-eyes 1.0 to 1.3; Python clients with msgpack 1 then fail"


class GazePipeline:
    """Hand every pupil datum on the bus to the plugins here, and publish the gaze they make of it.

    Whoever publishes pupil data takes part: our eyes, other detectors, a test. Between the
    mapper and the bus other plugins may refine the gaze. 3D gaze gets a ``norm_pos`` in the
    view that ``World_View`` reports, or else in that of a pinhole camera straight ahead.
    """

    def __init__(
        self,
        context: Context,
        focal_length: Annotated[float, Arg("px", low=1.0, high=1e5, text=_FOCAL)] = 1000.0,
        view_size: Annotated[tuple[int, int], Arg("px", text=_SIZE)] = (1280, 720),
        legacy_gaze_keys: Annotated[bool, Arg(text=_LEGACY)] = False,
    ) -> None:
        self._context = context
        self._legacy = legacy_gaze_keys
        self._view = View.pinhole(focal_length, view_size)
        context.subscribe("pupil.", self._take)
        context.notify("world_view.should_report")

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``world_view.report`` tells the view that norm_pos of 3D gaze is in."""
        if notification.subject == VIEW_REPORT:
            self._view = View.from_wire(notification.fields)

    def _take(self, topic: str, fields: Fields, _raw: Sequence[bytes]) -> None:
        pupil = _finite(pupil_from_wire(topic, fields))
        for _ in self._context.each("on_pupil", pupil=pupil):
            pass
        for gaze in self._context.first("map_gaze", pupil=pupil) or ():
            self._release(self._placed(self._context.through("refine_gaze", gaze=gaze)))

    def _placed(self, gaze: Gaze) -> Gaze:
        point = gaze.extra.get("gaze_point_3d") if gaze.norm_pos is None else None
        norm_pos = self._view.norm_pos(point) if point else None
        return replace(gaze, norm_pos=norm_pos) if norm_pos else gaze

    def _release(self, gaze: Gaze) -> None:
        if self._context.wanted(gaze.topic):
            fields = gaze_to_wire(gaze)
            self._context.publish(gaze.topic, _legacy(fields) if self._legacy else fields)
        for _ in self._context.each("on_gaze", gaze=gaze):
            pass


def _legacy(fields: Fields) -> dict[str, Any]:
    for name in _MAPS_BY_EYE:
        if name in fields:
            fields[name] = {int(eye): vector for eye, vector in fields[name].items()}
    return fields


def _finite(pupil: Pupil) -> Pupil:
    if not all(map(math.isfinite, (pupil.timestamp, pupil.confidence, *pupil.norm_pos))):
        raise MessageError(f"{pupil.topic} holds a number that is not finite")
    return pupil
