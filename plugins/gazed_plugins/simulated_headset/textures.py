"""What skin, iris, lens and sensor look like, painted once for each person and size."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]
Picture = NDArray[np.uint8]

IRIS_PX = 256
IRIS_RADIUS_PX = 120.0
PUPIL_IN_TEXTURE = 0.33
_NOISE_MARGIN = 128


def skin(size: int, rng: np.random.Generator) -> Image:
    """Return skin (size, size) around 1: pores, blotches, light from the camera's side."""
    scale = size / 192
    pores = _clouds((size, size), 0.9 * scale, rng)
    blotches = _clouds((size, size), 14 * scale, rng)
    slope = np.linspace(0.8, 1.12, size, dtype=np.float32)[:, None]
    return slope * (1 + 0.03 * pores + 0.06 * blotches)


def iris(rng: np.random.Generator) -> Image:
    """Return an iris (IRIS_PX, IRIS_PX), zero on average: fibres, a collarette, a dark rim.

    The limbus has the radius IRIS_RADIUS_PX, the pupil PUPIL_IN_TEXTURE of that.
    """
    fibres = _fibres(3.0, 30.0, rng) + 0.8 * _fibres(8.0, 12.0, rng)
    depth = np.linspace(0, 1, fibres.shape[0], dtype=np.float32)[:, None]
    collarette = 0.7 * np.exp(-(((depth - 0.3) / 0.08) ** 2))
    rim = -2.2 * np.clip((depth - 0.82) / 0.18, 0, 1) ** 2
    polar = (fibres + collarette + rim).astype(np.float32)
    grid = np.arange(IRIS_PX, dtype=np.float32) - IRIS_PX / 2
    radius, angle = cv2.cartToPolar(*np.meshgrid(grid, grid))
    share = (radius / IRIS_RADIUS_PX - PUPIL_IN_TEXTURE) / (1 - PUPIL_IN_TEXTURE)
    rows = (share * (polar.shape[0] - 1)).astype(np.float32)
    columns = (angle / (2 * np.pi) * (polar.shape[1] - 1)).astype(np.float32)
    return _image(cv2.remap(polar, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def vignette(size: int, rng: np.random.Generator) -> Image:
    """Return how much light (size, size), 0 to 1, the headset's lens ring lets through."""
    x, y = size * (0.5 + rng.uniform(-0.04, 0.04, 2))
    grid = np.arange(size, dtype=np.float32)
    radius = np.hypot(grid[None, :] - x, grid[:, None] - y) / size
    fall = np.clip((radius - 0.45) / 0.3, 0, 1)
    return (1 - 0.12 * radius**2 - 0.55 * fall * fall).astype(np.float32)


class SensorNoise:
    """Gaussian noise from one precomputed field, cut out elsewhere for every frame."""

    def __init__(self, size: int, sigma: float, seed: int) -> None:
        self._size = size
        field = np.random.default_rng(seed).normal(0.0, sigma, 2 * (size + _NOISE_MARGIN,))
        rounded = np.rint(field)
        self._more = np.clip(rounded, 0, 255).astype(np.uint8)
        self._less = np.clip(-rounded, 0, 255).astype(np.uint8)

    def add(self, clean: Picture, index: int) -> Picture:
        """Return a new picture: ``clean`` with the noise of the frame with this index."""
        place = (index * 2654435761) & 0xFFFFFFFF
        row, column = (place >> 11) % _NOISE_MARGIN, (place >> 22) % _NOISE_MARGIN
        cut = (slice(row, row + self._size), slice(column, column + self._size))
        noisy: Picture = cv2.subtract(cv2.add(clean, self._more[cut]), self._less[cut])
        return noisy


def _fibres(across: float, along: float, rng: np.random.Generator) -> Image:
    rows, columns = 96, 768
    field = rng.normal(size=(rows, columns)).astype(np.float32)
    field = np.hstack([field] * 3)
    field = cv2.GaussianBlur(field, (0, 0), sigmaX=across, sigmaY=along)
    field = field[:, columns : 2 * columns]
    return _image(field / field.std())


def _clouds(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Image:
    field = cv2.GaussianBlur(rng.normal(size=shape).astype(np.float32), (0, 0), sigma)
    return _image(field / field.std())


def _image(array: NDArray[np.floating]) -> Image:
    return np.ascontiguousarray(array, dtype=np.float32)
