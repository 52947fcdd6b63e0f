"""A wearer whose 3D pupil data are made from geometry, and what a headset's client sends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from gazed_plugins.calibration_3d.vectors import rotation_of, unit

ROTATIONS = (rotation_of(np.array([0.15, 2.90, 0.05])), rotation_of(np.array([-0.10, 2.80, -0.04])))
"""From the eye cameras' frames to the headset's, y down (spec: calibration 11.1)."""

CENTERS = (np.array([1.0, -0.5, 35.0]), np.array([-1.5, 0.25, 34.0]))
EYES = (np.array([33.0, 0.0, 0.0]), np.array([-33.0, 0.0, 0.0]))
DEPTHS_MM = (600.0, 1000.0, 2000.0)
_ANGLES = ((0, 0), (15, 0), (-15, 0), (0, 12), (0, -12), (10, 8), (-10, -8))

Vector = tuple[float, float, float]


def at(depth: float, right_deg: float, up_deg: float) -> Vector:
    """Return a position in mm as clients send it, y up."""
    right, up = (math.tan(math.radians(angle)) for angle in (right_deg, up_deg))
    return (depth * right, depth * up, depth)


GOLDEN: list[Vector] = [at(depth, *angles) for depth in DEPTHS_MM for angles in _ANGLES]
"""The targets of spec: calibration 11.2."""


def y_down(positions: Sequence[Vector]) -> np.ndarray:
    """Return positions (n, 3) of clients in the service's frame."""
    return np.array(positions) * (1.0, -1.0, 1.0)


def normals_at(eye: int, points: np.ndarray, position: np.ndarray | None = None) -> np.ndarray:
    """Return the normals (n, 3), in its camera's frame, of an eye that looks at points (n, 3)."""
    return unit(points - (EYES[eye] if position is None else position)) @ ROTATIONS[eye]


@dataclass
class Looks:
    """Looks at targets for a second each, from ``begin`` on; both eyes at 120 a second.

    The eyes jump ``latency`` seconds after a target is shown; where ``elsewhere`` has another
    position for a target's number they look there. ``noise_deg`` is each datum's, ``blinks`` are
    times without data. ``center_off`` (mm) is how wrong the eyeballs' centres are at first; they
    become right within the first half.
    """

    targets: Sequence[Vector] = tuple(GOLDEN)
    latency: float = 0.2
    noise_deg: float = 0.1
    elsewhere: dict[int, Vector] = field(default_factory=dict)
    eyes: Sequence[int] = (0, 1)
    blinks: Sequence[tuple[float, float]] = ()
    center_off: Vector = (0.0, 0.0, 0.0)
    seed: int = 1
    begin: float = 100.0

    @property
    def rows(self) -> list[tuple[float, ...]]:
        """Rows as ``row_3d`` makes them of pupil data."""
        dice = np.random.default_rng(self.seed)
        return [row for eye in self.eyes for row in self._rows(eye, dice)]

    @property
    def references(self) -> list[tuple[float, ...]]:
        """References as the fits read them: 40 from 0.1 s after a target is shown."""
        return [
            (-1.0, self.begin + k + when, *target)
            for k, target in enumerate(self.targets)
            for when in np.linspace(0.1, 1.0, 40, endpoint=False)
        ]

    def request(self, **more: object) -> dict[str, object]:
        """Return what the fit process is asked."""
        return {
            "pupils": self.rows,
            "references": self.references,
            "translations": [eye.tolist() for eye in EYES],
            "confidence": 0.8,
            "parity": False,
            **more,
        }

    def _rows(self, eye: int, dice: np.random.Generator) -> list[tuple[float, ...]]:
        seconds = len(self.targets) + 0.3
        times = self.begin + np.arange(0.002 * eye, seconds, 1 / 120)
        for first, last in self.blinks:
            times = times[(times < first) | (times > last)]
        number = np.floor(times - self.begin - self.latency).astype(int)
        number = number.clip(0, len(self.targets) - 1)
        looked = [self.elsewhere.get(k, target) for k, target in enumerate(self.targets)]
        normals = normals_at(eye, y_down(looked)[number])
        normals = unit(normals + dice.normal(0, math.radians(self.noise_deg), normals.shape))
        share = (1.0 - 2.0 * (times - self.begin) / seconds).clip(0.0)
        off = share[:, None] * np.array(self.center_off)
        said = _as_seen_by(CENTERS[eye] + off, CENTERS[eye], normals)
        return [
            (float(eye), float(t), 1.0, 1.0, *center, *normal)
            for t, center, normal in zip(times, CENTERS[eye] + off, said, strict=True)
        ]


def _as_seen_by(believed: np.ndarray, true: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Return the normals that a model with centres (n, 3) would see, for the pupil's own place."""
    radius = 10.392304845413264
    lines = unit(true + radius * normals)
    along = (lines * believed).sum(axis=1)
    root = np.sqrt(along**2 - (believed**2).sum(axis=1) + radius**2)
    return unit((along - root)[:, None] * lines - believed)
