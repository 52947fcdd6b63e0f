"""The geometry: what the forward way of the simulated eye projects is what comes back."""

from __future__ import annotations

import math

import numpy as np
import pytest
from eyes_in_space import CAMERA, degrees_between, ellipse_seen
from hypothesis import given, settings
from hypothesis import strategies as st

from gazed import Ellipse
from gazed_plugins.detector_2d.shapes import to_ellipse
from gazed_plugins.detector_3d.compiled import CompiledSolver
from gazed_plugins.detector_3d.optics import (
    PUPIL_DISTANCE_MM,
    EyeShape,
    hits,
    lengths,
    tangents,
    unit,
)
from gazed_plugins.detector_3d.outlines import Camera, shape_of
from gazed_plugins.detector_3d.solver import NumericSolver, why_slow
from gazed_plugins.simulated_headset.geometry import EyeModel

EYE = EyeShape()
SOLVERS = [
    NumericSolver,
    pytest.param(CompiledSolver, marks=pytest.mark.skipif(bool(why_slow()), reason=why_slow())),
]

centers = st.tuples(st.floats(-4, 4), st.floats(-4, 4), st.floats(25, 50)).map(np.array)
turns = st.tuples(st.floats(-0.45, 0.45), st.floats(-0.45, 0.45))
diameters = st.floats(1.5, 8.0)


def normal_of(turn):
    x, y = turn
    return np.array([math.sin(x), math.cos(x) * math.sin(y), -math.cos(x) * math.cos(y)])


def solved(solver, seen, center, camera=CAMERA, eye=EYE):
    return solver().fit_pupils(shape_of(seen)[None], camera, center, eye)


@pytest.mark.parametrize("solver", SOLVERS)
@settings(max_examples=40, deadline=None)
@given(center=centers, turn=turns, diameter=diameters)
def test_a_projected_pupil_is_found_where_it_was(solver, center, turn, diameter):
    normal = normal_of(turn)

    pupils = solved(solver, ellipse_seen(center, normal, diameter), center)

    # Seen through a cornea a circle is not quite an ellipse, the less so the larger it is.
    assert degrees_between(pupils.normals[0], normal) < 0.05
    assert abs(pupils.radii[0] - diameter / 2) < 0.005 * diameter
    assert pupils.misfits[0] < 0.01 * diameter * CAMERA.focal_length_px / center[2]


@settings(max_examples=40, deadline=None)
@given(center=centers, turn=turns, diameter=diameters)
def test_without_refraction_the_pupil_is_the_pinhole_projection_of_a_circle(center, turn, diameter):
    bare = EyeModel(refractive_index=1.0)
    normal = normal_of(turn)

    pupils = solved(
        NumericSolver, ellipse_seen(center, normal, diameter, bare), center, eye=_bare()
    )

    assert degrees_between(pupils.normals[0], normal) < 1e-3
    assert pupils.radii[0] == pytest.approx(diameter / 2, rel=1e-4)
    assert pupils.misfits[0] < 1e-3


@given(center=centers, turn=turns)
def test_a_ray_to_the_pupils_centre_meets_the_axis_when_there_is_no_refraction(center, turn):
    normal = normal_of(turn)
    ray = unit(center + PUPIL_DISTANCE_MM * normal)

    assert lengths(hits(ray, center, normal, _bare())) < 1e-4


@settings(max_examples=40, deadline=None)
@given(center=centers, turn=turns, diameter=diameters, scale=st.floats(0.5, 4.0))
def test_the_size_of_the_picture_does_not_matter(center, turn, diameter, scale):
    seen = ellipse_seen(center, normal_of(turn), diameter)
    large = Camera(CAMERA.focal_length_px * scale, round(192 * scale), round(192 * scale))
    middle = CAMERA.middle
    scaled = Ellipse(
        tuple((np.array(seen.center) - middle) * scale + large.middle),
        (seen.axes[0] * scale, seen.axes[1] * scale),
        seen.angle,
    )

    one = solved(NumericSolver, seen, center)
    other = solved(NumericSolver, scaled, center, large)

    assert degrees_between(one.normals[0], other.normals[0]) < 1e-2
    assert one.radii[0] == pytest.approx(other.radii[0], rel=1e-4)


@given(turn=turns)
def test_tangents_are_unit_vectors_across_the_normal_and_each_other(turn):
    normal = normal_of(turn)
    one, other = tangents(normal)

    assert np.allclose([one @ one, other @ other], 1.0)
    assert np.allclose([one @ other, one @ normal, other @ normal], 0.0)


@given(
    x=st.floats(-50, 500),
    y=st.floats(-50, 500),
    minor=st.floats(2, 100),
    stretch=st.floats(1.01, 3),
    angle=st.floats(-89, 89),
)
def test_an_ellipse_comes_back_from_its_shape(x, y, minor, stretch, angle):
    ellipse = Ellipse((x, y), (minor, minor * stretch), angle)

    back = to_ellipse(tuple(shape_of(ellipse).tolist()))

    assert back.center == pytest.approx(ellipse.center)
    assert back.axes == pytest.approx(ellipse.axes)
    assert math.cos(2 * math.radians(back.angle - angle)) == pytest.approx(1.0)


def _bare():
    return EyeShape(refractive_index=1.0)
