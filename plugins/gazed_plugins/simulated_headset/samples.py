"""One gaze datum beside the truth of the very frames it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gazed import Fields, Point
from gazed_plugins.simulated_headset.headset import EYES_MM, Vector
from gazed_plugins.simulated_headset.viewport import (
    angles_of,
    degrees_between,
    norm_pos_of,
    ray_at,
)


@dataclass(frozen=True, slots=True)
class Sample:
    """Where gaze is said to be and where it was, in degrees right and up.

    ``point`` is what was looked at (mm, HMD frame). ``eyes`` holds each eye's own error in
    degrees. ``distance`` is what 3D gaze of both eyes says, in mm; None of other gaze.
    ``fraction`` is the error of 2D gaze in fractions of the viewport.
    """

    topic: str
    timestamp: float
    seen: Point
    true: Point
    degrees: float
    point: Vector
    eyes: Mapping[int, float]
    distance: float | None = None
    fraction: float | None = None

    @property
    def depth_ratio(self) -> float | None:
        """The distance that gaze says over the true one."""
        return None if self.distance is None else self.distance / math.hypot(*self.point)


def sample_of(gaze: Fields, truths: Sequence[Fields]) -> Sample:
    """Return a confident datum beside the truths of its ``base_data``, in that order."""
    x, y, z = (
        sum(values) / len(truths) for values in zip(*(t["gaze_point"] for t in truths), strict=True)
    )
    if "gaze_point_3d" in gaze:
        return _sample_3d(gaze, (x, y, z), [truth["id"] for truth in truths])
    return _sample_2d(gaze, (x, y, z), truths[0]["id"])


def _sample_3d(gaze: Fields, point: Vector, eyes: Sequence[int]) -> Sample:
    seen = _upright(gaze["gaze_point_3d"])
    errors = {eye: degrees_between(_upright(_normal(gaze, eye)), _from(eye, point)) for eye in eyes}
    both = len(eyes) == 2
    degrees = degrees_between(seen, point) if both else errors[eyes[0]]
    return Sample(
        topic=gaze["topic"],
        timestamp=gaze["timestamp"],
        seen=angles_of(seen),
        true=angles_of(point),
        degrees=degrees,
        point=point,
        eyes=errors,
        distance=math.hypot(*seen) if both else None,
    )


def _sample_2d(gaze: Fields, point: Vector, eye: int) -> Sample:
    x, y = gaze["norm_pos"]
    seen, true = ray_at((x, y)), _from(eye, point)
    degrees = degrees_between(seen, true)
    return Sample(
        topic=gaze["topic"],
        timestamp=gaze["timestamp"],
        seen=angles_of(seen),
        true=angles_of(true),
        degrees=degrees,
        point=point,
        eyes={eye: degrees},
        fraction=math.dist((x, y), norm_pos_of(point, eye)),
    )


def _normal(gaze: Fields, eye: int) -> Sequence[float]:
    normal: Sequence[float] = (
        gaze["gaze_normals_3d"][str(eye)] if "gaze_normals_3d" in gaze else gaze["gaze_normal_3d"]
    )
    return normal


def _from(eye: int, point: Vector) -> Vector:
    x, y, z = (there - here for there, here in zip(point, EYES_MM[eye], strict=True))
    return (x, y, z)


def _upright(vector: Sequence[float]) -> Vector:
    # Gaze data have y down, the headset's frame has it up (spec: data 1).
    x, y, z = vector
    return (x, -y, z)
