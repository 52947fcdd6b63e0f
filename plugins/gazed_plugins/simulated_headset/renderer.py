"""Turn the state of an eye into the picture its infrared camera takes, and its truth."""

from __future__ import annotations

import math
import random
from collections import OrderedDict

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Frame
from gazed_plugins.simulated_headset import textures
from gazed_plugins.simulated_headset.eyeball import Eyeball
from gazed_plugins.simulated_headset.face import Face
from gazed_plugins.simulated_headset.geometry import (
    STANDARD_EYE,
    Camera,
    EyeModel,
    Floats,
    fit_ellipse,
    pupil_exits,
    seen,
)
from gazed_plugins.simulated_headset.lids import Lids
from gazed_plugins.simulated_headset.look import LOOKS, Look
from gazed_plugins.simulated_headset.textures import Picture
from gazed_plugins.simulated_headset.truth import Truth
from gazed_plugins.simulated_headset.wearer import EyeState

CACHE_BYTES = 30_000_000


class Renderer:
    """The camera in front of one eye of one person.

    The same state gives the same picture but for the sensor's noise, so noise-free pictures
    are kept, the most recent ones, in at most ``cache_bytes``.
    """

    def __init__(
        self,
        eye: int,
        size: int = 192,
        look: Look = LOOKS["easy"],
        seed: int = 0,
        *,
        model: EyeModel = STANDARD_EYE,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self.camera = Camera.of_size(size)
        self._model = model
        rng = np.random.default_rng(random.Random(f"{seed} person {eye}").getrandbits(64))
        self._lids = Lids(eye, self.camera, look, rng)
        self._face = Face(eye, self.camera, look, self._lids, rng)
        self._eyeball = Eyeball(eye, self.camera, model, look, rng)
        self._noise = textures.SensorNoise(size, look.noise, rng)
        self._blur_px = look.blur_px * size / 192
        self._blur_size = 2 * (2 * math.ceil(2.5 * self._blur_px) + 1,)
        self._pictures: OrderedDict[EyeState, Picture] = OrderedDict()
        self._room = max(1, cache_bytes // size**2)
        self._true: tuple[EyeState, Truth] | None = None

    def frame(
        self, state: EyeState, index: int, timestamp: float, received: float | None = None
    ) -> Frame:
        """Return the picture of a state, with the noise of the frame with this index."""
        return Frame(
            eye=state.eye,
            index=index,
            timestamp=timestamp,
            received=timestamp if received is None else received,
            gray=self._noise.add(self.clean(state), index),
            focal_length_px=self.camera.focal_length_px,
        )

    def clean(self, state: EyeState) -> Picture:
        """Return the picture (size, size) of a state without noise; not to be written to."""
        picture = self._pictures.get(state)
        if picture is not None:
            self._pictures.move_to_end(state)
            return picture
        if len(self._pictures) >= self._room:
            self._pictures.popitem(last=False)
        picture = self._pictures[state] = self._drawn(state)
        return picture

    def truth(self, state: EyeState) -> Truth:
        """Return what is true of the picture of a state; the last answer is kept."""
        if self._true is None or self._true[0] != state:
            self._true = (state, self._truth(state))
        return self._true[1]

    def _drawn(self, state: EyeState) -> Picture:
        veil = self._face.veil(self._lids.pose(state))
        globe = self._eyeball.drawn(state, veil.rows)[veil.rows]
        globe *= veil.factor[veil.rows]
        image = veil.light.copy()
        image[veil.rows] += globe
        picture = np.asarray(cv2.convertScaleAbs(image), np.uint8)
        self._face.draw_lashes(picture, veil)
        if self._blur_px:
            cv2.GaussianBlur(picture, self._blur_size, self._blur_px, dst=picture)
        return picture

    def _truth(self, state: EyeState) -> Truth:
        center, normal = np.array(state.center), np.array(state.normal)
        exits = pupil_exits(center, normal, state.pupil_diameter_mm, self._model)
        outline = self.camera.project(exits)
        shown = seen(exits, center, normal, self._model) & self._uncovered(state, outline)
        return Truth(
            eye=state.eye,
            ellipse=fit_ellipse(outline),
            normal=state.normal,
            center=state.center,
            pupil_diameter_mm=state.pupil_diameter_mm,
            opening=state.opening,
            visible_share=float(shown.mean()),
            gaze_point=state.gaze_point,
        )

    def _uncovered(self, state: EyeState, outline: Floats) -> NDArray[np.bool_]:
        inside = ((outline >= -0.5) & (outline <= self.camera.size - 0.5)).all(axis=1)
        return inside & ~self._lids.hidden(self._lids.pose(state), outline)
