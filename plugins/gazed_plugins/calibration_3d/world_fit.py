"""A 3D calibration against a world camera, as the original does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np

from gazed import Fields
from gazed_plugins.calibration_3d.eyes import EyeData, eye_data
from gazed_plugins.calibration_3d.mapping import pose_matrix
from gazed_plugins.calibration_3d.parity import (
    MATCH_SECONDS,
    UPSTREAM_DISTANCE_MM,
    match_both_eyes,
    nearest_in_time,
)
from gazed_plugins.calibration_3d.report import matched
from gazed_plugins.calibration_3d.vectors import NOT_SUFFICIENT, FitError, Floats, unit
from gazed_plugins.calibration_3d.world import fit_both_eyes, fit_one_eye

_NO_PUPILS = "Not sufficient pupil data available."
_NO_REFERENCES = "Not sufficient reference data available."
_MATRIX = "eye_camera_to_world_matrix"
_NAMES = ("right_model", "left_model")

Model = dict[str, Any]


def answer(request: Fields) -> Fields:
    """Fit a world camera's calibration (spec: calibration 5 and 7), as maps.

    The request has ``pupils`` (rows of ``row_3d``), ``references`` (timestamp and pixel),
    ``camera`` as world views have it, ``positions`` of eyes 0 and 1, and the ``confidence`` that
    data need. The answer has ``params`` or ``reason``, and ``matched``.
    """
    rows = np.array(request["pupils"], float).reshape(-1, 10)
    data = [eye_data(rows, eye, request["confidence"], near_gaps=True) for eye in (0, 1)]
    references = np.array(request["references"], float).reshape(-1, 3)
    positions = [np.array(one, float) for one in request["positions"]]
    facts: Fields = {"matched": matched(data, references[:, 0]), "quality": {}}
    try:
        rays = _rays(references[:, 1:], request["camera"])
        return {"params": _models(data, references[:, 0], rays, positions), **facts}
    except FitError as error:
        return {"reason": str(error), **facts}


def _models(
    data: Sequence[EyeData], times: Floats, rays: Floats, positions: Sequence[Floats]
) -> dict[str, Model]:
    if not any(map(len, data)):
        raise FitError(_NO_PUPILS)
    if not len(times):
        raise FitError(_NO_REFERENCES)
    models: dict[str, Model] = {"left_model": {}, "right_model": {}, "binocular_model": {}}
    if all(map(len, data)):
        models["binocular_model"] = _both(data, times, rays, positions)
    for eye, name in enumerate(_NAMES):
        if models["binocular_model"] or not any(models.values()):
            models[name] = _alone(data[eye], times, rays, positions[eye])
    if not any(models.values()):
        raise FitError(NOT_SUFFICIENT)
    return models


def _both(
    data: Sequence[EyeData], times: Floats, rays: Floats, positions: Sequence[Floats]
) -> Model:
    right, left, near = match_both_eyes(data[0].times, data[1].times, times)
    if not near.any():
        return {}
    places = (right[near], left[near])
    normals = [one.normals[place] for one, place in zip(data, places, strict=True)]
    rotations, _ = fit_both_eyes(rays[near], normals, positions)
    eyes = enumerate(zip(rotations, positions, data, places, strict=True))
    return {
        f"{_MATRIX}{eye}": pose_matrix(turn, position, one.centers[place[-1]]).tolist()
        for eye, (turn, position, one, place) in eyes
    }


def _alone(data: EyeData, times: Floats, rays: Floats, position: Floats) -> Model:
    if not len(data):
        return {}
    place = nearest_in_time(data.times, times)
    near = np.abs(data.times[place] - times) < MATCH_SECONDS
    if not near.any():
        return {}
    used = place[near]
    turn, moved = fit_one_eye(rays[near], data.normals[used], position)
    matrix = pose_matrix(turn, moved, data.centers[used[-1]])
    return {_MATRIX: matrix.tolist(), "gaze_distance": UPSTREAM_DISTANCE_MM}


def _rays(pixels: Floats, camera: Mapping[str, Any]) -> Floats:
    """Return unit vectors (n, 3) through pixels (n, 2)."""
    if not len(pixels):
        return np.zeros((0, 3))
    matrix = np.array(camera["projection_matrix"], float).reshape(3, 3)
    bend = np.array(camera["distortion_coeffs"], float)
    flat = cv2.undistortPoints(pixels[:, None, :], matrix, bend)[:, 0, :]
    return unit(np.column_stack([flat, np.ones(len(flat))]).astype(np.float64))
