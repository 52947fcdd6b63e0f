"""A streamed picture as it comes from the bus (spec: data 8.2)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Fields, MessageError

_DEPTHS = {"rgb": 3, "bgr": 3, "gray": 1}
_LARGEST = 1 << 14


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One streamed picture: (height, width) gray levels, colours where there were any.

    ``timestamp`` is the sender's. ``index`` and ``focal_length_px`` are None where it sends none.
    """

    timestamp: float
    gray: NDArray[np.uint8]
    bgr: NDArray[np.uint8] | None = None
    index: int | None = None
    focal_length_px: float | None = None


def image_from(fields: Fields, raw: Sequence[bytes]) -> Image:
    """Return the picture in a message; raise MessageError saying what is wrong with it.

    Rows of ``rgb`` come bottom first, as graphics cards have them; they are put upright, in
    colour and gray alike. Gray is the plain mean of the channels.
    """
    layout = fields.get("format")
    if not isinstance(layout, str) or layout not in _DEPTHS:
        raise MessageError(f"its format is {layout!r}, not one of {', '.join(_DEPTHS)}")
    pixels = _pixels(_side(fields, "height"), _side(fields, "width"), _DEPTHS[layout], raw)
    if layout == "rgb":
        pixels = np.ascontiguousarray(pixels[::-1, :, ::-1])
    return Image(
        timestamp=_timestamp(fields),
        gray=pixels if layout == "gray" else _mean(pixels),
        bgr=None if layout == "gray" else pixels,
        index=_index(fields),
        focal_length_px=_focal_length(fields),
    )


def _pixels(height: int, width: int, depth: int, raw: Sequence[bytes]) -> NDArray[np.uint8]:
    wanted = height * width * depth
    if not raw or len(raw[0]) != wanted:
        found = len(raw[0]) if raw else 0
        raise MessageError(f"its picture has {found} bytes, not {width} x {height} x {depth}")
    shape = (height, width, depth) if depth > 1 else (height, width)
    return np.frombuffer(raw[0], np.uint8).reshape(shape)


def _mean(bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    sums = cv2.transform(bgr.astype(np.uint16), np.ones((1, 3), np.float32))
    return (sums // 3).astype(np.uint8)


def _side(fields: Fields, key: str) -> int:
    value = _number(fields, key)
    if not (1 <= value <= _LARGEST and value == int(value)):
        raise MessageError(f"its {key} is {value:g}, not a number of pixels")
    return int(value)


def _timestamp(fields: Fields) -> float:
    value = _number(fields, "timestamp")
    if not math.isfinite(value):
        raise MessageError(f"its timestamp is {value}")
    return value


def _number(fields: Fields, key: str) -> float:
    value = fields.get(key)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise MessageError(f"its {key} is {value!r}, not a number")
    return float(value)


def _index(fields: Fields) -> int | None:
    value = fields.get("index")
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _focal_length(fields: Fields) -> float | None:
    matrix = fields.get("projection_matrix")
    if matrix is None:
        return None
    values = _flat(matrix)
    if len(values) != 9 or not (
        values[0] > 0 and values[4] > 0 and all(map(math.isfinite, values))
    ):
        raise MessageError("its projection_matrix is not f 0 cx, 0 f cy, 0 0 1")
    return (values[0] + values[4]) / 2


def _flat(matrix: Any) -> list[float]:
    rows = matrix if isinstance(matrix, (list, tuple)) else []
    nested = [row if isinstance(row, (list, tuple)) else [row] for row in rows]
    values = [value for row in nested for value in row]
    is_numbers = all(type(value) in (int, float) for value in values)
    return [float(value) for value in values] if is_numbers else []
