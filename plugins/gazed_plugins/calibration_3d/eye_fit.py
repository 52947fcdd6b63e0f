"""One eye's pose: a rotation, and a position that may differ from what the client says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.fixations import Fixations
from gazed_plugins.calibration_3d.vectors import Floats, cross_matrix, rotation_of, unit

POSITION_SPREAD_MM = (2.0, 1.5, 3.0)
"""How far, usually, an eyeball is from where the client says: half a pupillary distance is off
by 2 mm (Dodgson 2004: its standard deviation is 3.7 mm), and headsets sit high, low or away."""

_TUKEY = 4.685
_LEAST_ERROR, _MOST_ERROR = np.radians(0.15), np.radians(1.0)
_ROUNDS = 12


@dataclass(frozen=True, slots=True, eq=False)
class EyePose:
    """How an eye camera's directions become the service's: rotation (3, 3), position (3,) in mm.

    ``say`` (k,) is what each fixation contributes, 0 for outliers to 1.
    """

    rotation: Floats
    position: Floats
    say: Floats


def fit_eye(seen: Fixations, rotation: Floats, position: Floats) -> EyePose:
    """Fit an eye's pose to its fixations, beginning with ``rotation``.

    Minimises the sum of Tukey's loss of ``R n - (g - e) / |g - e|`` over the fixations, in units
    of their own usual error, plus ``|(e - position) / spread|^2``: reweighted Gauss-Newton steps.
    """
    eye, say = position.copy(), np.ones(len(seen))
    bound = np.diag(1.0 / np.array(POSITION_SPREAD_MM) ** 2)
    for _ in range(_ROUNDS):
        errors, jacobian = _linearised(seen, rotation, eye)
        away = np.linalg.norm(errors, axis=1)
        usual = _usual_error(away)
        say = np.maximum(1.0 - (away / (_TUKEY * usual)) ** 2, 0.0) ** 2
        scaled = (say * seen.weights)[:, None, None] * jacobian / usual**2
        information = np.einsum("kir,kis->rs", scaled, jacobian)
        pull = np.einsum("kir,ki->r", scaled, errors)
        information[3:, 3:] += bound
        pull[3:] += bound @ (eye - position)
        step = -np.linalg.solve(information + 1e-9 * np.eye(6), pull)
        rotation = rotation_of(step[:3]) @ rotation
        eye = eye + step[3:]
    return EyePose(rotation, eye, say)


def _linearised(seen: Fixations, rotation: Floats, eye: Floats) -> tuple[Floats, Floats]:
    """Return the errors (k, 3), and what they change by with rotation and position (k, 3, 6)."""
    lines = seen.positions - eye
    distances = np.linalg.norm(lines, axis=1)[:, None, None]
    wanted = unit(lines)
    turned = seen.normals @ rotation.T
    across = np.eye(3) - wanted[:, :, None] * wanted[:, None, :]
    jacobian = np.concatenate([-cross_matrix(turned), across / distances], axis=2)
    return turned - wanted, jacobian


def _usual_error(away: Floats) -> float:
    # The median of an error in two directions is 1.18 of the standard deviation of one.
    usual = float(np.median(away)) / 1.1774
    return float(np.clip(usual, _LEAST_ERROR, _MOST_ERROR))
