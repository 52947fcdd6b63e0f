"""Frames and their truth as fast as they can be drawn, for tests and benchmarks."""

from __future__ import annotations

from collections.abc import Iterator

from gazed import Frame
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.truth import Truth
from gazed_plugins.simulated_headset.wearer import Wearer


def sequence(
    level: Level = "easy",
    size: int = 192,
    seconds: float = 1.0,
    frame_rate: float = 200.0,
    seed: int = 0,
    eye: int = 0,
) -> Iterator[tuple[Frame, Truth]]:
    """Yield the frames that one eye camera takes of a freely viewing person, from time 0 on.

    Each seed is another person. Timestamps are those of the middle of the exposure.
    """
    look = LOOKS[level]
    renderer = Renderer(eye, size, look, seed)
    wearer = Wearer(seed, blinks_per_minute=look.blinks_per_minute, opening=look.opening)
    for index in range(round(seconds * frame_rate)):
        timestamp = index / frame_rate
        state = wearer.state(eye, timestamp)
        yield renderer.frame(state, index, timestamp), renderer.truth(state)
