"""What maps gaze after a calibration, in the wire's form and as arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gazed_plugins.calibration_3d.vectors import FitError, Floats

_MATRIX = "eye_camera_to_world_matrix"
_DISTANCE = "gaze_distance"
_MONOCULAR = ("right_model", "left_model")
_BINOCULAR = "binocular_model"


@dataclass(frozen=True, slots=True, eq=False)
class Solution:
    """Matrices (4, 4) from eye cameras 0 and 1 to the service's frame; None for an eye without.

    ``distance`` is how far away in mm one eye alone is taken to look.
    """

    matrices: tuple[Floats | None, Floats | None]
    distance: float

    def to_wire(self) -> dict[str, dict[str, Any]]:
        """Return the mapper's parameters (spec: calibration 8)."""
        params: dict[str, dict[str, Any]] = {_BINOCULAR: {}}
        for name, matrix in zip(_MONOCULAR, self.matrices, strict=True):
            params[name] = {}
            if matrix is not None:
                params[name] = {_MATRIX: matrix.tolist(), _DISTANCE: self.distance}
        first, second = self.matrices
        if first is not None and second is not None:
            params[_BINOCULAR] = {f"{_MATRIX}0": first.tolist(), f"{_MATRIX}1": second.tolist()}
        return params

    @classmethod
    def from_wire(cls, params: Mapping[str, Any]) -> Solution:
        """Return what is in the mapper's parameters; raise FitError when no eye is."""
        both = params.get(_BINOCULAR) or {}
        models = [params.get(name) or {} for name in _MONOCULAR]
        given = [both.get(f"{_MATRIX}{eye}", models[eye].get(_MATRIX)) for eye in (0, 1)]
        first, second = (None if one is None else np.array(one, float) for one in given)
        if first is None and second is None:
            raise FitError("The mapper has no 3D model that could be judged.")
        distances = [float(model[_DISTANCE]) for model in models if _DISTANCE in model]
        return cls((first, second), distances[0] if distances else 1000.0)
