"""Pupil ellipses of pictures as rays: what an eye has to explain."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from gazed import Ellipse
from gazed_plugins.detector_3d.optics import Floats, rays_of, unit

POINTS = 8
"""Points of an outline that are traced; an ellipse has five numbers."""

_ANGLES = np.arange(POINTS) * (2 * math.pi / POINTS)
RING = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)])


@dataclass(frozen=True, slots=True)
class Camera:
    """A pinhole camera: focal length, width and height of its picture, all in pixels.

    The principal point is at half the resolution (spec: data 13).
    """

    focal_length_px: float
    width: int
    height: int

    @property
    def middle(self) -> Floats:
        """The principal point (2,)."""
        return np.array([self.width / 2, self.height / 2])


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """K pupil outlines of N points: ``traced`` directions from the camera, (5, K, N, 3).

    The second and third pass half a pixel inside and outside the outline: how far apart they
    land on the pupil's plane tells how many millimetres a pixel is there. The others are
    through the outline, three times, to be traced to three planes at once. ``least`` (K, 1) is
    half the angle that a pixel takes.
    """

    traced: Floats
    least: Floats

    @property
    def rays(self) -> Floats:
        """The directions (K, N, 3) through the outlines."""
        result: Floats = self.traced[0]
        return result

    def __len__(self) -> int:
        return int(self.traced.shape[1])


def shape_of(ellipse: Ellipse) -> Floats:
    """Return (x, y, p, q, r) of an ellipse, as ``detector_2d.shapes`` has them.

    These numbers, unlike axes and an angle, can be averaged.
    """
    one, other = ellipse.axes[0] / 2, ellipse.axes[1] / 2
    cosine, sine = math.cos(math.radians(ellipse.angle)), math.sin(math.radians(ellipse.angle))
    p = one * cosine * cosine + other * sine * sine
    q = (one - other) * cosine * sine
    r = one * sine * sine + other * cosine * cosine
    return np.array([*ellipse.center, p, q, r])


def outlines_of(shapes: Floats, camera: Camera) -> Outlines:
    """Return the outlines of shapes (K, 5) in the pixels of ``camera``."""
    points, normals = points_of(shapes)
    focal_length, middle = camera.focal_length_px, camera.middle
    traced = np.empty((5, *points.shape[:2], 3))
    traced[1] = rays_of(points - 0.5 * normals, focal_length, middle)
    traced[2] = rays_of(points + 0.5 * normals, focal_length, middle)
    traced[[0, 3, 4]] = unit(traced[1] + traced[2])
    apart = traced[2, :, 0] - traced[1, :, 0]
    return Outlines(traced, 0.5 * np.sqrt((apart * apart).sum(-1, keepdims=True)))


def points_of(shapes: Floats) -> tuple[Floats, Floats]:
    """Return points on the outlines of shapes (K, 5) and unit normals there, (K, N, 2) each."""
    p, q, r = shapes[:, 2, None], shapes[:, 3, None], shapes[:, 4, None]
    cosine, sine = RING
    points, normals = np.empty((2, len(shapes), POINTS, 2))
    points[..., 0], points[..., 1] = p * cosine + q * sine, q * cosine + r * sine
    points += shapes[:, None, :2]
    normals[..., 0], normals[..., 1] = r * cosine - q * sine, p * sine - q * cosine
    normals /= np.sqrt((normals * normals).sum(-1, keepdims=True))
    return points, normals
