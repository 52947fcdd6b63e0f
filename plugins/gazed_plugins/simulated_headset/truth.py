"""What is true of one picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gazed import Ellipse
from gazed_plugins.simulated_headset.headset import Vector


@dataclass(frozen=True, slots=True)
class Truth:
    """One eye as it was drawn, lengths in millimetres.

    ``ellipse`` is the conic through the pupil's refracted outline, in pixels, drawn in full
    even where lids hide the pupil. ``normal`` (unit, out of the eye) and ``center`` (of the
    globe) are in the eye camera frame, ``gaze_point`` is in the HMD frame (y up).
    ``opening`` of the lids is 0 to 1. ``visible_share`` is the share of the pupil's outline
    that is in the picture and behind no lid; lashes and glints do not count.
    """

    eye: int
    ellipse: Ellipse
    normal: Vector
    center: Vector
    pupil_diameter_mm: float
    opening: float
    visible_share: float
    gaze_point: Vector

    @property
    def visible(self) -> bool:
        """Whether any of the pupil's outline is to be seen."""
        return self.visible_share > 0

    def to_wire(self) -> dict[str, Any]:
        """Return the map published as ``simulated.truth.<eye>``, without a timestamp."""
        return {
            "id": self.eye,
            "ellipse": {
                "center": list(self.ellipse.center),
                "axes": list(self.ellipse.axes),
                "angle": self.ellipse.angle,
            },
            "normal": list(self.normal),
            "center": list(self.center),
            "pupil_diameter_mm": self.pupil_diameter_mm,
            "opening": self.opening,
            "visible": self.visible,
            "visible_share": self.visible_share,
            "gaze_point": list(self.gaze_point),
        }
