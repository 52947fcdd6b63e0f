"""3D gaze data made by hand: two eyes 64 mm apart that look at a point."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness import a_pupil

from gazed import Gaze

EYES = {0: (32.0, 0.0, 0.0), 1: (-32.0, 0.0, 0.0)}


def gaze_3d(
    point: Sequence[float],
    timestamp: float = 0.0,
    confidence: float = 1.0,
    eyes: Sequence[int] = (0, 1),
) -> Gaze:
    """Return a 3D datum of these eyes looking at a point (mm, service side: y down)."""
    name = "".join(map(str, eyes))
    normals = {str(eye): list(normal(eye, point)) for eye in eyes}
    centers = {str(eye): list(EYES[eye]) for eye in eyes}
    if len(eyes) == 2:
        lines = {"gaze_normals_3d": normals, "eye_centers_3d": centers}
    else:
        lines = {"gaze_normal_3d": normals[name], "eye_center_3d": centers[name]}
    return Gaze(
        topic=f"gaze.3d.{name}.",
        timestamp=timestamp,
        confidence=confidence,
        base=tuple(a_pupil(eye, timestamp, confidence, tag="3d", method="3d") for eye in eyes),
        extra={"gaze_point_3d": list(point), **lines},
    )


def gaze_2d(
    norm_pos: tuple[float, float],
    timestamp: float = 0.0,
    confidence: float = 1.0,
    eye: int | None = None,
) -> Gaze:
    """Return a 2D datum: of one eye in its own display, or of both in one picture."""
    eyes = (0, 1) if eye is None else (eye,)
    return Gaze(
        topic=f"gaze.2d.{''.join(map(str, eyes))}.",
        timestamp=timestamp,
        confidence=confidence,
        base=tuple(a_pupil(one, timestamp, confidence) for one in eyes),
        norm_pos=norm_pos,
        extra={} if eye is None else {"id": eye},
    )


def normal(eye: int, point: Sequence[float]) -> tuple[float, float, float]:
    """Return the unit vector from an eye's centre to a point."""
    x, y, z = (there - here for there, here in zip(point, EYES[eye], strict=True))
    length = math.hypot(x, y, z)
    return (x / length, y / length, z / length)


def at_angle(right: float, up: float, distance: float = 1000.0) -> tuple[float, float, float]:
    """Return the point (mm, y down) so many degrees right and up of straight ahead."""
    azimuth, elevation = math.radians(right), math.radians(up)
    return (
        distance * math.sin(azimuth) * math.cos(elevation),
        -distance * math.sin(elevation),
        distance * math.cos(azimuth) * math.cos(elevation),
    )
