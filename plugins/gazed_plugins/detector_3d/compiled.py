"""Both fits in C, loaded with ctypes: no GIL is held while they run."""

from __future__ import annotations

import ctypes
from ctypes import c_double, c_int32, c_int64, c_void_p
from functools import cache
from pathlib import Path

import numpy as np

from gazed_plugins.detector_3d.center import CenterFit, Problem
from gazed_plugins.detector_3d.optics import EyeShape, Floats
from gazed_plugins.detector_3d.outlines import POINTS, Camera
from gazed_plugins.detector_3d.pupils import Pupils
from gazed_plugins.native import library_of, loaded

SOURCE = Path(__file__).with_name("eye_model.c")
LIBRARY = library_of(SOURCE)


class CompiledSolver:
    """The fast version of ``solver.Solver``.

    Raises OSError when there is none, when it cannot be loaded, or when it was compiled from
    another source than the one beside it.
    """

    def __init__(self, library: Path = LIBRARY) -> None:
        functions = loaded(library, SOURCE)
        self._pupils = functions.gazed_fit_pupils
        self._pupils.argtypes = (c_void_p, c_int32, *[c_void_p] * 5)
        self._explain = functions.gazed_explain
        self._explain.argtypes = (c_void_p, c_void_p, c_void_p)
        self._center = functions.gazed_fit_center
        self._center.argtypes = (
            *(c_void_p, c_void_p, c_int32),
            *[c_void_p] * 4,
            c_double,
            *[c_void_p] * 4,
        )
        self._room_for = functions.gazed_room_for
        self._room_for.argtypes, self._room_for.restype = (c_int32,), c_int64

    def fit_pupils(self, shapes: Floats, camera: Camera, center: Floats, eye: EyeShape) -> Pupils:
        """Return the pupils of outlines (K, 5), given the eyeball's centre."""
        count = len(shapes)
        pupils, residuals = np.empty((count, 4)), np.empty((count, POINTS))
        self._pupils(
            _address(shapes),
            count,
            ctypes.addressof(_camera(camera)),
            _address(center),
            ctypes.addressof(_eye(eye)),
            _address(pupils),
            _address(residuals),
        )
        return Pupils(pupils[:, :3], pupils[:, 3], residuals)

    def explained(self, shape: Floats, residuals: Floats) -> Floats:
        """Return the outline (5,) in which the model sees the pupil."""
        result = np.empty(5)
        self._explain(_address(shape), _address(residuals), _address(result))
        return result

    def fit_center(self, problem: Problem, start: Floats) -> CenterFit:
        """Return the eyeball's centre that explains outlines best."""
        count = len(problem.shapes)
        center, result, weights = np.array(start), np.empty(12), np.empty(count)
        room = np.empty(self._room_for(count) // 8)
        self._center(
            _address(problem.shapes),
            _address(problem.counts),
            count,
            ctypes.addressof(_camera(problem.camera)),
            _address(problem.prior.center),
            _address(problem.prior.information),
            ctypes.addressof(_eye(problem.eye)),
            problem.bias_px,
            _address(center),
            _address(result),
            _address(weights),
            _address(room),
        )
        covariance, (misfit, noise, cost) = result[:9].reshape(3, 3), result[9:].tolist()
        return CenterFit(center, covariance, misfit, noise, weights, cost)


@cache
def _camera(camera: Camera) -> ctypes.Array[c_double]:
    return (c_double * 3)(camera.focal_length_px, *camera.middle)


@cache
def _eye(eye: EyeShape) -> ctypes.Array[c_double]:
    lengths = (eye.cornea_radius, eye.cornea_distance, eye.pupil_distance, eye.refractive_index)
    return (c_double * 4)(*lengths)


def _address(array: Floats) -> int:
    # What has this layout is passed on as it is; numpy keeps it alive until the call is over.
    assert array.dtype == np.float64 and array.flags.c_contiguous  # noqa: S101
    address: int = array.__array_interface__["data"][0]
    return address
