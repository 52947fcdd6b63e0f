"""What ``calibration.should_start`` says, checked."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gazed import Fields, MessageError, Notification

Vector = tuple[float, ...]

# Half a common interpupillary distance; the right eye's x is positive (spec: clients 4).
_USUAL_TRANSLATIONS = ((33.35, 0.0, 0.0), (-33.35, 0.0, 0.0))
_USUAL_FRAME_SIZE = (1000.0, 1000.0)
_USUAL_THRESHOLD = 35.0


@dataclass(frozen=True, slots=True)
class Start:
    """A client's settings for one calibration.

    ``translations`` are the eyeball centres of eyes 0 and 1 in the display's frame, in mm;
    ``frame_size`` is the viewport in pixels, in which ``threshold`` bounds good samples.
    ``assumed`` says that the client gave no translations.
    """

    translations: tuple[Vector, Vector]
    frame_size: Vector
    threshold: float
    assumed: bool = False

    @classmethod
    def read(cls, notification: Notification) -> Start:
        """Return what is in the notification, the usual values where it says nothing.

        Raises MessageError, naming the field, for a wrong shape or a number out of range.
        """
        fields = notification.fields
        right, left = (
            _field(fields, f"translation_eye{eye}", _USUAL_TRANSLATIONS[eye]) for eye in (0, 1)
        )
        size = _field(fields, "hmd_video_frame_size", _USUAL_FRAME_SIZE)
        (threshold,) = vector(
            [fields.get("outlier_threshold", _USUAL_THRESHOLD)], 1, "outlier_threshold"
        )
        if min(*size, threshold) <= 0:
            raise MessageError("'hmd_video_frame_size' and 'outlier_threshold' must be positive")
        assumed = not {"translation_eye0", "translation_eye1"} <= fields.keys()
        return cls((right, left), size, threshold, assumed)

    def to_wire(self) -> Fields:
        """Return the settings as the fits read them."""
        return {
            "translations": self.translations,
            "frame_size": self.frame_size,
            "threshold": self.threshold,
        }


def vector(value: Any, length: int, name: str) -> Vector:
    """Return ``value`` as ``length`` floats; raise MessageError when that is not what it is.

    Numbers that are not finite are refused.
    """
    if not isinstance(value, (list, tuple)) or len(value) != length:
        raise MessageError(f"{name!r} must be a list of {length} numbers")
    if not all(map(_is_number, value)):
        raise MessageError(f"{name!r} must hold finite numbers")
    return tuple(map(float, value))


def _field(fields: Fields, name: str, usual: Vector) -> Vector:
    return vector(fields.get(name, usual), len(usual), name)


def _is_number(value: Any) -> bool:
    return type(value) in (float, int) and math.isfinite(value)
