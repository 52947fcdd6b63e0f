"""The pupil's own form: what all outlines of one eye have in common that no circle explains.

Pupils are oval by a percent or so (Wyatt 1995, "The form of the human pupil"), and the edges in
a picture are found a trifle off in the same way each time. Half a percent taken for a tilt turns
gaze by a degree; what stays the same in all directions of gaze cannot be a tilt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from gazed_plugins.detector_3d.optics import Floats

_OVALS = np.array([[0.0, 0.0, 1.0, 0.0, -1.0], [0.0, 0.0, 0.0, 1.0, 0.0]])
_STEP = 0.002
_ANOTHER = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """How oval (2,) a pupil is, in shares of its radius, and the covariance (2, 2) of that.

    The first number is along the picture's axes, positive for wide pupils, the second along its
    diagonals.
    """

    oval: Floats
    covariance: Floats
    _bend: Floats = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Each frame needs it.
        object.__setattr__(self, "_bend", 0.5 * self.oval @ _OVALS)

    def without(self, shapes: Floats) -> Floats:
        """Return outlines (..., 5) as they would be if the pupil was round."""
        diameters = shapes[..., 2:3] + shapes[..., 4:5]
        result: Floats = shapes - diameters * self._bend
        return result

    def loosened(self) -> Form:
        """Return the same, less surely: who comes after a slip may be another person."""
        return Form(self.oval, self.covariance + _ANOTHER**2 * np.eye(2))


def form_of_spread(spread: float) -> Form:
    """Return the knowledge that a pupil is round to ``spread``, in shares of its radius."""
    return Form(np.zeros(2), spread**2 * np.eye(2))


ROUND = form_of_spread(0.0)
"""A pupil that is a circle, for sure."""


def improved(
    now: Form, prior: Form, explain: Callable[[Form], tuple[Floats, Floats]]
) -> tuple[Form, Floats]:
    """Return the form after one Gauss-Newton step, and the covariance (3, 3) that it costs.

    ``explain`` returns the centre (3,) that fits the outlines best when the pupil has a form,
    and what is left then, in standard deviations; the covariance is that of the centre which
    comes from not knowing the form better.
    """
    center, left = explain(now)
    tries = [explain(Form(now.oval + step, now.covariance)) for step in _STEP * np.eye(2)]
    slopes = np.stack([after - left for _, after in tries], axis=-1) / _STEP
    carries = np.stack([after - center for after, _ in tries], axis=-1) / _STEP
    known = np.linalg.inv(prior.covariance)
    covariance = np.linalg.inv(slopes.T @ slopes + known)
    step = covariance @ (slopes.T @ left + known @ (now.oval - prior.oval))
    return Form(now.oval - step, covariance), carries @ covariance @ carries.T
