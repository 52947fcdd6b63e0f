"""What the camera sees of the globe: sclera, iris, pupil, and lights on the cornea."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.simulated_headset import textures
from gazed_plugins.simulated_headset.geometry import (
    Camera,
    EyeModel,
    Floats,
    iris_coordinates,
    reflected,
)
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.look import Look
from gazed_plugins.simulated_headset.textures import Image
from gazed_plugins.simulated_headset.wearer import EyeState

Box = tuple[slice, slice]

_LIGHTS_MM = np.array([[9.0, 5.0, 2.0], [-9.0, 6.0, 2.0]])
_WINDOW_MM = np.array([[-30.0, -34, 0], [-4, -36, 0], [-6, -14, 4], [-26, -12, 4]])
_LIMBUS_SOFT_MM, _SILHOUETTE_SOFT_MM = 0.5, 0.3
_PUPIL_MARGIN_MM = 0.5
_SUBPIXEL_BITS = 4


class Eyeball:
    """One eye of one person without lids.

    Each pixel's ray is traced through the cornea to the pupil's plane; the pixel is dark by
    how far it lies within the pupil's edge, to first order in that distance. Iris and
    limbus are soft and traced for every second pixel only.
    """

    def __init__(
        self, eye: int, camera: Camera, model: EyeModel, look: Look, rng: np.random.Generator
    ) -> None:
        self._camera = camera
        self._model = model
        self._look = look
        self._scale = camera.size / 192
        self._iris = look.iris + look.iris_texture * textures.iris(rng)
        self._spot = textures.Spot(1.3 * self._scale)
        upright = np.array([1.0, 1.0 if eye == 1 else -1.0, 1.0])
        self._lights = np.concatenate([_LIGHTS_MM[: look.glints], _WINDOW_MM]) * upright
        lines = np.arange(0.0, camera.size)
        self._rays = camera.grid(lines).astype(np.float32)
        self._coarse_rays = camera.grid(lines[::2] + 0.5).astype(np.float32)
        self._sclera_center: Vector | None = None
        self._sclera = self._coarse_sclera = np.empty((0, 0), np.float32)

    def drawn(self, state: EyeState, rows: slice) -> Image:
        """Return the globe (size, size), complete in ``rows``."""
        image = self._bare(state.center).copy()
        center, normal = np.array(state.center), np.array(state.normal)
        radius = state.pupil_diameter_mm / 2
        box = self._limbus_box(center, normal, rows)
        if image[box].size:
            pupil_box = self._draw_iris(image, box, center, normal, radius)
            self._draw_pupil(image, pupil_box, center, normal, radius)
            self._blur_motion(image, box, center, normal, np.array(state.turn))
            self._draw_reflections(image, center, normal)
        return image

    def _bare(self, center: Vector) -> Image:
        # Lambert's shading of the globe by a light at the camera.
        if center != self._sclera_center:
            along = np.einsum("i,ijk->jk", np.array(center, np.float32), self._rays)
            radius = self._model.globe_radius
            room = along**2 - math.dist(center, (0, 0, 0)) ** 2 + radius**2
            facing = np.sqrt(np.maximum(room, 0)) / radius
            self._sclera_center = center
            self._sclera = np.float32(self._look.sclera) * (0.55 + 0.45 * facing)
            self._coarse_sclera = np.ascontiguousarray(self._sclera[::2, ::2])
        return self._sclera

    def _limbus_box(self, center: Floats, normal: Floats, rows: slice) -> Box:
        # At least as large as the limbus: its half width and height, at its nearest depth.
        limbus = self._model.limbus_radius
        x, y, z = (center + self._model.pupil_distance * normal).tolist()
        wide, high, deep = (limbus * np.sqrt(1 - normal * normal)).tolist()
        zoom, near, middle = self._camera.focal_length_px, z - deep, self._camera.size / 2
        column, row = middle + zoom * x / z, middle + zoom * y / z
        wide, high = zoom * wide / near, zoom * high / near
        return (
            self._side(max(row - high, rows.start), min(row + high, rows.stop)),
            self._side(column - wide, column + wide),
        )

    def _side(self, low: float, high: float) -> slice:
        # From an even pixel to an even one.
        size = self._camera.size
        start = min(max(2 * math.floor(low / 2), 0), size)
        return slice(start, min(max(2 * math.ceil(high / 2), start), size))

    def _draw_iris(
        self, image: Image, box: Box, center: Floats, normal: Floats, pupil: float
    ) -> Box:
        # The iris stretches between the pupil's edge and the limbus; returns the pupil's box.
        half = (
            slice(box[0].start // 2, box[0].stop // 2),
            slice(box[1].start // 2, box[1].stop // 2),
        )
        rays = self._coarse_rays[:, half[0], half[1]]
        shape = rays.shape[1:]
        plane, inside = iris_coordinates(rays.reshape(3, -1), center, normal, self._model)
        radius, limbus = cv2.magnitude(*plane).ravel(), self._model.limbus_radius
        inner = limbus * textures.PUPIL_IN_TEXTURE
        stretched = (limbus - inner) / (limbus - pupil) * (radius - pupil) + inner
        plane *= textures.IRIS_RADIUS_PX / limbus * stretched / np.maximum(radius, 1e-6)
        plane += textures.IRIS_PX / 2
        share = (limbus + _LIMBUS_SOFT_MM / 2 - radius) / _LIMBUS_SOFT_MM
        share = np.minimum(share, inside / _SILHOUETTE_SOFT_MM).clip(0, 1).reshape(shape)
        x, y = plane.reshape(2, *shape)
        iris = np.asarray(cv2.remap(self._iris, x, y, cv2.INTER_LINEAR), np.float32)
        blend = share * iris + (1 - share) * self._coarse_sclera[half]
        image[box] = cv2.resize(blend, (0, 0), fx=2, fy=2)
        return self._pupil_box((radius < pupil + _PUPIL_MARGIN_MM).reshape(shape), box)

    def _pupil_box(self, dark: NDArray[np.bool_], box: Box) -> Box:
        rows, columns = np.nonzero(dark)
        if not len(rows):
            return slice(0, 0), slice(0, 0)
        return _around(rows, box[0].start), _around(columns, box[1].start)

    def _draw_pupil(
        self, image: Image, box: Box, center: Floats, normal: Floats, pupil: float
    ) -> None:
        part = image[box]
        if not part.size:
            return
        rays = self._rays[:, box[0], box[1]].reshape(3, -1)
        plane, _ = iris_coordinates(rays, center, normal, self._model)
        beyond = cv2.magnitude(plane[0], plane[1]).reshape(part.shape)
        slope = cv2.magnitude(
            cv2.Sobel(beyond, cv2.CV_32F, 1, 0, scale=1 / 8),
            cv2.Sobel(beyond, cv2.CV_32F, 0, 1, scale=1 / 8),
        )
        beyond -= np.float32(pupil)
        beyond /= np.maximum(slope, 1e-4)
        beyond += 0.5
        np.clip(beyond, 0, 1, out=beyond)
        part -= self._look.pupil
        part *= beyond
        part += self._look.pupil

    def _blur_motion(
        self, image: Image, box: Box, center: Floats, normal: Floats, turn: Floats
    ) -> None:
        if not turn.any():
            return
        moved = 0.5 * self._look.exposure * turn
        pupils = center + self._model.pupil_distance * np.stack([normal - moved, normal + moved])
        before, after = self._camera.project(pupils)
        if math.dist(before, after) > 0.2:
            image[box] = cv2.filter2D(image[box], -1, textures.streak(after - before))

    def _draw_reflections(self, image: Image, center: Floats, normal: Floats) -> None:
        cornea = center + self._model.cornea_distance * normal
        lights = self._lights if self._look.reflection else self._lights[: self._look.glints]
        spots = reflected(lights, cornea, self._model)
        pixels = self._camera.project(spots)
        if self._look.reflection:
            self._draw_window(image, pixels[self._look.glints :])
        limbus = self._model.pupil_distance - self._model.cornea_distance
        on_cornea = ((spots - cornea) @ normal > limbus).tolist()
        for glint in range(self._look.glints):
            if on_cornea[glint]:
                self._spot.add(image, *pixels[glint].tolist())

    def _draw_window(self, image: Image, corners: Floats) -> None:
        reach = 4 * self._scale
        low, high = corners.min(axis=0) - reach, corners.max(axis=0) + reach
        (left, top), (right, bottom) = (
            np.clip([low, high], 0, self._camera.size).astype(int).tolist()
        )
        part = image[top:bottom, left:right]
        if not part.size:
            return
        mask = np.zeros(part.shape, np.uint8)
        corners = np.rint((corners - (left, top)) * (1 << _SUBPIXEL_BITS)).astype(np.int32)
        cv2.fillConvexPoly(mask, corners, self._look.reflection, cv2.LINE_AA, _SUBPIXEL_BITS)
        part += cv2.GaussianBlur(mask, (0, 0), 1.2 * self._scale)


def _around(cells: NDArray[np.intp], start: int) -> slice:
    return slice(start + 2 * int(cells.min()), start + 2 * int(cells.max()) + 2)
