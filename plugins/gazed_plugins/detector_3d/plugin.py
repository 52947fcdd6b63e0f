"""The plugin: one 3D pupil datum for each frame."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Annotated, Any, TypeGuard

import numpy as np

from gazed import Arg, Context, Ellipse, Frame, Notification, PluginError, Pupil, hookimpl
from gazed_plugins.detector_2d.shapes import to_ellipse
from gazed_plugins.detector_3d.datum import METHOD, missing_fields, seen_fields
from gazed_plugins.detector_3d.guided import GuidedSearch
from gazed_plugins.detector_3d.optics import STANDARD_EYE, EyeShape, Floats
from gazed_plugins.detector_3d.outlines import Camera, shape_of
from gazed_plugins.detector_3d.refit import Refit
from gazed_plugins.detector_3d.solver import why_slow
from gazed_plugins.detector_3d.tracker import EyeTracker, Sight
from gazed_plugins.detector_properties import DetectorProperties, Properties

FROZEN = "is_long_term_model_frozen"

_USUAL_FOCAL_LENGTH = 282.976877 / 192
_ENOUGH, _CERTAIN = 0.7, 0.8
_TOLERANCE = 0.01
_AGREED, _GUIDED_WORTH = 0.5, 0.6


class Detector3D:
    """Finds the eyeball behind the 2D ellipses, and gaze direction and pupil size with it.

    It learns where the eyeball is from pupils seen in many directions, follows it when the
    headset slips (``eye_model.changed``), and says how far it can be trusted
    (``model_confidence``: the probability that the eyeball costs gaze less than one degree).
    """

    order = 0.2
    role = "detector_3d"

    def __init__(
        self,
        context: Context,
        cornea_radius: Annotated[
            float, Arg("mm", low=6.0, high=10.0, text="this person's, if measured")
        ] = STANDARD_EYE.cornea_radius,
        refractive_index: Annotated[
            float, Arg(low=1.0, high=1.5, text="between cornea and pupil")
        ] = STANDARD_EYE.refractive_index,
    ) -> None:
        if context.eye is None:
            raise PluginError("Detector_3D runs in the hosts eye0 and eye1; give host or target")
        self._context = context
        self._eye = context.eye
        self._shape = EyeShape(cornea_radius=cornea_radius, refractive_index=refractive_index)
        self._tracker: EyeTracker | None = None
        self._search = GuidedSearch()
        self._ids = itertools.count()
        self._model: dict[str, Any] = {}
        self._busy = False
        self._told_focal_length = False
        if reason := why_slow():
            context.log.warning(
                "eye%d: the eye model runs in numpy, twenty times slower than compiled: %s;"
                " install a C compiler, then gazed again",
                self._eye,
                reason,
            )
        self._properties = DetectorProperties(
            context, "Pye3DPlugin", "3d", {FROZEN: False}, self._changed
        )

    @hookimpl
    def detect_pupil(self, frame: Frame, found: list[Pupil]) -> Pupil | None:
        """Return the datum of this frame, from its 2D datum; None while switched off."""
        if not self._properties.enabled:
            return None
        tracker = self._tracker_for(frame)
        flat = next((pupil for pupil in found if pupil.tag == "2d"), None)
        if flat is not None and flat.confidence >= _ENOUGH and _is_ellipse(flat.ellipse):
            return self._seen(frame, tracker, shape_of(flat.ellipse), flat.confidence)
        return self._guided(frame, tracker, flat) or self._missing(frame, tracker)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.3d.reset_model``, ``eye_model.should_report`` and the detectors' own."""
        if notification.subject == "pupil_detector.3d.reset_model":
            if notification.get("id") in (None, self._eye):
                self._reset()
        elif notification.subject == "eye_model.should_report":
            if notification.get("eye_id") in (None, self._eye):
                self._report("eye_model.report")
        else:
            self._properties.handle(notification)

    def _seen(self, frame: Frame, tracker: EyeTracker, shape: Floats, certainty: float) -> Pupil:
        sight = tracker.see(shape, frame.timestamp, certain=certainty >= _CERTAIN)
        self._look_back(tracker, frame.timestamp)
        if not math.isfinite(sight.misfit_px):
            return self._missing(frame, tracker)
        pupil, doubt = self._pupil(frame, tracker, sight, certainty)
        if tracker.state == "steady" and doubt < _AGREED:
            x, y, p, q, r = shape.tolist()
            self._search.remember((x, y, p, q, r), frame.timestamp)
        return pupil

    def _guided(self, frame: Frame, tracker: EyeTracker, flat: Pupil | None) -> Pupil | None:
        """Return the pupil that the model expects, if it is in the picture."""
        found = self._search.found(frame, flat) if flat is not None else None
        if found is None:
            return None
        shape = np.array(found[0])
        sight = tracker.see(shape, frame.timestamp, certain=False)
        pupil, doubt = self._pupil(frame, tracker, sight, _GUIDED_WORTH * found[1])
        # A doubt that is no number agrees with nothing.
        return pupil if doubt < _AGREED else None

    def _pupil(
        self, frame: Frame, tracker: EyeTracker, sight: Sight, certainty: float
    ) -> tuple[Pupil, float]:
        """Return the datum, and how far picture and model are apart in tolerances."""
        doubt = sight.misfit_px / (_TOLERANCE * frame.width)
        x, y, p, q, r = sight.outline.tolist()
        outline = to_ellipse((x, y, p, q, r))
        extra = seen_fields(tracker.camera, tracker.current, sight, outline)
        confidence = certainty / (1.0 + doubt * doubt)
        return Pupil.found(frame, outline, confidence, **self._more(extra)), doubt

    def _missing(self, frame: Frame, tracker: EyeTracker) -> Pupil:
        return Pupil.missing(frame, **self._more(missing_fields(tracker.camera, tracker.current)))

    def _more(self, extra: Mapping[str, Any]) -> dict[str, Any]:
        return {"method": METHOD, "tag": "3d", "extra": {**extra, **self._model}}

    def _tracker_for(self, frame: Frame) -> EyeTracker:
        camera = Camera(self._focal_length(frame), frame.width, frame.height)
        if self._tracker is None or self._tracker.camera != camera:
            self._tracker = EyeTracker(camera, self._shape)
            self._born(frame.timestamp)
        return self._tracker

    def _focal_length(self, frame: Frame) -> float:
        if frame.focal_length_px is not None:
            return frame.focal_length_px
        guess = _USUAL_FOCAL_LENGTH * frame.width
        if not self._told_focal_length:
            self._told_focal_length = True
            self._context.log.warning(
                "eye%d: the camera's focal length is unknown, so that millimetres and degrees are"
                " a guess (%.0f px); give the source focal_length",
                self._eye,
                guess,
            )
        return guess

    def _look_back(self, tracker: EyeTracker, now: float) -> None:
        work = None if self._busy else tracker.due(now)
        if work is not None:
            self._busy = True
            self._context.background(work, lambda result: self._looked_back(tracker, result))

    def _looked_back(self, tracker: EyeTracker, result: Refit | Exception) -> None:
        self._busy = False
        if isinstance(result, np.linalg.LinAlgError):
            self._context.log.warning("eye%d: the eye model begins anew: %s", self._eye, result)
            self._reset()
            return
        if isinstance(result, Exception):
            raise result
        if tracker.accept(result) and tracker is self._tracker:
            self._report("eye_model.changed")

    def _report(self, subject: str) -> None:
        tracker = self._tracker
        if tracker is None:
            self._context.notify(subject, eye_id=self._eye, state="young")
            return
        self._context.notify(
            subject,
            eye_id=self._eye,
            state=tracker.state,
            center=tracker.current.center.tolist(),
            long_term_center=tracker.steady.center.tolist(),
            error_deg=tracker.current.error_deg,
            misfit_px=tracker.current.misfit_px,
            slips=tracker.slips,
            frozen=tracker.frozen,
            **self._model,
        )

    def _reset(self) -> None:
        if self._tracker is not None:
            self._tracker.reset()
            self._born(self._context.clock.now())
            self._report("eye_model.changed")

    def _born(self, timestamp: float) -> None:
        self._model = {"model_id": next(self._ids), "model_birth_timestamp": float(timestamp)}
        if self._tracker is not None:
            self._tracker.frozen = bool(self._properties.values[FROZEN])

    def _changed(self, values: Properties) -> None:
        if self._tracker is not None and FROZEN in values:
            self._tracker.frozen = values[FROZEN]


def _is_ellipse(ellipse: Ellipse | None) -> TypeGuard[Ellipse]:
    """Tell whether a detector's answer is an ellipse at all, with axes above zero."""
    if ellipse is None or min(ellipse.axes) <= 0:
        return False
    return all(map(math.isfinite, (*ellipse.center, *ellipse.axes, ellipse.angle)))
