"""Turned and mirrored pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Frame
from gazed_plugins.orientation import Orientation

_TURNS = {
    90: cv2.ROTATE_90_CLOCKWISE,
    180: cv2.ROTATE_180,
    270: cv2.ROTATE_90_COUNTERCLOCKWISE,
}
_MIRRORS = {"horizontal": 1, "vertical": 0}


def oriented(frame: Frame, orientation: Orientation) -> Frame:
    """Return the frame as ``orientation`` shows it; its camera JPEG, now wrong, is left out."""
    return replace(
        frame,
        gray=_oriented(frame.gray, orientation),
        bgr=None if frame.bgr is None else _oriented(frame.bgr, orientation),
        jpeg=None,
    )


def _oriented(picture: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    result: Any = picture
    if orientation.rotation:
        result = cv2.rotate(result, _TURNS[orientation.rotation])
    if orientation.flip != "none":
        result = cv2.flip(result, _MIRRORS[orientation.flip])
    return np.ascontiguousarray(result, dtype=np.uint8)
