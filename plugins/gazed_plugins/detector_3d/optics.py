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
    result: Floats = vectors / np.sqrt((vectors * vectors).sum(-1, keepdims=True))
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

    ``center`` (..., 3) is the eyeball's and ``normals`` (..., 3) its unit axis, out of the eye;
    shapes broadcast.
    """
    way = _Way.of(rays, center, normals, eye)
    cornea = center + eye.cornea_distance * normals
    result: Floats = way.by_ray[..., None] * rays - way.by_cornea[..., None] * cornea
    result -= way.depth * normals
    return result


def distances(rays: Floats, center: Floats, normals: Floats, eye: EyeShape) -> Floats:
    """Return how far from the axis rays meet the pupil's plane: the lengths of ``hits``."""
    way = _Way.of(rays, center, normals, eye)
    by_ray, by_cornea, depth = way.by_ray, way.by_cornea, way.depth
    square = by_ray * (by_ray - 2.0 * (by_cornea * way.along + depth * way.facing))
    square += by_cornea * (by_cornea * way.cornea_square + 2.0 * depth * way.cornea_ahead)
    result: Floats = np.sqrt(np.maximum(square + depth * depth, 0.0) + _GRAZING)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class _Way:
    """A ray's way from the pupil's centre to where it meets the pupil's plane.

    That is ``by_ray`` times the ray, less ``by_cornea`` times the cornea's centre, less ``depth``
    (the cornea's centre to the pupil) times the normal. The others are products of these three.
    """

    by_ray: Floats
    by_cornea: Floats
    depth: float
    facing: Floats
    along: Floats
    cornea_ahead: Floats
    cornea_square: Floats

    @classmethod
    def of(cls, rays: Floats, center: Floats, normals: Floats, eye: EyeShape) -> _Way:
        """Trace rays by Snell's law at the cornea in vector form, exact.

        A ray that misses the cornea is bent where it comes nearest, so that the result stays
        continuous.
        """
        cornea = center + eye.cornea_distance * normals
        facing, along = (rays * normals).sum(-1), (rays * cornea).sum(-1)
        ahead, square = (cornea * normals).sum(-1), (cornea * cornea).sum(-1)
        room = along * along - (square - eye.cornea_radius**2)
        inside = np.sqrt(np.maximum(room, _GRAZING))
        enters = along - inside
        ratio = 1.0 / eye.refractive_index
        cosine = inside * (ratio / eye.cornea_radius)
        straight = np.sqrt(cosine * cosine + (1.0 - ratio * ratio))
        bend = (cosine - straight) / eye.cornea_radius
        # Behind the cornea the ray goes along keeps * ray - bend * cornea.
        keeps = ratio + bend * enters
        depth = eye.pupil_distance - eye.cornea_distance
        reach = (ahead + depth - enters * facing) / (keeps * facing - bend * ahead)
        by_ray, by_cornea = enters + reach * keeps, 1.0 + reach * bend
        return cls(by_ray, by_cornea, depth, facing, along, ahead, square)


def lengths(vectors: Floats) -> Floats:
    """Return the lengths of vectors (..., 3), a trifle above zero."""
    result: Floats = np.sqrt((vectors * vectors).sum(-1) + _GRAZING)
    return result
