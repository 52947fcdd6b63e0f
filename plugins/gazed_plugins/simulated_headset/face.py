"""What lies over the globe: skin, lids, their shadows, lashes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.simulated_headset import textures
from gazed_plugins.simulated_headset.geometry import Camera, Floats
from gazed_plugins.simulated_headset.lids import LidPose, Lids
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.textures import Image, Picture

_STEPS_PER_PX = 3
_EDGE, _INNERMOST = 84, 127
_SUBPIXEL_BITS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """What the lids do to a picture of the globe: it becomes globe * factor + light.

    ``factor`` and ``light`` are (size, size); ``factor`` is zero outside ``rows``.
    ``lashes`` are polylines in sixteenths of a pixel.
    """

    factor: Image
    light: Image
    rows: slice
    lashes: list[NDArray[np.int32]]


class Face:
    """The face of one person around one eye."""

    def __init__(
        self, eye: int, camera: Camera, look: Look, lids: Lids, rng: np.random.Generator
    ) -> None:
        self._lids = lids
        self._look = look
        self._size = camera.size
        self._scale = camera.size / 192
        shade = textures.vignette(camera.size, rng)
        skin = look.skin * textures.skin(camera.size, rng)
        self._shade = shade
        self._skin = shade * (skin if eye == 1 else skin[::-1])
        self._tables = _lid_tables()
        self._columns = np.arange(0.0, camera.size)
        self._steps_per_row = lids.downward * _STEPS_PER_PX * 192 / camera.size
        self._steps = self._rounded(self._columns)[:, None]
        self._pose: LidPose | None = None
        self._veil: Veil | None = None

    def veil(self, pose: LidPose) -> Veil:
        """Return what is seen of the globe with the lids in a pose, and what instead of it.

        The last one is kept, because lids rest while the pupil and the eye drift.
        """
        if self._veil is None or pose != self._pose:
            self._veil = self._drawn(pose)
            self._pose = pose
        return self._veil

    def draw_lashes(self, picture: Picture, veil: Veil) -> None:
        """Draw the lashes into a picture (size, size)."""
        width = max(1, round(self._scale))
        gray = self._look.lash
        cv2.polylines(picture, veil.lashes, False, gray, width, cv2.LINE_AA, _SUBPIXEL_BITS)

    def _drawn(self, pose: LidPose) -> Veil:
        upper, lower = self._lids.edges(pose, self._columns)
        index = self._table_index(upper, lower)
        light, factor = (np.asarray(cv2.LUT(index, table), np.float32) for table in self._tables)
        light *= self._skin
        factor *= self._shade
        hairs = np.rint(self._lids.lashes(pose) * (1 << _SUBPIXEL_BITS)).astype(np.int32, "C")
        return Veil(factor, light, self._rows(upper, lower), list(hairs))

    def _table_index(self, upper: Floats, lower: Floats) -> Picture:
        # Below 128: distance below the upper lid's edge, else above the lower lid's; each
        # pixel belongs to the lid that is nearer, or hides it more.
        below = self._steps - self._rounded(upper) + _EDGE
        above = self._rounded(lower) - self._steps + _EDGE
        nearer = below <= above
        np.clip(below, 0, _INNERMOST, out=below)
        np.clip(above, 0, _INNERMOST, out=above)
        above += 128
        np.copyto(above, below, where=nearer)
        return above.astype(np.uint8)

    def _rounded(self, rows: Floats) -> NDArray[np.int16]:
        steps = np.rint(self._steps_per_row * rows)
        return np.minimum(np.maximum(steps, -9999), 9999).astype(np.int16)

    def _rows(self, upper: Floats, lower: Floats) -> slice:
        ends = (upper, lower) if self._lids.downward > 0 else (lower, upper)
        top, bottom = math.floor(float(ends[0].min())) - 1, math.ceil(float(ends[1].max())) + 2
        return slice(min(max(top, 0), self._size), min(max(bottom, 0), self._size))


def _lid_tables() -> tuple[Image, Image]:
    # By distance from an edge (in pixels of a picture 192 wide): how bright skin is, and how
    # much of the globe's light a lid's shadow leaves.
    inside = (np.arange(128) - _EDGE) / _STEPS_PER_PX
    outside = -inside
    shown = np.clip(inside + 0.5, 0, 1)
    crease = 1 - 0.18 * _bump(outside, 24, 5) - 0.25 * np.exp(-outside.clip(0) / 6)
    wet_rim = 1 - 0.15 * _bump(outside, 10, 5) + 0.12 * _bump(outside, 2, 2.5)
    fade = np.clip(1 - inside / 14, 0, 1) ** 2
    skin = np.concatenate([(1 - shown) * crease, (1 - shown) * wet_rim])
    globe = np.concatenate([shown * (1 - 0.5 * fade), shown * (1 - 0.2 * fade)])
    return skin.astype(np.float32), globe.astype(np.float32)


def _bump(distance: Floats, center: float, width: float) -> Floats:
    bump: Floats = np.exp(-(((distance - center) / width) ** 2))
    return bump
