"""Find dark discs anywhere in a picture: edges vote for the centres they may go round."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.detector_2d.edges import levels_at
from gazed_plugins.detector_2d.method import (
    BANDS,
    HALVES,
    LADDER,
    MOST_VOTERS,
    STEEP,
    Band,
    Floats,
    ring,
)

_ACROSS = np.array([1, 2, 1], np.float32)
_SPOKES = 24
_ALIKE = 3

Centers = list[tuple[float, float]]


def dark_discs(view: Floats, fine: bool) -> Floats:
    """Return circles that may be the pupil in a smoothed picture, as shapes (5, K)."""
    centers = _unlike(_voted(view, fine) + ([] if fine else _dark_squares(view)))
    if not centers:
        return np.zeros((5, 0), np.float32)
    x, y = np.array(centers, np.float32).T
    radius = _radii_at(view, x, y)
    place, which = np.nonzero(radius)
    size = radius[place, which]
    return np.stack([x[place], y[place], size, np.zeros_like(size), size])


def _unlike(centers: Centers) -> Centers:
    """Return the centres without those that lie beside an earlier one."""
    kept: Centers = []
    for x, y in centers:
        if all((x - left) ** 2 + (y - top) ** 2 > _ALIKE for left, top in kept):
            kept.append((x, y))
    return kept


def _voted(view: Floats, fine: bool) -> Centers:
    """Return the places with most votes around them, some per band of radii.

    Every edge has one vote at each radius on its dark side: glints and lids, which are
    steeper than any pupil, have no more to say than others.
    """
    across, down = _slopes(view)
    slope = np.sqrt(across * across + down * down)
    limit = np.float32(STEEP) * (slope.sum(axis=0).sum() / np.float32(slope.size))
    voters = np.flatnonzero(slope > limit)
    voters = voters[:: 1 + len(voters) // MOST_VOTERS]
    edges = (voters, slope.ravel()[voters], across.ravel()[voters], down.ravel()[voters])
    found: Centers = []
    for band in BANDS:
        if band.fine == fine:
            found += _peaks(_votes(view.shape, band, *edges), 2 + band.blurs, band.peaks)
    return found


def _slopes(view: Floats) -> tuple[Floats, Floats]:
    across, down = np.zeros_like(view), np.zeros_like(view)
    up, here, low = view[:-2], view[1:-1], view[2:]
    right, left = slice(2, None), slice(None, -2)
    across[1:-1, 1:-1] = (
        up[:, right]
        - up[:, left]
        + 2 * (here[:, right] - here[:, left])
        + low[:, right]
        - low[:, left]
    )
    down[1:-1, 1:-1] = (
        low[:, left] - up[:, left] + 2 * (low[:, 1:-1] - up[:, 1:-1]) + low[:, right] - up[:, right]
    )
    return across, down


def _votes(
    shape: tuple[int, ...],
    band: Band,
    voters: NDArray[np.intp],
    slope: Floats,
    across: Floats,
    down: Floats,
) -> Floats:
    height, width = shape
    y, x = np.divmod(voters, width)
    steps = np.array(band.radii, np.float32)[:, None] / slope
    to_x = x.astype(np.float32) + np.float32(0.5) - steps * across
    to_y = y.astype(np.float32) + np.float32(0.5) - steps * down
    inside = (to_x >= 0) & (to_y >= 0) & (to_x < width) & (to_y < height)
    cells = to_y[inside].astype(np.intp) * width + to_x[inside].astype(np.intp)
    votes = np.bincount(cells, minlength=height * width).reshape(shape).astype(np.float32)
    for _ in range(band.blurs):
        votes = np.asarray(
            cv2.sepFilter2D(votes, cv2.CV_32F, _ACROSS, _ACROSS, borderType=cv2.BORDER_CONSTANT)
        )
    return votes


def _peaks(score: Floats, reach: int, count: int) -> Centers:
    found: Centers = []
    for _ in range(count):
        _, top, _, (x, y) = cv2.minMaxLoc(score)
        if top <= 0:
            break
        found.append((float(x), float(y)))
        score[max(0, y - reach) : y + reach + 1, max(0, x - reach) : x + reach + 1] = 0
    return found


def _dark_squares(view: Floats) -> Centers:
    """Return for each size the square that is darkest against its surroundings."""
    height, width = view.shape
    sums = cv2.integral((view + np.float32(0.5)).astype(np.uint8)).astype(np.int64)
    found: Centers = []
    for half in HALVES:
        if min(width, height) <= 2 * half:
            continue
        apart = max(2, half // 2)
        x, y = np.arange(half, width - half, apart), np.arange(half, height - half, apart)
        darker = _darker(sums, x, y, half)
        for column, row in _peaks(darker, half // apart, 1):
            found.append((half + apart * column, half + apart * row))
    return found


def _darker(sums: NDArray[np.int64], x: NDArray[np.intp], y: NDArray[np.intp], half: int) -> Floats:
    height, width = sums.shape[0] - 1, sums.shape[1] - 1
    left, right = np.maximum(x - 2 * half, 0), np.minimum(x + 2 * half + 1, width)
    top, bottom = np.maximum(y - 2 * half, 0), np.minimum(y + 2 * half + 1, height)
    inner = _box(sums, x - half, y - half, x + half + 1, y + half + 1)
    outer = _box(sums, left, top, right, bottom) - inner
    area = (2 * half + 1) ** 2
    rest = np.maximum(np.outer(bottom - top, right - left) - area, 1)
    darker: Floats = outer.astype(np.float32) / rest.astype(np.float32)
    darker -= inner.astype(np.float32) / np.float32(area)
    return np.maximum(np.trunc(darker * 1024), 0)


def _box(
    sums: NDArray[np.int64],
    left: NDArray[np.intp],
    top: NDArray[np.intp],
    right: NDArray[np.intp],
    bottom: NDArray[np.intp],
) -> NDArray[np.int64]:
    low, high = sums[bottom], sums[top]
    boxes: NDArray[np.int64] = low[:, right] - high[:, right] - low[:, left] + high[:, left]
    return boxes


def _radii_at(view: Floats, x: Floats, y: Floats) -> Floats:
    """Return for each centre the radii at which most of its surroundings brighten, (K, 2).

    The second is 0 where the brightening there is below an eighth of that at the first, and
    both are where there is none.
    """
    cos, sin = ring(_SPOKES)[:, :, None]
    seen = levels_at(view, x[:, None, None] + cos * LADDER, y[:, None, None] + sin * LADDER)
    rank = _SPOKES * 2 // 5
    usual = np.partition(seen, rank, axis=1)[:, rank]
    rise = usual[:, 2:] - usual[:, :-2]
    peak = np.ones(rise.shape, bool)
    peak[:, 1:] &= rise[:, 1:] >= rise[:, :-1]
    peak[:, :-1] &= rise[:, :-1] >= rise[:, 1:]
    ranked = np.where(peak, rise, 0)
    every = np.arange(len(x))
    radii: Floats = np.zeros((len(x), 2), np.float32)
    least = np.zeros(len(x), np.float32)
    for column in range(2):
        best = ranked.argmax(1)
        top = ranked[every, best]
        radii[:, column] = np.where(top > least, LADDER[1:-1][best], 0)
        ranked[every, best] = 0
        least = top / 8
    return radii
