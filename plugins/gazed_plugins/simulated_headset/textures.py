"""What skin, iris, lens, lights and sensor look like, painted once for each person and size."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

Image = NDArray[np.float32]
Picture = NDArray[np.uint8]

IRIS_PX = 256
IRIS_RADIUS_PX = 120.0
PUPIL_IN_TEXTURE = 0.33
_NOISE_MARGIN = 128
_PHASES = 16
_GLINT_GRAY = 380.0


def skin(size: int, rng: np.random.Generator) -> Image:
    """Return skin (size, size) around 1: pores, blotches, light from the camera's side."""
    scale = size / 192
    pores = _clouds((size, size), 0.8 * scale, rng)
    blotches = _clouds((size, size), 12 * scale, rng)
    slope = np.linspace(0.75, 1.2, size, dtype=np.float32)[:, None]
    return slope * (1 + 0.025 * pores + 0.05 * blotches)


def iris(rng: np.random.Generator) -> Image:
    """Return an iris (IRIS_PX, IRIS_PX), about zero: fibres, a collarette, a dark rim.

    The limbus has the radius IRIS_RADIUS_PX, the pupil PUPIL_IN_TEXTURE of that.
    """
    fibres = (
        0.6 * _fibres(2.5, 22.0, rng) + 0.5 * _fibres(5.0, 14.0, rng) + 0.3 * _fibres(12, 5, rng)
    )
    depth = np.linspace(0, 1, fibres.shape[0], dtype=np.float32)[:, None]
    collarette = 0.7 * np.exp(-(((depth - 0.3) / 0.09) ** 2))
    rim = -2.0 * np.clip((depth - 0.75) / 0.25, 0, 1) ** 2
    polar = _image(fibres * (1 - 0.5 * depth) + collarette + rim)
    grid = np.arange(IRIS_PX, dtype=np.float32) - IRIS_PX / 2
    radius, angle = cv2.cartToPolar(*np.meshgrid(grid, grid))
    share = (radius / IRIS_RADIUS_PX - PUPIL_IN_TEXTURE) / (1 - PUPIL_IN_TEXTURE)
    rows = _image(share * (polar.shape[0] - 1))
    columns = _image(angle / (2 * np.pi) * (polar.shape[1] - 1))
    return _image(
        cv2.remap(polar, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    )


def vignette(size: int, rng: np.random.Generator) -> Image:
    """Return how much light (size, size), 0 to 1, the headset's lens ring lets through."""
    x, y = size * (0.5 + rng.uniform(-0.04, 0.04, 2))
    grid = np.arange(size, dtype=np.float32)
    radius = np.hypot(grid[None, :] - x, grid[:, None] - y) / size
    fall = np.clip((radius - 0.47) / 0.25, 0, 1)
    return _image(1 - 0.15 * radius**2 - 0.6 * fall * fall)


def streak(way: NDArray[np.float64]) -> Image:
    """Return the kernel that smears a picture along ``way`` (2,) in pixels.

    It is symmetric, so that motion blur moves no centre.
    """
    reach = math.ceil(float(np.abs(way).max()) / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for share in (np.arange(33) - 16) / 33:
        x, y = (reach + share * way).tolist()
        column, row = math.floor(x), math.floor(y)
        right, down = x - column, y - row
        corner = np.outer((1 - down, down), (1 - right, right))
        kernel[row : row + 2, column : column + 2] += corner
    return _image(kernel / kernel.sum())


class Spot:
    """A small round light, ready for each sixteenth of a pixel it may be off the grid."""

    def __init__(self, sigma_px: float) -> None:
        self._reach = reach = math.ceil(3.5 * sigma_px)
        offsets = (np.arange(_PHASES) + 0.5) / _PHASES - 0.5
        distance = np.arange(-reach, reach + 1) - offsets[:, None]
        profile = np.exp(-(distance**2) / (2 * sigma_px**2))
        self._spots = _image(_GLINT_GRAY * np.einsum("pi,qj->pqij", profile, profile))

    def add(self, image: Image, x: float, y: float) -> None:
        """Add the light at (x, y) in pixels, unless the image's edge cuts it."""
        column, row, reach = math.floor(x + 0.5), math.floor(y + 0.5), self._reach
        if min(row, column) < reach:
            return
        part = image[row - reach : row + reach + 1, column - reach : column + reach + 1]
        if part.shape == self._spots.shape[2:]:
            part += self._spots[int((y - row + 0.5) * _PHASES), int((x - column + 0.5) * _PHASES)]


class SensorNoise:
    """Gaussian noise from one precomputed field, cut out elsewhere for every frame."""

    def __init__(self, size: int, sigma: float, rng: np.random.Generator) -> None:
        self._size = size
        field = np.rint(rng.normal(0.0, sigma, 2 * (size + _NOISE_MARGIN,)))
        self._more = np.clip(field, 0, 255).astype(np.uint8)
        self._less = np.clip(-field, 0, 255).astype(np.uint8)

    def add(self, clean: Picture, index: int) -> Picture:
        """Return a new picture: ``clean`` with the noise of the frame with this index."""
        place = (index * 2654435761) & 0xFFFFFFFF
        row, column = (place >> 11) % _NOISE_MARGIN, (place >> 22) % _NOISE_MARGIN
        cut = (slice(row, row + self._size), slice(column, column + self._size))
        more = cv2.add(clean, self._more[cut])
        return np.asarray(cv2.subtract(more, self._less[cut]), np.uint8)


def _fibres(across: float, along: float, rng: np.random.Generator) -> Image:
    rows, columns = 96, 768
    field = np.hstack([rng.normal(size=(rows, columns))] * 3)
    smooth = cv2.GaussianBlur(field, (0, 0), sigmaX=across, sigmaY=along)
    middle = smooth[:, columns : 2 * columns]
    return _image(middle / middle.std())


def _clouds(shape: tuple[int, int], sigma: float, rng: np.random.Generator) -> Image:
    field = cv2.GaussianBlur(rng.normal(size=shape), (0, 0), sigma)
    return _image(field / field.std())


def _image(array: ArrayLike) -> Image:
    return np.ascontiguousarray(array, dtype=np.float32)
