"""The plugin: one 2D pupil datum for each frame."""

from __future__ import annotations

import cv2

from gazed import NO_ELLIPSE, Context, Frame, Notification, PluginError, Pupil, Roi, hookimpl
from gazed_plugins.detector_2d.detector import PupilDetector
from gazed_plugins.detector_2d.legacy import LEGACY_PROPERTIES
from gazed_plugins.detector_properties import DetectorProperties, Properties


class Detector2D:
    """Finds the pupil's ellipse in each frame, within the region of interest if there is one.

    The properties that old clients know are accepted and reported. ``pupil_size_min`` and
    ``pupil_size_max`` bound the diameter in pixels once a client has set them; the others have
    no meaning here: this detector adapts to the picture by itself.
    """

    order = 0.1
    role = "detector_2d"

    def __init__(self, context: Context) -> None:
        if context.eye is None:
            raise PluginError("Detector_2D runs in the hosts eye0 and eye1; give host or target")
        cv2.setNumThreads(1)
        self._context = context
        self._detector = PupilDetector()
        self._region: tuple[int, int, Roi | None] | None = None
        self._properties = DetectorProperties(
            context, "Detector2DPlugin", "2d", LEGACY_PROPERTIES, self._changed
        )

    @hookimpl
    def detect_pupil(self, frame: Frame) -> Pupil | None:
        """Return the datum of this frame; None while detection is switched off."""
        if not self._properties.enabled:
            return None
        # The last ellipse means nothing in a picture of another size or another part of it.
        region = (frame.width, frame.height, frame.roi)
        if region != self._region:
            self._region = region
            self._detector.reset()
        ellipse, confidence = self._detector.detect(frame.gray, frame.roi)
        if ellipse == NO_ELLIPSE:
            return Pupil.missing(frame)
        return Pupil.found(frame, ellipse, confidence)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.set_enabled``, ``.set_properties`` and ``.broadcast_properties``."""
        self._properties.handle(notification)

    def _changed(self, values: Properties) -> None:
        self._detector.smallest = values.get("pupil_size_min", self._detector.smallest)
        self._detector.largest = values.get("pupil_size_max", self._detector.largest)
        without_effect = sorted(set(values) - {"pupil_size_min", "pupil_size_max"})
        if without_effect:
            self._context.log.info(
                "eye%s: %s noted; this detector adapts by itself and does not need them",
                self._context.eye,
                ", ".join(without_effect),
            )
