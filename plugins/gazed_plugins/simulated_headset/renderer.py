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
)
from gazed_plugins.simulated_headset.lids import LidPose, Lids
from gazed_plugins.simulated_headset.look import LOOKS, Look
from gazed_plugins.simulated_headset.textures import Image, Picture
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
        self._vignette = textures.vignette(size, rng)
        self._noise = textures.SensorNoise(size, look.noise, int(rng.integers(2**32)))
        self._blur = look.blur_px * size / 192
        self._reach = 2 * (2 * math.ceil(3 * self._blur) + 1,)
        self._cache: OrderedDict[EyeState, tuple[Picture, Truth]] = OrderedDict()
        self._room = max(1, cache_bytes // size**2)

    def frame(
        self, state: EyeState, index: int, timestamp: float, received: float | None = None
    ) -> tuple[Frame, Truth]:
        """Return the picture of a state with the noise of frame ``index``, and its truth."""
        clean, truth = self.clean(state)
        frame = Frame(
            eye=state.eye,
            index=index,
            timestamp=timestamp,
            received=timestamp if received is None else received,
            gray=self._noise.add(clean, index),
            focal_length_px=self.camera.focal_length_px,
        )
        return frame, truth

    def clean(self, state: EyeState) -> tuple[Picture, Truth]:
        """Return the picture (size, size) without noise, not to be written to, and its truth."""
        known = self._cache.get(state)
        if known is not None:
            self._cache.move_to_end(state)
            return known
        drawn = self._drawn(state)
        self._cache[state] = drawn
        if len(self._cache) > self._room:
            self._cache.popitem(last=False)
        return drawn

    def _drawn(self, state: EyeState) -> tuple[Picture, Truth]:
        exits = pupil_exits(
            np.array(state.center), np.array(state.normal), state.pupil_diameter_mm, self._model
        )
        outline = self.camera.project(exits)
        pose = self._lids.pose(state)
        image = self._eyeball.drawn(state, outline)
        factor, light = self._face.veil(pose)
        image *= factor
        image += light
        return self._taken(image), self._truth(state, pose, exits, outline)

    def _taken(self, image: Image) -> Picture:
        blurred = cv2.GaussianBlur(image, self._reach, self._blur)
        picture: Picture = cv2.multiply(blurred, self._vignette, dtype=cv2.CV_8U)
        return picture

    def _truth(self, state: EyeState, pose: LidPose, exits: Floats, outline: Floats) -> Truth:
        shown = ~self._lids.hidden(pose, outline)
        shown &= ((outline >= -0.5) & (outline <= self.camera.size - 0.5)).all(axis=1)
        shown &= self._through_cornea(state, exits)
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

    def _through_cornea(self, state: EyeState, exits: Floats) -> NDArray[np.bool_]:
        beyond: NDArray[np.bool_] = (
            exits - state.center
        ) @ state.normal > self._model.pupil_distance
        return beyond
