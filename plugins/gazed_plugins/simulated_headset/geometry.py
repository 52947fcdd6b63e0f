"""The optics of one eye: a round pupil behind a spherical cornea, seen by a pinhole camera.

Everything is in the eye camera frame: x right, y down, z toward the eye, millimetres.
The eye is the two-sphere eye (Le Grand; Dierkes et al. 2018 and 2019): a globe of radius
12 mm and a cornea of radius 7.8 mm that meet in the limbus, a circle of radius 6 mm. The
pupil lies in the plane of the limbus, sqrt(12^2 - 6^2) = 10.392304845 mm from the globe's
centre; between cornea and pupil the refractive index is 1.3375.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gazed import Ellipse

Floats = NDArray[np.float64]

FOCAL_LENGTHS_PX = {192: 282.976877, 400: 561.471804}


@dataclass(frozen=True, slots=True)
class EyeModel:
    """The lengths of an eye in millimetres; distances are from the globe's centre."""

    globe_radius: float = 12.0
    limbus_radius: float = 6.0
    cornea_radius: float = 7.8
    cornea_distance: float = math.sqrt(12.0**2 - 6.0**2) - math.sqrt(7.8**2 - 6.0**2)
    pupil_distance: float = math.sqrt(12.0**2 - 6.0**2)
    refractive_index: float = 1.3375


STANDARD_EYE = EyeModel()


