"""How much two ellipses have in common."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from gazed import Ellipse

_STEPS = 512
_ANGLES = (np.arange(_STEPS) + 0.5) * (math.pi / _STEPS)
_COS, _SIN = np.cos(_ANGLES), np.sin(_ANGLES)

Matrix = NDArray[np.float64]


def iou(one: Ellipse, other: Ellipse) -> float:
    """Return intersection over union of two ellipses, from 0 to 1; exact to about 1e-4.

    0 when either has no area. Both are mapped so that ``one`` becomes the unit circle and the
    axes of ``other`` the coordinate axes; the lengths of the cuts through both are then summed
    along x, at points that lie denser where the cuts end.
    """
    if min(*one.axes, *other.axes) <= 0:
        return 0.0
    x, y, a, b = _relative(one, other)
    low, high = max(-1.0, x - a), min(1.0, x + a)
    if low >= high:
        return 0.0
    half = (high - low) / 2
    along = (low + high) / 2 - half * _COS
    first = np.sqrt(np.maximum(0.0, 1 - along**2))
    second = b * np.sqrt(np.maximum(0.0, 1 - ((along - x) / a) ** 2))
    cuts = np.minimum(first, y + second) - np.maximum(-first, y - second)
    common = float(np.sum(np.maximum(0.0, cuts) * _SIN) * half * math.pi / _STEPS)
    return common / (math.pi * (1 + a * b) - common)


def _relative(one: Ellipse, other: Ellipse) -> tuple[float, float, float, float]:
    """Return centre and half axes of ``other`` where ``one`` is the unit circle."""
    to_circle = np.linalg.inv(_shape(one))
    turn, half_axes, _ = np.linalg.svd(to_circle @ _shape(other))
    x, y = turn.T @ to_circle @ np.subtract(other.center, one.center)
    return float(x), float(y), float(half_axes[0]), float(half_axes[1])


def _shape(ellipse: Ellipse) -> Matrix:
    """Return the matrix that maps the unit circle to an ellipse around the origin."""
    angle = math.radians(ellipse.angle)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    return turn * (np.array(ellipse.axes) / 2)
