"""The least squares of the original's fits for a world camera (spec: calibration 7.2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.optimize import OptimizeResult, least_squares

from gazed_plugins.calibration_3d.vectors import Floats, unit

_EXACT = {"ftol": 1e-8, "xtol": 1e-8, "gtol": 1e-8, "max_nfev": 100}


def solve(
    errors: Callable[[Floats], Floats],
    jacobian: Callable[[Floats], Any],
    start: Floats,
    scale: Floats | float = 1.0,
) -> OptimizeResult:
    """Return scipy's result with the original's method and tolerances.

    Where it stops is part of the original's numbers, so start and Jacobian are the original's too.
    """
    return least_squares(errors, start, jacobian, method="trf", x_scale=scale, **_EXACT)


def narrowing(lines: Floats) -> Floats:
    """Return the derivative (n, 3, 3) of the unit vectors of ``lines`` (n, 3) by their ends."""
    directions = unit(lines)
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    derivative: Floats = across / np.linalg.norm(lines, axis=1)[:, None, None]
    return derivative


def block_entries(blocks: Floats, rows: Any, columns: Any) -> tuple[Floats, Any, Any]:
    """Return values, rows and columns of blocks (n, 3, 3) in a sparse matrix.

    ``rows`` and ``columns`` (n, 3) say where each block lies.
    """
    across = np.broadcast_to(columns[:, None, :], blocks.shape)
    down = np.broadcast_to(rows[:, :, None], blocks.shape)
    return blocks.ravel(), down.ravel(), across.ravel()
