"""A 3D calibration of a headset: from data and references to both eyes' poses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.consensus import consensus, spread_deg, tolerance_deg
from gazed_plugins.calibration_3d.eye_fit import EyePose, fit_eye
from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.fixations import Fixations, fixations
from gazed_plugins.calibration_3d.latency import Latency, Sight, estimate_latency
from gazed_plugins.calibration_3d.timeline import Timeline
from gazed_plugins.calibration_3d.vectors import FitError, Floats, degrees_between, unit

_FEWEST_TARGETS = 3
_LEAST_SPREAD_DEG = 1.5
_SETTLED = 0.5
_LATELY = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class FittedEye:
    """One eye's pose, the eyeball's centre (3,) it belongs to, and what it rests on.

    ``data`` are the eye's as the fit took them, ``seen`` its fixations.
    """

    pose: EyePose
    center: Floats
    data: EyeData
    seen: Fixations


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """The fits of eyes 0 and 1, for an eye without one the reason; at least one is fitted."""

    eyes: tuple[FittedEye | FitError, FittedEye | FitError]
    latency: Latency


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    data: EyeData
    center: Floats
    rotation: Floats
    miss: float


def calibrate(data: Sequence[EyeData], shown: Timeline, positions: Sequence[Floats]) -> Calibration:
    """Fit both eyes, each on its own but with one latency.

    ``positions`` (3,) are where the client says the eyes are. Raises FitError when neither eye
    follows the targets.
    """
    eyes = zip(data, positions, strict=True)
    starts = [(_started(one, shown, at), at) for one, at in eyes]
    sights = [
        Sight(start.data, start.rotation, at) for start, at in starts if isinstance(start, _Start)
    ]
    if not sights:
        raise _of_both(*(start for start, _ in starts))
    latency = estimate_latency(sights, shown)
    first, second = (_fitted(start, shown, latency.seconds, at) for start, at in starts)
    if isinstance(first, FitError) and isinstance(second, FitError):
        raise _of_both(first, second)
    return Calibration((first, second), latency)


def follows(data: EyeData, shown: Timeline, position: Floats) -> bool:
    """Tell whether an eye follows the targets at all."""
    return isinstance(_aligned(data, np.zeros(3), shown, position), _Start)


def _started(data: EyeData, shown: Timeline, position: Floats) -> _Start | FitError:
    """Return the better start: with the data as they are, or as the last eye model has them.

    As they are is right when the headset slipped, the other when the model was still learning.
    """
    if not len(data):
        return FitError("has no data")
    center = _usual_center(data)
    late = data.centers[-max(1, int(_LATELY * len(data))) :]
    last = np.median(late, axis=0)
    starts = [
        _aligned(data, center, shown, position),
        _aligned(data.anchored(last), last, shown, position),
    ]
    good = [start for start in starts if isinstance(start, _Start)]
    return min(good, key=lambda start: start.miss) if good else starts[0]


def _aligned(data: EyeData, center: Floats, shown: Timeline, position: Floats) -> _Start | FitError:
    """Return the rotation that most targets agree on, from the last half of each one's time."""
    seen = fixations(data, shown, 0.0, _SETTLED)
    try:
        rotation = _rotation(seen, position)
    except FitError as error:
        return error
    away = degrees_between(seen.normals @ rotation.T, unit(seen.positions - position))
    tolerance = tolerance_deg(unit(seen.positions - position))
    miss = float(np.minimum(away / tolerance, 1.0).mean())
    return _Start(data, center, rotation, miss)


def _rotation(seen: Fixations, position: Floats) -> Floats:
    directions = unit(seen.positions - position)
    if len(seen) < _FEWEST_TARGETS:
        raise FitError(f"saw {len(seen)} different targets, {_FEWEST_TARGETS} are needed")
    spread = spread_deg(directions)
    if spread < _LEAST_SPREAD_DEG:
        raise FitError(f"saw targets within {spread:.1f} degrees of one spot only")
    found = consensus(seen.normals, directions, seen.weights)
    agree = int(found.agree.sum()) if found else 0
    if found is None or agree < _fewest_agreeing(len(seen)):
        raise FitError(f"follows {agree} of {len(seen)} targets only")
    return found.rotation


def _fitted(
    start: _Start | FitError, shown: Timeline, lag: float, position: Floats
) -> FittedEye | FitError:
    if isinstance(start, FitError):
        return start
    seen = fixations(start.data, shown, lag)
    try:
        rotation = _rotation(seen, position)
    except FitError as error:
        return error
    return FittedEye(fit_eye(seen, rotation, position), start.center, start.data, seen)


def _fewest_agreeing(targets: int) -> int:
    """Return how many targets must agree: as many as hardly ever do by chance."""
    return targets - max(0, targets - _FEWEST_TARGETS) // 2


def _usual_center(data: EyeData) -> Floats:
    center: Floats = np.median(data.centers, axis=0)
    return center


def _of_both(right: object, left: object) -> FitError:
    texts = [str(right), str(left)]
    if texts[0] == texts[1]:
        return FitError(f"The eyes do not follow the targets: each {texts[0]}.")
    return FitError(f"The eyes do not follow the targets: eye0 {texts[0]}, eye1 {texts[1]}.")
