"""The 3D fit: each eye camera's pose in the headset, and how good gaze is with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gazed import Fields
from gazed_plugins.calibration_3d.calibrate import FittedEye, calibrate
from gazed_plugins.calibration_3d.eyes import EyeData, eye_data
from gazed_plugins.calibration_3d.latency import Latency, Sight, estimate_latency
from gazed_plugins.calibration_3d.mapping import pose_matrix
from gazed_plugins.calibration_3d.parity import UPSTREAM_DISTANCE_MM, parity_matrices
from gazed_plugins.calibration_3d.report import matched, quality
from gazed_plugins.calibration_3d.solution import Solution
from gazed_plugins.calibration_3d.suspicion import suspicion
from gazed_plugins.calibration_3d.timeline import Timeline, timeline_of
from gazed_plugins.calibration_3d.vectors import NOT_SUFFICIENT, FitError, Floats

_NO_PUPILS = "No pupil data to match"
_NO_REFERENCES = "No reference data to match"
_AT_ONCE = Latency(0.0, 0.0, 0.0)
_LEAST_EXPLAINED = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Given:
    data: Sequence[EyeData]
    references: Floats
    positions: Sequence[Floats]
    shown: Timeline

    @property
    def usual_distance(self) -> float:
        """How far away targets were, the median in mm."""
        return float(np.median(np.linalg.norm(self.shown.means, axis=1)))


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    solution: Solution
    latency: Latency
    data: Sequence[EyeData]
    more: Fields


def answer(request: Fields) -> Fields:
    """Do what the calibration asks of the fit process, as maps.

    The request has ``pupils`` (rows of ``row_3d``), ``references`` (eye or -1, timestamp,
    position in mm, y up), ``translations`` of eyes 0 and 1, the ``confidence`` that data need,
    ``parity`` for the original's fit, and for a validation the mapper's ``params``, which are
    then only judged. The answer has ``params`` or ``reason``, ``matched`` and ``quality``.
    """
    rows = np.array(request["pupils"], float).reshape(-1, 10)
    parity = request["parity"]
    data = [eye_data(rows, eye, request["confidence"], near_gaps=parity) for eye in (0, 1)]
    references = np.array(request["references"], float).reshape(-1, 5)[:, 1:]
    facts: Fields = {"matched": matched(data, references[:, 0]), "quality": {}}
    try:
        given = _given(data, references, request["translations"])
        found = _found(given, request)
        figures = quality(found.solution, found.data, given.shown, found.latency)
        facts["quality"] = {**figures, **found.more}
        if "params" in request:
            _require_gaze(figures)
        elif not parity:
            _require_sense(figures)
    except FitError as error:
        return {"reason": str(error), **facts}
    return {"params": found.solution.to_wire(), **facts}


def _given(
    data: Sequence[EyeData], references: Floats, translations: Sequence[Sequence[float]]
) -> _Given:
    if not any(map(len, data)):
        raise FitError(_NO_PUPILS)
    if not len(references):
        raise FitError(_NO_REFERENCES)
    if not any(matched(data, references[:, 0]).values()):
        raise FitError(NOT_SUFFICIENT)
    positions = [np.array(one, float) for one in translations]
    return _Given(data, references, positions, timeline_of(references, positions))


def _found(given: _Given, request: Fields) -> _Found:
    if "params" in request:
        return _judged(given, Solution.from_wire(request["params"]))
    if request["parity"]:
        matrices, scale = parity_matrices(given.data, given.references, given.positions)
        solution = Solution(matrices, UPSTREAM_DISTANCE_MM)
        return _Found(solution, _AT_ONCE, given.data, {"scale": scale})
    return _fitted(given)


def _fitted(given: _Given) -> _Found:
    try:
        result = calibrate(given.data, given.shown, given.positions)
    except FitError as error:
        advice = suspicion(given.data, given.references, given.positions)
        raise FitError(f"{error} {advice}".rstrip()) from None
    first, second = (
        pose_matrix(one.pose.rotation, one.pose.position, one.center)
        if isinstance(one, FittedEye)
        else None
        for one in result.eyes
    )
    data = [
        one.data if isinstance(one, FittedEye) else usual
        for one, usual in zip(result.eyes, given.data, strict=True)
    ]
    solution = Solution((first, second), given.usual_distance)
    return _Found(solution, result.latency, data, {"scale": 1.0})


def _judged(given: _Given, solution: Solution) -> _Found:
    sights = [
        Sight(one, matrix[:3, :3], matrix[:3, :3] @ np.median(one.centers, axis=0) + matrix[:3, 3])
        for one, matrix in zip(given.data, solution.matrices, strict=True)
        if matrix is not None and len(one)
    ]
    if not sights:
        raise FitError(NOT_SUFFICIENT)
    return _Found(solution, estimate_latency(sights, given.shown), given.data, {})


def _require_gaze(figures: Fields) -> None:
    if figures["accuracy"] is None:
        raise FitError("Gaze never came within 5 degrees of a target.")


def _require_sense(figures: Fields) -> None:
    explained = figures["used"] / figures["total"] if figures["total"] else 0.0
    if explained < _LEAST_EXPLAINED:
        raise FitError(
            f"Gaze meets the targets in {100 * explained:.0f} % of the data only; at least"
            f" {100 * _LEAST_EXPLAINED:.0f} % are needed."
        )
