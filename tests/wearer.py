"""A wearer who follows targets in a display, and a client who calibrates with it on a bench."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from harness import Bench, a_pupil

from gazed import Point, Pupil

NINE = [(x, y) for x in (0.2, 0.5, 0.8) for y in (0.2, 0.5, 0.8)]
_RATE = 120
_PER_TARGET = 24


class Wearer:
    """Looks at each target for a fifth of a second, with both eyes or one; half a pixel of noise.

    ``targets`` are shown to the wearer, who really looks at ``looked_at``, the same by
    default. ``pupils`` and ``references`` are the data that come of it, from 100 s on.
    """

    def __init__(
        self,
        targets: Sequence[Point] = NINE,
        looked_at: Sequence[Point] | None = None,
        eyes: Sequence[int] = (0, 1),
        confidence: float = 1.0,
        seed: int = 1,
    ) -> None:
        self._dice = random.Random(seed)
        self.pupils: list[Pupil] = []
        self.references: list[dict[str, Any]] = []
        for k, (target, place) in enumerate(zip(targets, looked_at or targets, strict=True)):
            for i in range(_PER_TARGET):
                timestamp = 100.0 + k * 0.5 + i / _RATE
                self.references.append({"norm_pos": list(target), "timestamp": timestamp})
                self.pupils += [self._seen(eye, place, timestamp, confidence) for eye in eyes]

    def _seen(self, eye: int, place: Point, timestamp: float, confidence: float) -> Pupil:
        x, y = (value + self._dice.gauss(0.0, 0.5 / 192) for value in pupil_at(eye, place))
        return a_pupil(eye, timestamp + 0.002 * eye, confidence, norm_pos=(x, y))


def pupil_at(eye: int, place: Point) -> Point:
    """Return norm_pos of an eye's pupil when it looks at a place in the viewport."""
    u, v = place[0] - 0.5, place[1] - 0.5
    x = 0.5 + (0.30 - 0.05 * eye) * u + 0.04 * u * v
    return (x, 0.45 + 0.05 * eye + 0.25 * v - 0.05 * u * u)


def calibrate(
    bench: Bench,
    wearer: Wearer,
    references: Sequence[Mapping[str, Any]] | None = None,
    **settings: Any,
) -> None:
    """Do what a client does to calibrate, and wait for the end."""
    bench.send("calibration.should_start", **settings)
    for pupil in wearer.pupils:
        bench.deliver_pupil(pupil)
    shown = wearer.references if references is None else references
    bench.send("calibration.add_ref_data", ref_data=shown)
    bench.send("calibration.should_stop")
    bench.settle()
