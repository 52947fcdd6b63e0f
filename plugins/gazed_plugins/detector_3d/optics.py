"""The optics of an eye in front of its camera: rays through the cornea to the pupil's plane.

Everything is in the eye camera frame: x right, y down, z toward the eye, millimetres, the
camera's pinhole in the origin. The eye is the two-sphere eye of Le Grand as Dierkes et al.
(2018, 2019) use it: behind a spherical cornea the pupil is a circle around the optical axis, in
a plane at a fixed distance from the point that the eye turns about.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]

PUPIL_DISTANCE_MM = math.sqrt(12.0**2 - 6.0**2)
"""From the eyeball's centre to the pupil: globe of 12 mm, limbus of 6 mm."""

_GRAZING = 1e-9


@dataclass(frozen=True, slots=True)
class EyeShape:
    """The lengths of an eye in millimetres, from its centre, and the index behind the cornea."""

    cornea_radius: float = 7.8
    cornea_distance: float = PUPIL_DISTANCE_MM - math.sqrt(7.8**2 - 6.0**2)
    pupil_distance: float = PUPIL_DISTANCE_MM
    refractive_index: float = 1.3375


STANDARD_EYE = EyeShape()


def rays_of(pixels: Floats, focal_length_px: float, middle: Floats) -> Floats:
    """Return the unit directions (..., 3) that pixels (..., 2) look along.

    ``middle`` (2,) is the principal point in pixels; a pixel's centre has whole numbers.
    """
    rays = np.empty((*pixels.shape[:-1], 3))
    rays[..., :2] = (pixels - middle) / focal_length_px
    rays[..., 2] = 1.0
    return unit(rays)


def unit(vectors: Floats) -> Floats:
    """Return vectors (..., 3) at length one."""
    length = np.sqrt((vectors * vectors).sum(-1, keepdims=True))
    result: Floats = vectors / length
    return result


def tangents(normals: Floats) -> tuple[Floats, Floats]:
    """Return two unit vectors (..., 3) each across ``normals`` (..., 3) and one another."""
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    length = np.sqrt(y * y + z * z)
    one, other = np.empty_like(normals), np.zeros_like(normals)
    other[..., 1], other[..., 2] = z / length, -y / length
    one[..., 0], one[..., 1], one[..., 2] = length, x * -y / length, x * -z / length
    return one, other


def hits(rays: Floats, center: Floats, normals: Floats, eye: EyeShape) -> Floats:
    """Return where rays (..., 3) meet the pupil's plane, from the pupil's centre, in mm.

    Snell's law at the cornea in vector form, exact. ``center`` (..., 3) is the eyeball's and
    ``normals`` (..., 3) its unit axis, out of the eye; shapes broadcast. A ray that misses the
    cornea is bent where it comes nearest, so that the result stays continuous.
    """
    facing, ahead = (rays * normals).sum(-1), (center * normals).sum(-1)
    cornea = center + eye.cornea_distance * normals
    along = (rays * cornea).sum(-1)
    room = along * along - (cornea * cornea).sum(-1) + eye.cornea_radius**2
    depth = np.sqrt(np.maximum(room, _GRAZING))
    enters = along - depth
    ratio = 1.0 / eye.refractive_index
    cosine = depth / eye.cornea_radius
    straight = np.sqrt((1.0 - ratio * ratio) + (ratio * cosine) ** 2)
    bend = (ratio * cosine - straight) / eye.cornea_radius
    # Behind the cornea the ray goes along keeps * ray - bend * cornea.
    keeps = ratio + bend * enters
    off_plane = ahead + eye.pupil_distance - enters * facing
    reach = off_plane / (keeps * facing - bend * (ahead + eye.cornea_distance))
    result: Floats = (enters + reach * keeps)[..., None] * rays
    result -= (reach * bend)[..., None] * cornea
    result -= center + eye.pupil_distance * normals
    return result


def lengths(vectors: Floats) -> Floats:
    """Return the lengths of vectors (..., 3), a trifle above zero."""
    result: Floats = np.sqrt((vectors * vectors).sum(-1) + _GRAZING)
    return result
