"""The plugin: one 2D pupil datum for each frame."""

from __future__ import annotations

from typing import Annotated

import cv2

from gazed import (
    NO_ELLIPSE,
    Context,
    Frame,
    MessageError,
    Notification,
    PluginError,
    Pupil,
    Roi,
    hookimpl,
)
from gazed_plugins.detector_2d import settings
from gazed_plugins.detector_2d.detector import FLATTEST, LARGEST, SMALLEST, PupilDetector
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.detector_properties import DetectorProperties, Properties


class Detector2D:
    """Finds the pupil's ellipse in each frame, within the region of interest if there is one.

    The arguments are also properties (``pupil_detector.set_properties``), and so are the names
    that old clients know. Of those, ``pupil_size_min`` and ``pupil_size_max`` bound the diameter
    in pixels and ``ellipse_roundness_ratio`` the flatness once a client has set them; the others
    are kept and reported, but this detector adapts to the picture by itself.
    """

    order = 0.1
    role = "detector_2d"

    def __init__(
        self,
        context: Context,
        bright_pupil: Annotated[bool, settings.BRIGHT] = False,
        smallest_diameter: Annotated[float, settings.LEAST] = SMALLEST,
        largest_diameter: Annotated[float, settings.MOST] = LARGEST,
        flattest: Annotated[float, settings.FLAT] = FLATTEST,
    ) -> None:
        if context.eye is None:
            raise PluginError("Detector_2D runs in the hosts eye0 and eye1; give host or target")
        cv2.setNumThreads(1)
        self._context = context
        self._detector = PupilDetector()
        self._width = 0
        self._region: tuple[int, int, Roi | None] | None = None
        self._pixels: dict[str, float] = {}
        self._properties = DetectorProperties(
            context,
            "Detector2DPlugin",
            "2d",
            settings.PROPERTIES,
            self._changed,
            ranges=settings.RANGES,
            check=settings.check,
        )
        self.update(bright_pupil, smallest_diameter, largest_diameter, flattest)
        if reason := why_slow():
            self._say_slow(reason)

    def update(
        self,
        bright_pupil: bool = False,
        smallest_diameter: float = SMALLEST,
        largest_diameter: float = LARGEST,
        flattest: float = FLATTEST,
    ) -> None:
        """Take new arguments while running."""
        values: Properties = {
            "bright_pupil": bright_pupil,
            "smallest_diameter": smallest_diameter,
            "largest_diameter": largest_diameter,
            "flattest": flattest,
        }
        try:
            settings.check({**self._properties.values, **values})
        except MessageError as error:
            raise PluginError(f"Detector_2D: {error}") from None
        self._properties.values.update(values)
        self._changed(values)

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
            self._scale(frame.width)
        ellipse, confidence = self._detector.detect(frame.gray, frame.roi)
        if ellipse == NO_ELLIPSE:
            return Pupil.missing(frame)
        return Pupil.found(frame, ellipse, confidence)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.set_enabled``, ``.set_properties`` and ``.broadcast_properties``."""
        self._properties.handle(notification)

    def _changed(self, values: Properties) -> None:
        for old, own in settings.SAME.items():
            if old in values:
                values[own] = self._properties.values[own] = settings.bounded(own, values[old])
        for old, own in settings.IN_PIXELS.items():
            if old in values:
                self._pixels[own] = float(values[old])
            elif own in values:
                self._pixels.pop(own, None)
        self._apply()
        if ignored := settings.without_effect(set(values)):
            self._context.log.info(
                "eye%s: %s noted; this detector adapts by itself and does not need them",
                self._context.eye,
                ", ".join(ignored),
            )

    def _apply(self) -> None:
        values, detector = self._properties.values, self._detector
        detector.bright_pupil = values["bright_pupil"]
        detector.flattest = values["flattest"]
        detector.smallest_share = values["smallest_diameter"]
        detector.largest_share = values["largest_diameter"]
        detector.smallest = self._pixels.get("smallest_diameter")
        detector.largest = self._pixels.get("largest_diameter")

    def _scale(self, width: int) -> None:
        """Let bounds in pixels follow a change of the picture's width (spec: notifications 3)."""
        before, self._width = self._width, width
        if not before or width == before:
            return
        for old, own in settings.IN_PIXELS.items():
            scaled = int(self._properties.values[old] * width / before)
            self._properties.values[old] = scaled
            if own in self._pixels:
                self._pixels[own] = float(scaled)
        self._apply()

    def _say_slow(self, reason: str) -> None:
        self._context.log.warning(
            "eye%s: the 2D detector runs without its compiled kernel (%s): about 1 ms instead of "
            "0.05 ms a frame, and 8 ms instead of 1 ms where the pupil is searched; install a C "
            "compiler, then install gazed again",
            self._context.eye,
            reason,
        )
