"""Sample a picture along the normals of ellipses and find the dark-to-bright edge on each."""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.shapes import Floats, Shapes, radii

Gray = NDArray[np.uint8]

SPAN = 3
"""Samples from the inside to the outside of an edge."""

MIDDLE = 2
"""Samples from there to the edge itself, which lies between two samples' means."""

_ALONG = np.array([0.5, 0.5], np.float32)
_ACROSS = np.array([0.25, 0.5, 0.25], np.float32)
_MATRIX = np.array([[2, 3], [3, 4]])
_ADJUGATE = np.array([[4, 3], [3, 2]])
_SIGNS = np.array([[1, -1], [-1, 1]], np.float32)[:, :, None]
_WINDOW = np.arange(-2, 3)
_LEAST_JUMP = np.float32(3.0)
_ZERO, _HALF, _ONE = np.float32(0), np.float32(0.5), np.float32(1)
_TINY, _MINUS_HALF = np.float32(1e-6), np.float32(-0.5)


@dataclass(frozen=True, slots=True)
class Rays:
    """How to look along the normals: how many, how far apart the samples are, how many.

    ``step`` is in fractions of the ellipse's radius; samples lie from -half to +half steps.
    """

    count: int
    step: float
    half: int


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """What the normals of K ellipses saw, N of them each.

    ``basis`` (K, 6, N): how far a change of each of the five shape numbers moves the outline
    along the normal, and the edge found there, in pixels. ``weight`` (K, N): 0 to 1.
    ``levels`` (K, N, samples): gray levels. ``step``, ``size`` (K,): pixels.
    """

    basis: Floats
    weight: Floats
    levels: Floats
    step: Floats
    size: Floats


def find_edges(picture: Gray, shapes: Shapes, rays: Rays) -> Edges:
    """Return the most pupil-like edge on each normal of each shape."""
    size = radii(shapes)
    step = np.maximum(size * np.float32(rays.step), np.float32(0.3))
    points, normals = outline(shapes, rays.count)
    levels = _profiles(picture, points, normals, step, rays)
    place, weight = _best_edges(levels)
    distance = (place + (MIDDLE - rays.half)) * step[:, None]
    weight *= _within(picture, points[:, :, 1:-1] + normals[:, :, 1:-1] * distance)
    return Edges(_basis(normals[:, :, 1:-1], distance), weight, levels, step, size)


def smoothed(picture: Gray) -> Gray:
    """Return a picture with its finest noise taken away."""
    return np.asarray(cv2.GaussianBlur(picture, (3, 3), 0), np.uint8)


def outline(shapes: Shapes, count: int) -> tuple[Floats, Floats]:
    """Return points on the outlines and unit normals there, both (2, K, count + 2).

    The first and last repeat the ends of the ring, so that neighbours can be averaged.
    """
    ring = _ring(count)
    points = shapes[_MATRIX].swapaxes(1, 2) @ ring
    points += shapes[:2, :, None]
    normals = (shapes[_ADJUGATE] * _SIGNS).swapaxes(1, 2) @ ring
    normals /= np.maximum(np.hypot(normals[0], normals[1]), _TINY)
    return points, normals


@cache
def first_places(shapes: int, normals: int, samples: int) -> NDArray[np.intp]:
    """Return where each normal's samples begin in a flat array, (shapes, normals)."""
    return np.arange(0, shapes * normals * samples, samples).reshape(shapes, normals)


@cache
def _ring(count: int) -> Floats:
    angle = np.arange(-1, count + 1) * (2 * np.pi / count)
    return np.stack([np.cos(angle), np.sin(angle)]).astype(np.float32)


@cache
def _offsets(half: int) -> Floats:
    return np.arange(-half, half + 1, dtype=np.float32)


def _profiles(picture: Gray, points: Floats, normals: Floats, step: Floats, rays: Rays) -> Floats:
    along = step[:, None, None] * _offsets(rays.half)
    places = normals[:, :, :, None] * along
    places += points[:, :, :, None]
    _, shapes, rows, samples = places.shape
    flat = places.reshape(2, shapes * rows, samples)
    seen = cv2.remap(picture, flat[0], flat[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    smooth = cv2.sepFilter2D(seen, cv2.CV_32F, _ALONG, _ACROSS, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float32).reshape(shapes, rows, samples)[:, 1:-1, 1:]


def _best_edges(levels: Floats) -> tuple[Floats, Floats]:
    """Return where the edges are, in samples, and their weights.

    An edge counts less when its inside is brighter than the pupil (limbus) or its outside
    brighter than an iris can be (glint, lid, sclera).
    """
    jump = levels[:, :, SPAN:] - levels[:, :, :-SPAN]
    jump = np.maximum(jump, _ZERO, out=jump)
    shapes, normals, places = jump.shape
    pupil = _quantile(levels[:, :, 0], normals // 3)
    typical = np.maximum(_quantile(jump.max(2), normals // 2), _LEAST_JUMP)
    above = levels - pupil[:, None, None]
    above /= typical[:, None, None]
    doubt = _squared_excess(above[:, :, :-SPAN], _ZERO)
    doubt *= 6
    doubt += _squared_excess(above[:, :, SPAN:], _ONE)
    doubt += 1
    likely = jump / doubt
    rows = first_places(shapes, normals, places)
    first = likely.argmax(2)
    trust = likely.ravel()[rows + first] / typical[:, None]
    return _peak(jump, rows, first), trust / (trust + 1)


def _peak(jump: Floats, rows: NDArray[np.intp], first: NDArray[np.intp]) -> Floats:
    """Climb from the likeliest place to the steepest one beside it, then between samples."""
    last = jump.shape[2] - 2
    flat = jump.ravel()
    near = np.minimum(np.maximum(first[:, :, None] + _WINDOW, 1), last)
    steepest = flat[near + rows[:, :, None]].argmax(2)
    place = np.minimum(np.maximum(first + steepest + _WINDOW[0], 1), last)
    top = place + rows
    before, here, after = flat[top - 1], flat[top], flat[top + 1]
    bend = np.minimum(before + after - 2 * here, np.float32(-1e-3))
    between = (before - after) / bend
    between *= np.float32(0.5)
    peak: Floats = place + np.minimum(np.maximum(between, _MINUS_HALF), _HALF)
    return peak


def _squared_excess(values: Floats, limit: np.float32) -> Floats:
    excess: Floats = np.maximum(values, limit)
    excess -= limit
    excess *= excess
    return excess


def _quantile(values: Floats, rank: int) -> Floats:
    ranked: Floats = np.partition(values, rank, axis=1)[:, rank]
    return ranked


def _within(picture: Gray, places: Floats) -> NDArray[np.bool_]:
    height, width = picture.shape
    x, y = places
    inside: NDArray[np.bool_] = (x > 1) & (y > 1) & (x < width - 2) & (y < height - 2)
    return inside


def _basis(normals: Floats, distance: Floats) -> Floats:
    shapes, count = distance.shape
    x, y = normals
    cos, sin = _ring(count)[:, 1:-1]
    basis = np.empty((shapes, 6, count), np.float32)
    basis[:, 0] = x
    basis[:, 1] = y
    basis[:, 2] = x * cos
    basis[:, 3] = x * sin + y * cos
    basis[:, 4] = y * sin
    basis[:, 5] = distance
    return basis
