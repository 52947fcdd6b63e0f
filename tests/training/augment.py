"""Make one labelled picture into many: other sizes, cut-outs, blur, noise, recompression.

An outline is (x, y, p, q, r): the points (x, y) + [[p, q], [q, r]] (cos t, sin t), in pixels.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np

Random = np.random.Generator
Gray = np.ndarray[Any, np.dtype[np.uint8]]
Outline = np.ndarray[Any, np.dtype[np.float64]]

_LEAST_RADIUS = 3.5


def outline(center: tuple[float, float], axes: tuple[float, float], angle: float) -> Outline:
    """Return an ellipse's outline; ``axes`` are full lengths, ``angle`` (deg) is the first's."""
    turn = math.radians(angle)
    cosine, sine = math.cos(turn), math.sin(turn)
    one, other = axes[0] / 2, axes[1] / 2
    p = one * cosine**2 + other * sine**2
    q = (one - other) * cosine * sine
    r = one * sine**2 + other * cosine**2
    return np.array([*center, p, q, r])


def altered(
    gray: Gray, shape: Outline | None, random: Random, tiny: bool = False
) -> tuple[Gray, Outline | None]:
    """Return a picture altered at random, and the outline in it; None stays None.

    ``tiny``: as a very small, blurred, recompressed clip shows it.
    """
    gray, shape = _mirrored(gray, shape, random)
    if random.random() < 0.5:
        gray, shape = _cut(gray, shape, random)
    gray, shape = _resized(gray, shape, random, (96, 170) if tiny else (110, 1000))
    return degraded(gray, random, tiny), shape


def beside(gray: Gray, shape: Outline, random: Random) -> Gray | None:
    """Return a part of a picture without its pupil; None when there is no such part."""
    height, width = gray.shape
    wide, high = round(width * random.uniform(0.3, 0.6)), round(height * random.uniform(0.3, 0.6))
    left, top = random.integers(0, width - wide + 1), random.integers(0, height - high + 1)
    margin = 1.1 * _half_axes(shape)[0]
    across = max(left - shape[0], 0.0, shape[0] - left - wide)
    down = max(top - shape[1], 0.0, shape[1] - top - high)
    if max(across, down) < margin or min(wide, high) < 40:
        return None
    return np.ascontiguousarray(gray[top : top + high, left : left + wide])


def degraded(gray: Gray, random: Random, tiny: bool = False) -> Gray:
    """Return a picture with another blur, gamma, contrast, brightness, noise, compression."""
    levels = gray.astype(np.float32)
    sigma = gray.shape[1] * random.choice([0.0, 0.003, 0.006, 0.01]) * random.uniform(0.5, 1)
    sigma = random.uniform(0.3, 1.2) if tiny else sigma
    if sigma > 0.2:
        levels = cv2.GaussianBlur(levels, (0, 0), sigma)
    if random.random() < 0.6:
        gamma = math.exp(random.uniform(-0.6, 0.6))
        levels = 255 * (np.clip(levels, 0, 255) / 255) ** np.float32(gamma)
    if random.random() < 0.6:
        levels = levels * random.uniform(0.3, 1.3) + random.uniform(-10, 60)
    if random.random() < (0.3 if tiny else 0.6):
        noise = random.uniform(0.5, 3 if tiny else 7)
        levels = levels + random.normal(0, noise, levels.shape)
    worse = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
    if random.random() < (0.9 if tiny else 0.5):
        worse = _recompressed(worse, int(random.uniform(15, 60 if tiny else 95)))
    if tiny and random.random() < 0.7:  # video coders smooth the edges of their blocks
        worse = np.asarray(cv2.GaussianBlur(worse, (0, 0), random.uniform(0.4, 0.9)), np.uint8)
    return worse


def _recompressed(gray: Gray, quality: int) -> Gray:
    _, packed = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)


def _half_axes(shape: Outline) -> tuple[float, float]:
    _, _, p, q, r = shape
    middle, spread = (p + r) / 2, math.hypot((p - r) / 2, q)
    return middle + spread, middle - spread


def _mirrored(gray: Gray, shape: Outline | None, random: Random) -> tuple[Gray, Outline | None]:
    if random.random() < 0.5:
        return gray, shape
    if shape is not None:
        x, y, p, q, r = shape
        shape = np.array([gray.shape[1] - 1 - x, y, p, -q, r])
    return np.ascontiguousarray(gray[:, ::-1]), shape


def _cut(gray: Gray, shape: Outline | None, random: Random) -> tuple[Gray, Outline | None]:
    """Cut a window round the pupil, which becomes 6 to 55 % of its width."""
    if shape is None:
        return gray, None
    margin = _half_axes(shape)[0]
    wide = int(2 * margin / math.exp(random.uniform(math.log(0.06), math.log(0.55))))
    high = max(40, int(2.6 * margin), int(wide * random.uniform(0.6, 1.1)))
    wide = max(48, wide)
    places = []
    for middle, size, limit in ((shape[0], wide, gray.shape[1]), (shape[1], high, gray.shape[0])):
        slack = 0.8 * max(0.0, size / 2 - 1.15 * margin)
        place = round(middle - size / 2 + random.uniform(-slack, slack))
        places.append((place, size) if random.random() < 0.3 else _inside(place, size, limit))
    (left, wide), (top, high) = places
    return _window(gray, left, top, wide, high, random), shape - np.array([left, top, 0, 0, 0])


def _inside(place: int, size: int, limit: int) -> tuple[int, int]:
    return min(max(0, place), max(0, limit - size)), min(size, limit)


def _window(gray: Gray, left: int, top: int, wide: int, high: int, random: Random) -> Gray:
    """Return a window of a picture; what is beyond is one level, or the border's."""
    height, width = gray.shape
    above, before = max(0, -top), max(0, -left)
    below, after = max(0, top + high - height), max(0, left + wide - width)
    how = cv2.BORDER_CONSTANT if random.random() < 0.5 else cv2.BORDER_REPLICATE
    level = int(random.choice([0, 16, 128]))
    padded = cv2.copyMakeBorder(gray, above, below, before, after, how, value=level)
    top, left = top + above, left + before
    return np.ascontiguousarray(padded[top : top + high, left : left + wide])


def _resized(
    gray: Gray, shape: Outline | None, random: Random, widths: tuple[int, int]
) -> tuple[Gray, Outline | None]:
    height, width = gray.shape
    factor = min(math.exp(random.uniform(*map(math.log, widths))) / width, 1.6)
    if shape is not None:
        factor = max(factor, _LEAST_RADIUS / _half_axes(shape)[1])
    size = max(32, round(width * factor)), max(32, round(height * factor))
    across, down = size[0] / width, size[1] / height
    how = cv2.INTER_AREA if across < 1 else cv2.INTER_CUBIC
    if shape is not None:
        x, y = (shape[0] + 0.5) * across - 0.5, (shape[1] + 0.5) * down - 0.5
        shape = np.array([x, y, *(shape[2:] * math.sqrt(across * down))])
    return np.asarray(cv2.resize(gray, size, interpolation=how), np.uint8), shape
