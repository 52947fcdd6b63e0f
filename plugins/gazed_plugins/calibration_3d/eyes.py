"""What one eye's model said during a calibration."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.calibration_3d.vectors import Flags, Floats, Indices, unit

PUPIL_DISTANCE_MM = 10.392304845413264
"""From the eyeball's centre to the pupil's (spec: data 3)."""

_LEAST_WEIGHT = 0.02
_SHORTEST_GAP, _GAP_EDGE = 0.04, 0.03


@dataclass(frozen=True, slots=True, eq=False)
class EyeData:
    """One eye's 3D data in order of time.

    ``times`` are (n,), ``weights`` (n,) how much each datum can be trusted, ``centers`` (n, 3)
    in mm and unit ``normals`` (n, 3) are in the eye camera's frame.
    """

    times: Floats
    weights: Floats
    centers: Floats
    normals: Floats

    def __len__(self) -> int:
        return len(self.times)

    def chosen(self, flags: Flags | Indices) -> EyeData:
        """Return the data with a flag, or with these indices."""
        return EyeData(
            self.times[flags],
            self.weights[flags],
            self.centers[flags],
            self.normals[flags],
        )

    def anchored(self, center: Floats) -> EyeData:
        """Return the data as a model with this eyeball centre (3,) would have said them.

        The pupil's centre stays on its line of sight and comes to lie on the new eyeball. So data
        from while the model was learning agree with those from later.
        """
        lines = unit(self.centers + PUPIL_DISTANCE_MM * self.normals)
        along = lines @ center
        room = along**2 - center @ center + PUPIL_DISTANCE_MM**2
        touch = (along - np.sqrt(np.maximum(room, 0.0)))[:, None] * lines
        turned = np.where(room[:, None] > 0, unit(touch - center), self.normals)
        return replace(self, normals=turned, centers=np.broadcast_to(center, turned.shape))


def eye_data(rows: Floats, eye: int, confidence: float, near_gaps: bool = False) -> EyeData:
    """Return one eye's usable data of ``rows`` (n, 10), as ``kinds.row_3d`` makes them.

    Data below ``confidence`` are left out, and so are those within 30 ms of a gap: most gaps are
    blinks, and before and after one the lids cut off part of the pupil. ``near_gaps`` keeps those.
    """
    mine = rows[rows[:, 0] == eye]
    mine = mine[np.argsort(mine[:, 1], kind="stable")]
    good = (mine[:, 2] >= confidence) & np.isfinite(mine).all(axis=1)
    good &= np.linalg.norm(mine[:, 7:10], axis=1) > 0.5
    mine = mine[good]
    if not near_gaps:
        mine = mine[~_near_gaps(mine[:, 1])]
    weights = np.maximum(mine[:, 2] * mine[:, 3], _LEAST_WEIGHT)
    return EyeData(mine[:, 1], weights, mine[:, 4:7], unit(mine[:, 7:10]))


def _near_gaps(times: Floats) -> Flags:
    pauses = np.diff(times)
    near = np.zeros(len(times), bool)
    if len(pauses):
        (gaps,) = np.nonzero(pauses > max(_SHORTEST_GAP, 2.5 * float(np.median(pauses))))
        for gap in gaps:
            before = times[: gap + 1]
            near[np.searchsorted(before, times[gap] - _GAP_EDGE) : gap + 1] = True
            after = np.searchsorted(times, times[gap + 1] + _GAP_EDGE)
            near[gap + 1 : after] = True
    return near
