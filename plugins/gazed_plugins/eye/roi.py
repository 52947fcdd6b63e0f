"""The region of interest: what a client may ask for, and how it follows the picture."""

from __future__ import annotations

from gazed import Roi

Size = tuple[int, int]


def problem_with(value: object, size: Size | None) -> str:
    """Return why ``value`` cannot be a region in pictures of ``size``; empty when it can."""
    if not isinstance(value, list) or len(value) != 4:
        return "it must be [min_x, min_y, max_x, max_y]"
    if not all(isinstance(edge, int) and not isinstance(edge, bool) for edge in value):
        return "all four must be whole pixels"
    if size is None:
        return "no picture has come yet, so its size is unknown"
    min_x, min_y, max_x, max_y = value
    width, height = size
    if not (0 <= min_x < max_x < width and 0 <= min_y < max_y <= height):
        return f"it must lie within the picture of {width} x {height} pixels"
    return ""


def clamped(value: list[int], size: Size) -> Roi:
    """Return a region that ends with the picture."""
    min_x, min_y, max_x, max_y = value
    return (min_x, min_y, min(max_x, size[0] - 1), min(max_y, size[1] - 1))


def scaled(roi: Roi, old: Size, new: Size) -> Roi:
    """Return the same part of a picture of another size, at least two pixels wide and high."""
    x, y = new[0] / old[0], new[1] / old[1]
    min_x, min_y = min(new[0] - 2, int(roi[0] * x)), min(new[1] - 2, int(roi[1] * y))
    max_x = min(new[0] - 1, max(min_x + 1, int(roi[2] * x)))
    max_y = min(new[1] - 1, max(min_y + 1, int(roi[3] * y)))
    return (min_x, min_y, max_x, max_y)
