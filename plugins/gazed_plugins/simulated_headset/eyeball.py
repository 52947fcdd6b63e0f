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
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.textures import Image
from gazed_plugins.simulated_headset.wearer import EyeState

Box = tuple[slice, slice]

_LIGHTS_MM = np.array([[9.0, 5.0, 2.0], [-9.0, 6.0, 2.0]])
_WINDOW_MM = np.array([[-30.0, -34.0, 0.0], [-4.0, -36.0, 0.0], [-6.0, -14.0, 4.0], [-26.0, -12.0, 4.0]])
_LIMBUS_SOFT_MM = 0.5
_SUBPIXEL_BITS = 4


class Eyeball:
    """One eye of one person without lids.

    The pupil's edge is drawn by tracing each pixel's ray through the cornea: a pixel is
    dark by how far it lies within the edge, to first order in its distance. Iris and limbus
    are soft and traced on a grid of every fourth pixel (eighth in large pictures).
    """

    def __init__(
        self, eye: int, camera: Camera, model: EyeModel, look: Look, rng: np.random.Generator
    ) -> None:
        self._camera = camera
        self._model = model
        self._look = look
        self._scale = camera.size / 192
        self._grid = 4 if camera.size <= 200 else 8
        self._iris = look.iris + look.iris_texture * textures.iris(rng)
        upright = np.array([1.0, 1.0 if eye == 1 else -1.0, 1.0])
        self._lights = np.concatenate([_LIGHTS_MM[: look.glints], _WINDOW_MM]) * upright
        self._sclera_center: Vector | None = None
        self._sclera: Image = np.empty(0, np.float32)
        pixels = np.arange(camera.size, dtype=np.float64)
        self._rays = self._rays_at(pixels)
        self._coarse_rays = self._rays_at(pixels[:: self._grid] + (self._grid - 1) / 2)

    def drawn(self, state: EyeState, outline: Floats) -> Image:
        """Return the globe (size, size); ``outline`` is the pupil's, in pixels."""
        image = self._bare(state.center).copy()
        center, normal = np.array(state.center), np.array(state.normal)
        self._draw_iris(image, center, normal, state.pupil_diameter_mm / 2)
        self._draw_pupil(image, center, normal, state.pupil_diameter_mm / 2, outline)
        self._blur_motion(image, center, normal, np.array(state.turn))
        self._draw_reflections(image, center, normal)
        return image

    def _bare(self, center: Vector) -> Image:
        if center != self._sclera_center:
            self._sclera_center = center
            self._sclera = self._globe(np.array(center))
        return self._sclera

    def _globe(self, center: Floats) -> Image:
        # Lambert's shading of the globe by a light at the camera.
        along = np.einsum("i,ijk->jk", center, self._rays.astype(np.float64))
        room = along**2 - (center @ center - self._model.globe_radius**2)
        depth = along - np.sqrt(np.maximum(room, 0))
        facing = (along - depth) / self._model.globe_radius
        return (self._look.sclera * (0.55 + 0.45 * facing)).astype(np.float32)

    def _rays_at(self, pixels: Floats) -> Image:
        y, x = np.meshgrid(pixels, pixels, indexing="ij")
        rays = self._camera.rays(x.ravel(), y.ravel()).astype(np.float32)
        return rays.reshape(3, len(pixels), len(pixels))

    def _draw_iris(self, image: Image, center: Floats, normal: Floats, pupil: float) -> None:
        rim = center + self._model.pupil_distance * normal
        outline = self._camera.project(circle(rim, normal, self._model.limbus_radius, 16))
        box = self._box(outline, 4 * self._scale, self._grid)
        place, soft = self._iris_map(box, center, normal, pupil)
        place, soft = (cv2.resize(map_, None, fx=self._grid, fy=self._grid) for map_ in (place, soft))
        iris = cv2.remap(self._iris, place, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        part = image[box]
        iris -= part
        iris *= soft
        part += iris

    def _iris_map(
        self, box: Box, center: Floats, normal: Floats, pupil: float
    ) -> tuple[Image, Image]:
        # Where in the texture (rows, columns, 2) and how much iris (rows, columns) there is.
        # The iris stretches between the pupil's edge and the limbus.
        coarse = [slice(side.start // self._grid, side.stop // self._grid) for side in box]
        rays = self._coarse_rays[:, coarse[0], coarse[1]]
        plane, inside = iris_coordinates(rays.reshape(3, -1), center, normal, self._model)
        radius = np.hypot(*plane)
        limbus = self._model.limbus_radius
        inner = limbus * textures.PUPIL_IN_TEXTURE
        stretched = inner + (radius - pupil) * ((limbus - inner) / (limbus - pupil))
        plane *= stretched / radius * (textures.IRIS_RADIUS_PX / limbus)
        plane += textures.IRIS_PX / 2
        soft = np.minimum((limbus - radius) / _LIMBUS_SOFT_MM + 0.5, inside / 0.3).clip(0, 1)
        place = plane.T.astype(np.float32, "C")
        return place.reshape(*rays.shape[1:], 2), soft.astype(np.float32).reshape(rays.shape[1:])

    def _draw_pupil(
        self, image: Image, center: Floats, normal: Floats, radius: float, outline: Floats
    ) -> None:
        box = self._box(outline, 3.0, 1)
        part = image[box]
        if part.size == 0:
            return
        rays = self._rays[:, box[0], box[1]].reshape(3, -1)
        (u, v), _ = iris_coordinates(rays, center, normal, self._model)
        beyond = np.hypot(u, v).reshape(part.shape)
        slope = cv2.magnitude(
            cv2.Sobel(beyond, cv2.CV_32F, 1, 0, scale=1 / 8),
            cv2.Sobel(beyond, cv2.CV_32F, 0, 1, scale=1 / 8),
        )
        beyond -= np.float32(radius)
        beyond /= np.maximum(slope, 1e-4)
        iris_share = np.clip(beyond + 0.5, 0, 1)
        part -= self._look.pupil
        part *= iris_share
        part += self._look.pupil

    def _blur_motion(self, image: Image, center: Floats, normal: Floats, turn: Floats) -> None:
        moved = 0.5 * self._look.exposure * turn
        pupils = center + self._model.pupil_distance * np.stack([normal - moved, normal + moved])
        before, after = self._camera.project(pupils)
        if math.dist(before, after) > 0.2:
            image[:] = cv2.filter2D(image, -1, _streak(after - before))

    def _draw_reflections(self, image: Image, center: Floats, normal: Floats) -> None:
        cornea = center + self._model.cornea_distance * normal
        spots = reflected(self._lights, cornea, self._model)
        pixels = self._camera.project(spots)
        if self._look.reflection:
            self._draw_window(image, pixels[-len(_WINDOW_MM) :])
        limbus = self._model.pupil_distance - self._model.cornea_distance
        on_cornea = (spots - cornea) @ normal > limbus
        for (x, y), shines in zip(pixels[: self._look.glints].tolist(), on_cornea, strict=False):
            if shines:
                self._draw_glint(image, x, y)

    def _draw_window(self, image: Image, corners: Floats) -> None:
        box = self._box(corners, 6 * self._scale, 1)
        part = image[box]
        if part.size == 0:
            return
        mask = np.zeros(part.shape, np.float32)
        corners = (corners - (box[1].start, box[0].start)) * (1 << _SUBPIXEL_BITS)
        corners = np.rint(corners).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, self._look.reflection, cv2.LINE_AA, _SUBPIXEL_BITS)
        part += cv2.GaussianBlur(mask, (0, 0), 1.5 * self._scale)

    def _draw_glint(self, image: Image, x: float, y: float) -> None:
        sigma = 1.1 * self._scale
        box = self._box(np.array([[x, y]]), 4 * sigma, 1)
        rows, columns = (np.arange(side.start, side.stop) for side in box)
        across = np.exp(-((columns - x) ** 2) / (2 * sigma**2))
        image[box] += 380 * np.exp(-((rows[:, None] - y) ** 2) / (2 * sigma**2)) * across

    def _box(self, points: Floats, margin: float, step: int) -> Box:
        left, top = ((low - margin) // step for low in points.min(axis=0).tolist())
        right, bottom = (-((-high - margin) // step) for high in points.max(axis=0).tolist())
        size = self._camera.size
        top, bottom, left, right = (
            min(max(int(side) * step, 0), size) for side in (top, bottom, left, right)
        )
        return slice(top, bottom), slice(left, right)


def _streak(way: Floats) -> Image:
    # A line of points on the way, each shared out to its four pixels: symmetric, so that
    # motion blur moves no centre.
    reach = math.ceil(float(np.abs(way).max()) / 2) + 1
    kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.float32)
    for share in (np.arange(33) - 16) / 33:
        x, y = reach + share * way
        column, row = math.floor(x), math.floor(y)
        right, down = x - column, y - row
        kernel[row : row + 2, column : column + 2] += np.outer((1 - down, down), (1 - right, right))
    return kernel / kernel.sum()
