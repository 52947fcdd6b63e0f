"""What the camera sees of the globe: sclera, iris, pupil, and lights on the cornea."""

from __future__ import annotations

import math

import cv2
import numpy as np

from gazed_plugins.simulated_headset import textures
from gazed_plugins.simulated_headset.geometry import (
    Camera,
    EyeModel,
    Floats,
    circle,
    iris_coordinates,
    reflected,
)
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.interpolation import nodes, spread
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.textures import Image
from gazed_plugins.simulated_headset.wearer import EyeState

Box = tuple[slice, slice]

_LIGHTS_MM = np.array([[9.0, 5.0, 2.0], [-9.0, 6.0, 2.0]])
_WINDOW_MM = np.array([[-30.0, -34, 0], [-4, -36, 0], [-6, -14, 4], [-26, -12, 4]])
_LIMBUS_SOFT_MM = 0.5
_SUBPIXEL_BITS = 4


class Eyeball:
    """One eye of one person without lids.

    The pupil's edge is where the pixels' rays, refracted by the cornea, meet the edge of
    the pupil: a pixel is dark by how far it lies within, to first order in that distance.
    Iris and limbus are soft and traced on a coarser grid.
    """

    def __init__(
        self, eye: int, camera: Camera, model: EyeModel, look: Look, rng: np.random.Generator
    ) -> None:
        self._camera = camera
        self._model = model
        self._look = look
        self._scale = camera.size / 192
        self._step = 4 if camera.size <= 200 else 8
        self._iris = look.iris + look.iris_texture * textures.iris(rng)
        self._glints = textures.Spot(1.3 * self._scale)
        upright = np.array([1.0, 1.0 if eye == 1 else -1.0, 1.0])
        self._lights = np.concatenate([_LIGHTS_MM[: look.glints], _WINDOW_MM]) * upright
        coarse = np.arange(0, camera.size, self._step) + (self._step - 1) / 2
        self._rays = camera.grid(coarse, coarse)
        self._sclera_center: Vector | None = None
        self._sclera: Image = np.empty((0, 0), np.float32)

    def drawn(self, state: EyeState, rows: slice) -> Image:
        """Return the globe (size, size), complete in ``rows``."""
        image = self._bare(state.center).copy()
        center, normal = np.array(state.center), np.array(state.normal)
        box = self._limbus_box(center, normal, rows)
        part = image[box]
        if part.size == 0:
            return image
        around = self._draw_iris(part, box, center, normal, state.pupil_diameter_mm / 2)
        self._draw_pupil(image[around], around, center, normal, state.pupil_diameter_mm / 2)
        self._blur_motion(part, center, normal, np.array(state.turn))
        self._draw_reflections(image, center, normal)
        return image

    def _bare(self, center: Vector) -> Image:
        # Lambert's shading of the globe by a light at the camera.
        if center != self._sclera_center:
            pixels = np.arange(self._camera.size, dtype=np.float64)
            along = np.einsum("i,ijk->jk", np.array(center), self._camera.grid(pixels, pixels))
            radius = self._model.globe_radius
            facing = np.sqrt(np.maximum(along**2 - math.dist(center, (0, 0, 0)) ** 2 + radius**2, 0))
            shade = self._look.sclera * (0.55 + 0.45 * facing / radius)
            self._sclera_center, self._sclera = center, shade.astype(np.float32)
        return self._sclera

    def _limbus_box(self, center: Floats, normal: Floats, rows: slice) -> Box:
        rim = center + self._model.pupil_distance * normal
        outline = self._camera.project(circle(rim, normal, self._model.limbus_radius, 16))
        top, left, bottom, right = self._bounds(outline, 6 * self._scale)
        top, bottom = max(top, rows.start), min(bottom, rows.stop)
        step = self._step
        down, across = ((low // step * step, -(-high // step) * step) for low, high in ((top, bottom), (left, right)))
        return slice(down[0], max(*down)), slice(across[0], max(*across))

    def _draw_iris(self, part: Image, box: Box, center: Floats, normal: Floats, pupil: float) -> Box:
        # Returns the box around the pupil.
        place, soft, dark = self._iris_map(box, center, normal, pupil)
        iris = cv2.remap(
            self._iris, self._finer(place), None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        iris -= part
        iris *= self._finer(soft)
        part += iris
        return self._box_of(dark, box)
