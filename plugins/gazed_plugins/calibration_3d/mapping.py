"""From 3D pupil data to gaze for whole arrays, as the mappers do it datum by datum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.vectors import Floats, unit

NEAREST_MM, FARTHEST_MM = 50.0, 20_000.0
_NEAR_FRAMES = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class GazeData:
    """Gaze points (n, 3) in mm in the service's frame, and their ``times`` (n,), in order."""

    times: Floats
    points: Floats


def pose_matrix(rotation: Floats, position: Floats, center: Floats) -> Floats:
    """Return M (4, 4), which puts the eyeball's ``center`` at ``position``.

    See spec: calibration 7.5.
    """
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = rotation, position - rotation @ center
    return matrix


def map_both(data: Sequence[EyeData], matrices: Sequence[Floats]) -> GazeData:
    """Return the gaze of each datum of either eye with the other eye's newest one before it.

    That may be two frame intervals of the slower eye away (the mapper's default matching).
    """
    near = _NEAR_FRAMES * max(_interval(one.times) for one in data)
    parts = [_paired(data, matrices, eye, near) for eye in (0, 1)]
    times = np.concatenate([part.times for part in parts])
    order = np.argsort(times, kind="stable")
    return GazeData(times[order], np.concatenate([part.points for part in parts])[order])


def map_one(data: EyeData, matrix: Floats, distance: float) -> GazeData:
    """Return the gaze of one eye alone, ``distance`` mm away."""
    centers, normals = _lines(data, matrix)
    return GazeData(data.times, centers + distance * normals)


def meet(centers: Sequence[Floats], normals: Sequence[Floats]) -> Floats:
    """Return where lines from two eyes (n, 3) meet (spec: calibration 7.7, steps 1 to 4).

    Lines that diverge, or meet 20 m away or farther, give a point 20 m ahead. Eyes cannot
    converge on what is nearer than 50 mm: such lines diverge as well.
    """
    (c0, c1), (n0, n1) = centers, normals
    ahead = unit(n0 + n1)
    plane = unit(np.cross(ahead, c1 - c0))
    d0, d1 = (unit(n - (plane * n).sum(axis=1)[:, None] * plane) for n in normals)
    a, delta = -(d0 * d1).sum(axis=1), c0 - c1
    b0, b1 = (delta * d0).sum(axis=1), -(delta * d1).sum(axis=1)
    det = np.maximum(1.0 - a * a, 1e-12)
    s0, s1 = ((a * b1 - b0) / det)[:, None], ((a * b0 - b1) / det)[:, None]
    point, between = (c0 + s0 * d0 + c1 + s1 * d1) / 2, (c0 + c1) / 2
    away = ((point - between) * ahead).sum(axis=1)
    beyond = (away <= NEAREST_MM) | (away > FARTHEST_MM)
    chosen: Floats = np.where(beyond[:, None], between + FARTHEST_MM * ahead, point)
    return chosen


def _paired(data: Sequence[EyeData], matrices: Sequence[Floats], eye: int, near: float) -> GazeData:
    mine, other = data[eye], data[1 - eye]
    newest = np.searchsorted(other.times, mine.times, side="right") - 1
    known = newest >= 0
    known &= np.abs(mine.times - other.times[newest]) < near
    flags = newest[known]
    pair = [mine.chosen(known), other.chosen(flags)]
    ordered = pair if eye == 0 else pair[::-1]
    lines = [_lines(one, matrix) for one, matrix in zip(ordered, matrices, strict=True)]
    times = (pair[0].times + pair[1].times) / 2
    return GazeData(times, meet([c for c, _ in lines], [n for _, n in lines]))


def _lines(data: EyeData, matrix: Floats) -> tuple[Floats, Floats]:
    return data.centers @ matrix[:3, :3].T + matrix[:3, 3], data.normals @ matrix[:3, :3].T


def _interval(times: Floats) -> float:
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0
