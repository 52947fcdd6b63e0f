"""Sample a picture along the normals of ellipses and find the dark-to-bright edge on each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.method import Floats, Round, ring

SPAN = 3
"""Samples from the inside to the outside of an edge."""

MIDDLE = 2
"""Samples from there to the edge itself, which lies between two samples' means."""

_WINDOW = np.arange(-2, 3)
_LEAST_JUMP = np.float32(3.0)
_HALF, _QUARTER = np.float32(0.5), np.float32(0.25)


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


def find_edges(view: Floats, shapes: Floats, look: Round) -> Edges:
    """Return the most pupil-like edge on each normal of each of (5, K) shapes."""
    _, _, p, q, r = shapes
    size = np.sqrt(np.maximum(p * r - q * q, np.float32(0.01)))
    step = np.maximum(size * np.float32(look.step), np.float32(0.3))
    points, normals = _outline(shapes, look.count)
    levels = _profiles(view, points, normals, step, look)
    place, weight = _best_edges(levels)
    distance = (place + (MIDDLE - look.half)) * step[:, None]
    weight *= _within(view, points + normals * distance) & _seeing(look)
    return Edges(_basis(normals, distance), weight, levels, step, size)


def levels_at(view: Floats, x: Floats, y: Floats) -> Floats:
    """Return the levels between the pixels, those at the border beyond it."""
    height, width = view.shape
    x = np.minimum(np.maximum(x, 0), np.float32(width - 1))
    y = np.minimum(np.maximum(y, 0), np.float32(height - 1))
    left = np.minimum(x.astype(np.int32), width - 2)
    top = np.minimum(y.astype(np.int32), height - 2)
    across, down = x - left.astype(np.float32), y - top.astype(np.float32)
    flat, place = view.ravel(), top * width + left
    levels = _between(flat, place, across)
    place += width
    levels += down * (_between(flat, place, across) - levels)
    return levels


def _between(flat: Floats, place: NDArray[np.int32], across: Floats) -> Floats:
    left = flat.take(place)
    level: Floats = flat.take(place + 1)
    level -= left
    level *= across
    level += left
    return level


def _outline(shapes: Floats, count: int) -> tuple[Floats, Floats]:
    """Return points on the outlines and unit normals there, both (2, K, N)."""
    cos, sin = ring(count)
    x, y, p, q, r = shapes[:, :, None]
    points = np.stack([x + p * cos + q * sin, y + q * cos + r * sin])
    normals = np.stack([r * cos - q * sin, p * sin - q * cos])
    length = np.sqrt(normals[0] * normals[0] + normals[1] * normals[1])
    normals /= np.maximum(length, np.float32(1e-6))
    return points, normals


@cache
def first_places(shapes: int, normals: int, samples: int) -> NDArray[np.intp]:
    """Return where each normal's samples begin in a flat array, (shapes, normals)."""
    return np.arange(0, shapes * normals * samples, samples).reshape(shapes, normals)


@cache
def _offsets(half: int) -> Floats:
    return np.arange(-half, half + 1, dtype=np.float32)


def _profiles(view: Floats, points: Floats, normals: Floats, step: Floats, look: Round) -> Floats:
    along = step[:, None, None] * _offsets(look.half)
    places = normals[:, :, :, None] * along
    places += points[:, :, :, None]
    seen = levels_at(view, places[0], places[1])
    pairs = seen[:, :, :-1] + seen[:, :, 1:]
    pairs *= _HALF
    ringed = np.concatenate([pairs[:, -1:], pairs, pairs[:, :1]], axis=1)
    smooth: Floats = ringed[:, :-2] + ringed[:, 2:]
    smooth *= _QUARTER
    pairs *= _HALF
    smooth += pairs
    return smooth


def _best_edges(levels: Floats) -> tuple[Floats, Floats]:
    """Return where the edges are, in samples, and their weights.

    An edge counts less when its inside is brighter than the pupil (limbus) or its outside
    brighter than an iris can be (glint, lid, sclera).
    """
    jump = levels[:, :, SPAN:] - levels[:, :, :-SPAN]
    jump = np.maximum(jump, 0, out=jump)
    normals = jump.shape[1]
    pupil = _quantile(levels[:, :, 0], normals // 3)
    typical = np.maximum(_quantile(jump.max(2), normals // 2), _LEAST_JUMP)
    above = levels - pupil[:, None, None]
    above *= (1 / typical)[:, None, None]
    inside = np.maximum(above[:, :, :-SPAN], 0)
    outside = np.maximum(above[:, :, SPAN:] - 1, 0)
    inside *= inside
    inside *= 6
    outside *= outside
    inside += outside
    inside += 1
    likely = jump / inside
    first = likely.argmax(2)
    rows = first_places(*likely.shape)
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
    between *= _HALF
    peak: Floats = place + np.minimum(np.maximum(between, -_HALF), _HALF)
    return peak


def _quantile(values: Floats, rank: int) -> Floats:
    ranked: Floats = np.partition(values, rank, axis=1)[:, rank]
    return ranked


def _within(view: Floats, places: Floats) -> NDArray[np.bool_]:
    height, width = view.shape
    x, y = places
    inside: NDArray[np.bool_] = (x > 1) & (y > 1) & (x < width - 2) & (y < height - 2)
    return inside


@cache
def _seeing(look: Round) -> NDArray[np.bool_]:
    seeing: NDArray[np.bool_] = (np.arange(look.count) - look.first) % look.count < look.seeing
    return seeing


def _basis(normals: Floats, distance: Floats) -> Floats:
    shapes, count = distance.shape
    x, y = normals
    cos, sin = ring(count)
    basis = np.empty((shapes, 6, count), np.float32)
    basis[:, 0] = x
    basis[:, 1] = y
    basis[:, 2] = x * cos
    basis[:, 3] = x * sin + y * cos
    basis[:, 4] = y * sin
    basis[:, 5] = distance
    return basis
