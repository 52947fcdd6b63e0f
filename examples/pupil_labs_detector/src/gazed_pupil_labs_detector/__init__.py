"""Pupil Labs' 2D detector, from the package ``pupil-detectors``, as a plugin of gazed."""

from __future__ import annotations

from typing import Annotated

import pupil_detectors

from gazed import Arg, Context, Ellipse, Frame, PluginError, Pupil, hookimpl

_WIDTH = 192


class PupilLabs2D:
    """Publishes what ``pupil_detectors.Detector2D`` finds, in place of gazed's own detector.

    Its limits on the pupil's diameter are pixels. Those given here are for a picture 192 pixels
    wide and grow with the picture; its other properties keep their defaults.
    """

    order = 0.1
    role = "detector_2d"

    def __init__(
        self,
        context: Context,
        pupil_size_min: Annotated[float, Arg("px", low=1.0, high=192.0)] = 10.0,
        pupil_size_max: Annotated[float, Arg("px", low=1.0, high=192.0)] = 100.0,
    ) -> None:
        if context.eye is None:
            raise PluginError("Pupil_Labs_2D runs in the hosts eye0 and eye1; give host or target")
        self._limits = {"pupil_size_min": pupil_size_min, "pupil_size_max": pupil_size_max}
        self._detector = pupil_detectors.Detector2D()
        self._width = 0

    @hookimpl
    def detect_pupil(self, frame: Frame) -> Pupil:
        """Return the datum of this frame."""
        if frame.width != self._width:
            self._width = frame.width
            self._detector.update_properties(self._scaled_limits())
        region = pupil_detectors.Roi(*frame.roi) if frame.roi else None
        found = self._detector.detect(frame.gray, roi=region)
        if not found["diameter"]:
            return Pupil.missing(frame)
        ellipse = found["ellipse"]
        outline = Ellipse(ellipse["center"], ellipse["axes"], ellipse["angle"])
        return Pupil.found(frame, outline, found["confidence"])

    def _scaled_limits(self) -> dict[str, int]:
        scale = self._width / _WIDTH
        return {name: max(1, round(scale * limit)) for name, limit in self._limits.items()}
