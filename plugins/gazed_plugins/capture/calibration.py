"""The focal length of a camera from pictures of a chessboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Corners = NDArray[np.float32]

_LEAST_MOVED = 0.04
# One focal length per axis, the centre of the picture, and one term for the lens: what the 3D
# detector's camera has, without the lens's bend ending up in the focal length.
_MODEL = (
    cv2.CALIB_USE_INTRINSIC_GUESS
    | cv2.CALIB_FIX_PRINCIPAL_POINT
    | cv2.CALIB_ZERO_TANGENT_DIST
    | cv2.CALIB_FIX_K2
    | cv2.CALIB_FIX_K3
)


@dataclass(frozen=True, slots=True)
class Lens:
    """Focal lengths in pixels, and the mean distance of the corners from the model in pixels."""

    fx: float
    fy: float
    error: float


class Views:
    """Chessboards as a camera saw them, each in another place or attitude.

    ``board`` is the number of inner corners across and down; ``size`` the picture's (width,
    height), which the first one decides.
    """

    def __init__(self, board: tuple[int, int]) -> None:
        self.board = board
        self.size = (0, 0)
        self.seen: list[Corners] = []

    def add(self, gray: Gray) -> bool:
        """Look for the board; tell whether it is there and somewhere new."""
        size = (gray.shape[1], gray.shape[0])
        if self.seen and size != self.size:
            self.seen.clear()
        self.size = size
        there, found = cv2.findChessboardCornersSB(gray, self.board)
        if not there:
            return False
        corners = np.asarray(found, np.float32)
        is_new = all(self._moved(corners, other) >= _LEAST_MOVED for other in self.seen)
        if is_new:
            self.seen.append(corners)
        return is_new

    def lens(self) -> Lens:
        """Return the lens that explains all views best."""
        return fit(self.seen, self.board, self.size)

    def _moved(self, corners: Corners, other: Corners) -> float:
        return float(np.abs(corners - other).mean()) / max(self.size)


def fit(views: Sequence[Corners], board: tuple[int, int], size: tuple[int, int]) -> Lens:
    """Fit a camera to the corners of a flat board, (n, 1, 2) pixels a view (Zhang's method)."""
    across, down = board
    flat = np.zeros((across * down, 3), np.float32)
    flat[:, :2] = np.mgrid[0:across, 0:down].T.reshape(-1, 2)
    width, height = size
    guess = np.array([[width, 0, (width - 1) / 2], [0, width, (height - 1) / 2], [0, 0, 1]], float)
    error, matrix, *_ = cv2.calibrateCamera(
        [flat] * len(views), list(views), size, guess, np.zeros(5), flags=_MODEL
    )
    return Lens(float(matrix[0, 0]), float(matrix[1, 1]), float(error))