@dataclass(frozen=True, slots=True)
class Camera:
    """A square pinhole camera without distortion (focal lengths: spec, data 13).

    (0, 0) is the centre of the top left pixel; the principal point is at half the
    resolution in these coordinates, which is what 3D detectors assume.
    """

    size: int
    focal_length_px: float

    @classmethod
    def of_size(cls, size: int) -> Camera:
        """Return the Pupil Cam2 of this width in pixels: 192 or 400."""
        return cls(size, FOCAL_LENGTHS_PX[size])

    def project(self, points: Floats) -> Floats:
        """Return the pixels (n, 2) of points (n, 3)."""
        pixels: Floats = self.focal_length_px * points[:, :2] / points[:, 2:] + self.size / 2
        return pixels

    def rays(self, pixels: Floats) -> Floats:
        """Return the unit directions (3, n) that pixels (n, 2) look along."""
        plane = (pixels - self.size / 2) / self.focal_length_px
        rays = np.vstack([plane.T, np.ones(len(pixels))])
        unit: Floats = rays / np.linalg.norm(rays, axis=0)
        return unit

    def grid(self, lines: Floats) -> Floats:
        """Return the unit directions (3, n, n) of all pixels in rows and columns ``lines``."""
        x, y = np.meshgrid(lines, lines)
        return self.rays(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(3, len(lines), -1)


def basis_of(normal: Floats) -> Floats:
    """Return rows e1, e2, normal: an orthonormal basis with e1 as near to x as can be."""
    x, y, z = normal.tolist()
    length = math.hypot(y, z)
    return np.array(
        [[length, -x * y / length, -x * z / length], [0, z / length, -y / length], normal]
    )


def circle(center: Floats, normal: Floats, radius: float, count: int) -> Floats:
    """Return ``count`` points (count, 3) evenly on a circle in space."""
    angles = np.arange(count) * (2 * math.pi / count)
    spokes = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    points: Floats = center + spokes @ basis_of(normal)[:2]
    return points


def refracted(points: Floats, cornea: Floats, model: EyeModel) -> Floats:
    """Return where on the cornea (n, 3) the light of ``points`` (n, 3) leaves for the camera.

    ``cornea`` is the centre of the corneal sphere. Points outside it are seen directly and
    come back as they are.
    """
    across = cornea - points
    inside = np.einsum("ij,ij->i", across, across) < model.cornea_radius**2
    exits = points.copy()
    exits[inside] = _stationary(points[inside], cornea, model.cornea_radius, model.refractive_index)
    return exits


def reflected(points: Floats, cornea: Floats, model: EyeModel) -> Floats:
    """Return where on the cornea (n, 3) the camera sees light sources ``points`` (n, 3)."""
    return _stationary(points, cornea, model.cornea_radius, 1.0)


def pupil_exits(
    center: Floats, normal: Floats, diameter_mm: float, model: EyeModel, count: int = 64
) -> Floats:
    """Return where on the cornea (count, 3) the light of the pupil's edge leaves."""
    edge = circle(center + model.pupil_distance * normal, normal, diameter_mm / 2, count)
    return refracted(edge, center + model.cornea_distance * normal, model)


def seen(exits: Floats, center: Floats, normal: Floats, model: EyeModel) -> NDArray[np.bool_]:
    """Return which light (n, 3) leaves the cornea within the limbus and toward the camera."""
    cornea = center + model.cornea_distance * normal
    within = (exits - center) @ normal > model.pupil_distance
    toward: NDArray[np.bool_] = np.einsum("ij,ij->i", exits - cornea, exits) < 0
    return within & toward


def iris_coordinates(
    rays: NDArray[np.floating], center: Floats, normal: Floats, model: EyeModel
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Return where rays (3, n) from the camera meet the pupil plane, and how deep they dive.

    The first result (2, n) is in millimetres along ``basis_of(normal)`` from the pupil's
    centre, after Snell's refraction at the cornea. The second (n,) is by how many
    millimetres a ray passes inside the corneal sphere's silhouette, negative where it misses;
    there the first result means nothing. Works in the precision of ``rays``.
    """
    # With rays D from S (the camera, seen from the cornea's centre), light meets the cornea
    # in S - reach D and goes on along through D + bend S.
    radius, eta = model.cornea_radius, 1 / model.refractive_index
    height = model.pupil_distance - model.cornea_distance
    basis = basis_of(normal)
    start = -basis @ (center + model.cornea_distance * normal)
    x, y, z = start.tolist()
    inward = basis.astype(rays.dtype) @ rays
    along = start.astype(rays.dtype) @ inward
    room = along * along - float(start @ start - radius**2)
    depth = np.sqrt(np.maximum(room, 0))
    reach = along + depth
    depth *= eta / radius
    bend = (depth - np.sqrt(depth * depth + (1 - eta**2))) / radius
    through = eta - bend * reach
    further = (height - z + reach * inward[2]) / (through * inward[2] + z * bend)
    bend *= further
    bend += 1
    plane = inward[:2]
    plane *= further * through - reach
    plane[0] += x * bend
    plane[1] += y * bend
    room /= 2 * radius
    return plane, room


def fit_ellipse(points: Floats) -> Ellipse:
    """Return the ellipse whose conic fits ``points`` (n, 2) best.

    Least squares of the algebraic distance with the two quadratic coefficients summing to
    one, in coordinates centred on the points and scaled to them.
    """
    middle = points.mean(axis=0)
    scale = float(np.abs(points - middle).max())
    x, y = ((points - middle) / scale).T
    columns = np.stack([x * x - y * y, 2 * x * y, 2 * x, 2 * y, np.ones_like(x)], axis=1)
    target = -(x * x + y * y)
    a, b, d, e, f = np.linalg.solve(columns.T @ columns, columns.T @ target).tolist()
    determinant = 1 - a * a - b * b
    dx, dy = (b * e - (1 - a) * d) / determinant, (b * d - (1 + a) * e) / determinant
    level, spread = -(d * dx + e * dy + f), math.hypot(a, b)
    minor, major = (2 * scale * math.sqrt(level / (1 + sign * spread)) for sign in (1, -1))
    angle = math.degrees(math.atan2(b, a) / 2)
    center = (float(middle[0]) + scale * dx, float(middle[1]) + scale * dy)
    return Ellipse(center, (minor, major), angle)


def _stationary(points: Floats, sphere: Floats, radius: float, index: float) -> Floats:
    # Fermat: the light's way index * |X - P| + |X| is stationary in X on the sphere, which
    # lies in the plane of the point, the sphere's centre and the camera.
    distance = math.sqrt(float(sphere @ sphere))
    toward = -sphere / distance
    across = points - sphere
    p1 = across @ toward
    sideways = across - p1[:, None] * toward
    p2 = np.sqrt(np.einsum("ij,ij->i", sideways, sideways))
    sideways /= np.maximum(p2, np.finfo(np.float64).tiny)[:, None]
    angle = _first_guess(p1, p2, distance, radius)
    angle = _newton(angle, p1, p2, distance, radius, index)
    cosines, sines = np.cos(angle)[:, None], np.sin(angle)[:, None]
    exits: Floats = sphere + radius * (cosines * toward + sines * sideways)
    return exits


def _first_guess(p1: Floats, p2: Floats, distance: float, radius: float) -> Floats:
    # Inside: where the straight line to the camera leaves the sphere. Outside: half way.
    dx, dy = distance - p1, -p2
    square, half = dx * dx + dy * dy, p1 * dx + p2 * dy
    room = p1 * p1 + p2 * p2 - radius**2
    step = (np.sqrt(np.maximum(half * half - square * room, 0)) - half) / square
    inside = np.arctan2(p2 + step * dy, p1 + step * dx)
    return np.where(room < 0, inside, np.arctan2(p2, p1) / 2)


def _newton(
    angle: Floats, p1: Floats, p2: Floats, distance: float, radius: float, index: float
) -> Floats:
    # Both ways' first and second derivatives by the angle, without one common factor.
    # Convergence is quadratic: after a step of 1e-8 what is left is below 1e-15.
    for _ in range(20):
        cosines, sines = np.cos(angle), np.sin(angle)
        radial, sideways = p1 * cosines + p2 * sines, p1 * sines - p2 * cosines
        length = np.sqrt(sideways * sideways + (radius - radial) ** 2)
        slope = sideways / length
        bend = (radial - radius * slope * slope) / length
        radial, sideways = distance * cosines, distance * sines
        length = np.sqrt(sideways * sideways + (radius - radial) ** 2)
        slope_out = sideways / length
        bend_out = (radial - radius * slope_out * slope_out) / length
        step = (index * slope + slope_out) / (index * bend + bend_out)
        angle = angle - step
        if float(np.abs(step).max(initial=0.0)) < 1e-8:
            break
    return angle
