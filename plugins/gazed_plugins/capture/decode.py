"""From a camera's JPEG to a gray picture, once, and never from a damaged one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gazed_plugins.capture.cameras import Picture

_START, _END = b"\xff\xd8", b"\xff\xd9"
_LONGEST_PADDING = 1024
_DARK, _BRIGHT = 32, 250
_BLOCK, _STRIP = 8, 64


def whole(jpeg: bytes) -> bool:
    """Tell whether a JPEG begins and ends as it must; cameras may pad the end with zeros."""
    if not jpeg.startswith(_START):
        return False
    if jpeg.endswith(_END):
        return True
    end = jpeg.rfind(_END, -_LONGEST_PADDING)
    return end > 0 and not jpeg[end + 2 :].strip(b"\0")


def gray_of(picture: Picture) -> NDArray[np.uint8] | None:
    """Return a picture's (height, width) brightness, or None when it cannot be decoded."""
    if picture.gray is not None:
        return picture.gray
    if picture.jpeg is not None:
        return gray(picture.jpeg)
    if picture.bgr is not None:
        return cv2.cvtColor(picture.bgr, cv2.COLOR_BGR2GRAY)  # type: ignore[return-value]
    return None


def gray(jpeg: bytes) -> NDArray[np.uint8] | None:
    """Return the picture as (height, width) brightness, or None when it is damaged."""
    data = np.frombuffer(jpeg, np.uint8)
    try:
        picture: Any = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    except cv2.error:
        return None
    # A header that was damaged may tell of a single pixel.
    if picture is None or min(picture.shape) < _BLOCK or torn(picture):
        return None
    return picture  # type: ignore[no-any-return]


def torn(gray: NDArray[np.uint8]) -> bool:
    """Tell whether a picture has lost its end, because a piece of its JPEG was missing.

    A decoder fills what it has no data for with one shade of gray. A sensor's noise leaves
    no eight lines of one shade, except black ones and white ones.
    """
    shade = gray.item(-1)
    if gray.item(-2) != shade or gray.item(-3) != shade or not _DARK < shade < _BRIGHT:
        return False
    end, begin = gray[-_BLOCK:, -_STRIP:], gray[:_BLOCK]
    return bool(end.min() == end.max() and begin.min() != begin.max())
