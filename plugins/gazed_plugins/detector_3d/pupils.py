"""The pupil in space for each outline, when the eyeball's centre is known.

Three unknowns each: the direction of the optical axis (two) and the pupil's radius. An ellipse
has five numbers, so two are left over: they tell how well the centre explains the picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.detector_3d.optics import (
    EyeShape,
    Floats,
    distances,
    hits,
    lengths,
    tangents,
    unit,
)
from gazed_plugins.detector_3d.outlines import POINTS, RING, Outlines, points_of

_ROUNDS, _STEP = 2, 1e-5
_LONGEST_TURN = 0.3
_RIDGE, _SHAPE_RIDGE = 1e-9 * np.eye(3), 1e-9 * np.eye(5)
_TURNED = 5
_SMALLEST_MM, _LARGEST_MM = 0.2, 6.0


@dataclass(frozen=True, slots=True, eq=False)
class Pupils:
    """K pupils: unit normals (K, 3), radii (K,) in millimetres.

    ``residuals`` (K, N) is what is left between picture and model at each point of the outline,
    in pixels.
    """

    normals: Floats
    radii: Floats
    residuals: Floats

    @property
    def misfits(self) -> Floats:
        """The root mean square of each pupil's residuals (K,), in pixels."""
        squares = np.einsum("kn,kn->k", self.residuals, self.residuals)
        result: Floats = np.sqrt(squares / self.residuals.shape[1])
        return result


def first_guess(outlines: Outlines, center: Floats, eye: EyeShape) -> tuple[Floats, Floats]:
    """Return normals (K, 3) and radii (K,) that put each pupil in the middle of its outline."""
    middle = unit(outlines.rays.sum(axis=1))
    along = middle @ center
    room = along * along - center @ center + eye.pupil_distance**2
    reach = along - np.sqrt(np.maximum(room, 0.0))
    normals = unit(middle * reach[:, None] - center)
    off = hits(outlines.rays, center, normals[:, None], eye)
    normals = unit(normals + off.sum(axis=1) / (POINTS * eye.pupil_distance))
    return normals, lengths(off).sum(axis=1) / POINTS


def fit_pupils(
    outlines: Outlines,
    center: Floats,
    start: tuple[Floats, Floats],
    eye: EyeShape,
) -> Pupils:
    """Return the pupils that explain the outlines best, by Gauss-Newton from ``start``."""
    normals, radii = start
    for _ in range(_ROUNDS):
        slopes = linearised(outlines, center, normals, radii, eye)
        normals, radii = moved(normals, radii, slopes.own_steps(), slopes.across)
    far, scale = _seen(outlines, center, normals[None], eye)
    return Pupils(normals, radii, (far[0] - radii[:, None]) / scale)


def explained(shape: Floats, residuals: Floats) -> Floats:
    """Return the outline (5,) in which the model sees the pupil, given the one that was seen.

    That one, moved along its normals by the residuals (N,) that it left, in pixels.
    """
    _, normals = points_of(shape[None])
    cosine, sine = RING
    x, y = normals[0, :, 0], normals[0, :, 1]
    moves = np.array([x, y, x * cosine, x * sine + y * cosine, y * sine])
    result: Floats = shape - np.linalg.solve(moves @ moves.T + _SHAPE_RIDGE, moves @ residuals)
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Residuals (K, N) in pixels, and how they change with each pupil's own three numbers.

    ``own`` (K, N, 3): per radian along both tangents (K, 3) ``across``, per millimetre of radius.
    ``scale`` (K, N) is millimetres per pixel across the outline.
    """

    residuals: Floats
    own: Floats
    scale: Floats
    across: tuple[Floats, Floats]

    def own_steps(self) -> Floats:
        """Return the Gauss-Newton step (K, 3) of each pupil by itself."""
        turned = self.own.swapaxes(1, 2)
        normal = turned @ self.own + _RIDGE
        step: Floats = -np.linalg.solve(normal, turned @ self.residuals[..., None])[..., 0]
        return step


def linearised(
    outlines: Outlines, center: Floats, normals: Floats, radii: Floats, eye: EyeShape
) -> Slopes:
    """Return residuals and slopes at the given pupils; ``center`` is (3,)."""
    one, other = across = tangents(normals)
    turned = np.empty((_TURNED, *normals.shape))
    turned[:-2] = normals
    turned[-2], turned[-1] = unit(normals + _STEP * one), unit(normals + _STEP * other)
    far, scale = _seen(outlines, center, turned, eye)
    own = np.empty((*scale.shape, 3))
    own[..., 0], own[..., 1] = (far[-2:] - far[0]) / (_STEP * scale)
    own[..., 2] = -1.0 / scale
    return Slopes((far[0] - radii[:, None]) / scale, own, scale, across)


def _seen(
    outlines: Outlines, center: Floats, turned: Floats, eye: EyeShape
) -> tuple[Floats, Floats]:
    """Return how far from the axis (T, K, N) rays hit, and the millimetres per pixel (K, N).

    ``turned`` (T, K, 3) are normals for all traced rays, the first three the pupils', or (1, K, 3)
    those for the first three.
    """
    traced = outlines.traced if len(turned) == _TURNED else outlines.traced[:3]
    far = distances(traced, center, turned[:, :, None], eye)
    return far, np.maximum(far[2] - far[1], _least_scale(outlines, center, turned[0], eye))


def _least_scale(outlines: Outlines, center: Floats, normals: Floats, eye: EyeShape) -> Floats:
    """Return half the millimetres per pixel (K, 1) of a plane at the pupil that faces the camera.

    The pupil's own plane has more, unless the pupil is not yet where the outline is.
    """
    pupils = center + eye.pupil_distance * normals
    least: Floats = outlines.least * np.sqrt((pupils * pupils).sum(-1, keepdims=True))
    return least


def moved(
    normals: Floats, radii: Floats, change: Floats, across: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Return normals and radii after steps (K, 3); turns and radii are bounded.

    ``across`` are the tangents of the normals that the steps are along.
    """
    one, other = across
    # These do what numpy's clip does, in a third of its time.
    turn = np.minimum(np.maximum(change[:, :2], -_LONGEST_TURN), _LONGEST_TURN)
    wider = np.minimum(np.maximum(radii + change[:, 2], _SMALLEST_MM), _LARGEST_MM)
    return unit(normals + turn[:, :1] * one + turn[:, 1:] * other), wider
