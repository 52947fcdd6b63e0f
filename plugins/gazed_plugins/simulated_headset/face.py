"""What lies over the globe: skin, lids, their shadows, lashes."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.simulated_headset import textures
from gazed_plugins.simulated_headset.geometry import Camera
from gazed_plugins.simulated_headset.lids import LidPose, Lids
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.textures import Image, Picture

_LASH_GRAY = 22.0
_STEPS_PER_PX = 3.0
_SUBPIXEL_BITS = 4


class Face:
    """The face of one person around one eye, as a veil over the picture of the globe."""

    def __init__(
        self, eye: int, camera: Camera, look: Look, lids: Lids, rng: np.random.Generator
    ) -> None:
        self._lids = lids
        self._look = look
        self._scale = camera.size / 192
        skin = look.skin * textures.skin(camera.size, rng)
        self._skin = skin if eye == 1 else np.ascontiguousarray(skin[::-1])
        self._columns = np.arange(camera.size, dtype=np.float64)
        self._tables = _lid_tables()
        self._pose: LidPose | None = None
        self._veil: tuple[Image, Image] = (self._skin, self._skin)

    def veil(self, pose: LidPose) -> tuple[Image, Image]:
        """Return images (factor, light): the picture is globe * factor + light.

        The last one is kept, because lids rest while the pupil and the eye drift.
        """
        if pose != self._pose:
            self._veil = self._drawn(pose)
            self._pose = pose
        return self._veil

    def _drawn(self, pose: LidPose) -> tuple[Image, Image]:
        upper, lower = self._table_indices(pose)
        skin_tables, globe_tables = self._tables
        light = cv2.LUT(lower, skin_tables[1])
        light *= cv2.LUT(upper, _SHOWN)
        light += cv2.LUT(upper, skin_tables[0])
        light *= self._skin
        factor = cv2.LUT(upper, globe_tables[0])
        factor *= cv2.LUT(lower, globe_tables[1])
        return self._with_lashes(pose, factor, light)

    def _table_indices(self, pose: LidPose) -> tuple[Picture, Picture]:
        upper, lower = self._lids.edges(pose, self._columns)
        return self._table_index(-upper, 1.0), self._table_index(lower, -1.0)

    def _table_index(self, offset: NDArray[np.float64], down: float) -> Picture:
        # In whole steps of distance below (or above) the edge; 128 is on it.
        steps = self._lids.downward * _STEPS_PER_PX / self._scale
        rows = np.rint(steps * down * self._columns).astype(np.int16)
        index = rows[:, None] + np.rint(steps * offset + 128).clip(-8000, 8000).astype(np.int16)
        return np.clip(index, 0, 255, out=index).astype(np.uint8)

    def _with_lashes(self, pose: LidPose, factor: Image, light: Image) -> tuple[Image, Image]:
        hairs = np.rint(self._lids.lashes(pose) * (1 << _SUBPIXEL_BITS)).astype(np.int32, "C")
        mask = np.zeros(factor.shape, np.uint8)
        width = max(1, round(self._scale))
        cv2.polylines(mask, list(hairs), False, 255, width, cv2.LINE_AA, _SUBPIXEL_BITS)
        shade = cv2.blur(mask, (width + 2, width + 2))
        through = cv2.LUT(shade, _ramp(1.0, 1.0 - self._look.lash_darkness))
        factor *= through
        light *= through
        light += (1 - through) * _LASH_GRAY
        return factor, light


def _ramp(first: float, last: float) -> Image:
    return np.linspace(first, last, 256, dtype=np.float32)


def _lid_tables() -> tuple[tuple[Image, Image], tuple[Image, Image]]:
    # By distance from a lid's edge (in 192 wide pixels): skin over the globe, and what is
    # left of the globe's light in the lid's shadow. First the upper lid, then the lower.
    out = -_DISTANCE
    crease = 1 - 0.25 * np.exp(-(((out - 26) / 4.0) ** 2)) - 0.30 * np.exp(-out.clip(0) / 7)
    wet_rim = 1 - 0.18 * np.exp(-(((out - 9) / 5.0) ** 2)) + 0.15 * np.exp(-(((out - 2) / 2.0) ** 2))
    skin = ((1 - _SHOWN) * crease, (1 - _SHOWN) * wet_rim)
    shadows = (_shadow(0.45, 14.0), _shadow(0.15, 6.0))
    globe = (_SHOWN * shadows[0], _SHOWN * shadows[1])
    return (_single(skin[0]), _single(skin[1])), (_single(globe[0]), _single(globe[1]))


def _shadow(depth: float, reach_px: float) -> NDArray[np.float64]:
    shadow: NDArray[np.float64] = 1 - depth * np.exp(-_DISTANCE.clip(0) / reach_px)
    return shadow


def _single(table: NDArray[np.floating]) -> Image:
    return table.astype(np.float32)


_DISTANCE = (np.arange(256) - 128) / _STEPS_PER_PX
_SHOWN = _single(np.clip(_DISTANCE + 0.5, 0, 1))
