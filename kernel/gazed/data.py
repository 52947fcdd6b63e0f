"""What travels through a pipeline: frames, pupil data and gaze data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Point = tuple[float, float]
Roi = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Ellipse:
    """An ellipse in image pixels; (0, 0) is the centre of the top left pixel, y points down.

    ``axes`` are full lengths, minor first. ``angle`` is in degrees, the rotation
    (clockwise on screen) of the minor axis from +x, as OpenCV's rotated rectangles have it.
    """

    center: Point
    axes: Point
    angle: float

    @property
    def diameter(self) -> float:
        """The larger axis, in pixels."""
        return max(self.axes)


NO_ELLIPSE = Ellipse(center=(0.0, 0.0), axes=(0.0, 0.0), angle=-90.0)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of one eye.

    ``gray`` has shape (height, width), 8 bit, contiguous. ``timestamp`` is when the
    camera took the picture, ``received`` when this process got it, both on the shared
    clock. ``jpeg`` holds the camera's own bytes where there are any. ``roi`` is
    (min_x, min_y, max_x, max_y) in pixels, inclusive; None stands for the whole picture.
    ``focal_length_px`` is None where nobody knows it. ``decode_seconds`` is how long the
    source took from the camera's bytes to ``gray``.
    """

    eye: int
    index: int
    timestamp: float
    received: float
    gray: NDArray[np.uint8]
    bgr: NDArray[np.uint8] | None = None
    jpeg: bytes | None = None
    roi: Roi | None = None
    focal_length_px: float | None = None
    decode_seconds: float = 0.0

    @property
    def width(self) -> int:
        """Columns of the picture."""
        return int(self.gray.shape[1])

    @property
    def height(self) -> int:
        """Rows of the picture."""
        return int(self.gray.shape[0])


@dataclass(frozen=True, slots=True)
class Pupil:
    """Where the pupil is in one frame, as one detector sees it.

    ``norm_pos`` is the centre in fractions of the picture, origin bottom left, y up.
    ``diameter`` is in pixels. ``tag`` is the last part of the topic (``2d``, ``3d``).
    ``extra`` holds what else this detector says, in wire form.
    """

    eye: int
    timestamp: float
    confidence: float
    norm_pos: Point
    diameter: float
    ellipse: Ellipse | None = None
    method: str = "2d c++"
    tag: str = "2d"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        """The bus topic of this datum."""
        return f"pupil.{self.eye}.{self.tag}"

    @classmethod
    def found(cls, frame: Frame, ellipse: Ellipse, confidence: float, **more: Any) -> Pupil:
        """Return the datum for an ellipse in the pixels of ``frame``."""
        x, y = ellipse.center
        return cls(
            eye=frame.eye,
            timestamp=frame.timestamp,
            confidence=confidence,
            norm_pos=(x / frame.width, 1.0 - y / frame.height),
            diameter=ellipse.diameter,
            ellipse=ellipse,
            **more,
        )

    @classmethod
    def missing(cls, frame: Frame, **more: Any) -> Pupil:
        """Return the datum that says there is no pupil in ``frame``."""
        return cls.found(frame, NO_ELLIPSE, 0.0, **more)


@dataclass(frozen=True, slots=True)
class Gaze:
    """Where the wearer looks, from one or two pupil data.

    ``topic`` ends with a dot (``gaze.2d.01.``). ``norm_pos`` is in fractions of the
    viewport or world picture, origin bottom left, y up. ``extra`` holds the further
    fields of a 3D datum, in wire form (spec: data 4.3).
    """

    topic: str
    timestamp: float
    confidence: float
    base: tuple[Pupil, ...]
    norm_pos: Point | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
