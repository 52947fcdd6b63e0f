"""The plugin: one 2D pupil datum for each frame."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from gazed import NO_ELLIPSE, Context, Ellipse, Frame, Notification, PluginError, Pupil, hookimpl
from gazed_plugins.detector_2d.detector import PupilDetector
from gazed_plugins.detector_2d.legacy import LEGACY_PROPERTIES
from gazed_plugins.detector_properties import DetectorProperties, Properties


class Detector2D:
    """Finds the pupil's ellipse in each frame, within the region of interest if there is one.

    Properties of the detector that old clients know are accepted and reported; none of them
    has a meaning for this algorithm, which adapts to the picture by itself.
    """

    order = 0.1
    role = "detector_2d"

    def __init__(self, context: Context) -> None:
        if context.eye is None:
            raise PluginError("Detector_2D runs in the hosts eye0 and eye1; give host or target")
        cv2.setNumThreads(1)
        self._context = context
        self._detector = PupilDetector()
        self._region: tuple[int, ...] = ()
        self._properties = DetectorProperties(
            context, "Detector2DPlugin", "2d", LEGACY_PROPERTIES, self._note
        )

    @hookimpl
    def detect_pupil(self, frame: Frame) -> Pupil | None:
        """Return the datum of this frame; None while detection is switched off."""
        if not self._properties.enabled:
            return None
        left, top, right, bottom = frame.roi or (0, 0, frame.width - 1, frame.height - 1)
        self._follow((frame.width, frame.height, left, top, right, bottom))
        inside = np.ascontiguousarray(frame.gray[top : bottom + 1, left : right + 1])
        ellipse, confidence = self._detector.detect(inside)
        if ellipse == NO_ELLIPSE:
            return Pupil.missing(frame)
        return Pupil.found(frame, _moved(ellipse, left, top), confidence)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.set_enabled``, ``.set_properties`` and ``.broadcast_properties``."""
        self._properties.handle(notification)

    def _follow(self, region: tuple[int, ...]) -> None:
        # The last ellipse means nothing in another picture or another part of it.
        if region != self._region:
            self._region = region
            self._detector.reset()

    def _note(self, values: Properties) -> None:
        if values:
            self._context.log.info(
                "eye%s: %s noted; this detector adapts by itself and does not need them",
                self._context.eye,
                ", ".join(sorted(values)),
            )


def _moved(ellipse: Ellipse, x: int, y: int) -> Ellipse:
    center = (ellipse.center[0] + x, ellipse.center[1] + y)
    return replace(ellipse, center=center) if x or y else ellipse
