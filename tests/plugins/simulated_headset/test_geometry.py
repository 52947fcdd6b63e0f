"""The optics, checked against Snell's law and against rays traced the other way."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from gazed_plugins.simulated_headset.geometry import (
    STANDARD_EYE,
    Camera,
    circle,
    fit_ellipse,
    iris_coordinates,
    pupil_exits,
    reflected,
    refracted,
    seen,
)

CENTER = np.array([1.0, 2.0, 35.0])


def normal_at(degrees):
    angle = math.radians(degrees)
    return np.array([0.3 * math.sin(angle), -math.sqrt(0.91) * math.sin(angle), -math.cos(angle)])


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.mark.parametrize("degrees", [0, 10, 20, 30, 40])
@pytest.mark.parametrize("diameter", [2.0, 4.0, 8.0])
def test_a_ray_back_through_the_outline_ends_on_the_pupils_edge(degrees, diameter):
    camera, normal = Camera.of_size(192), normal_at(degrees)

    outline = camera.project(pupil_exits(CENTER, normal, diameter, STANDARD_EYE))
    plane, _ = iris_coordinates(camera.rays(outline), CENTER, normal, STANDARD_EYE)

    assert np.abs(np.hypot(*plane) - diameter / 2).max() < 1e-12


def test_light_leaves_the_cornea_by_snells_law():
    normal, cornea = normal_at(30), CENTER + STANDARD_EYE.cornea_distance * normal_at(30)
    edge = circle(CENTER + STANDARD_EYE.pupil_distance * normal, normal, 2.0, 16)

    exits = refracted(edge, cornea, STANDARD_EYE)

    outward = (exits - cornea) / STANDARD_EYE.cornea_radius
    inner = np.cross(outward, unit(exits - edge))
    outer = np.cross(outward, unit(-exits))
    assert np.allclose(np.linalg.norm(outward, axis=1), 1, atol=1e-12)
    assert np.abs(STANDARD_EYE.refractive_index * inner - outer).max() < 1e-9


def test_without_a_denser_cornea_light_goes_straight():
    camera, normal = Camera.of_size(400), normal_at(25)
    eye = replace(STANDARD_EYE, refractive_index=1.0)
    edge = circle(CENTER + eye.pupil_distance * normal, normal, 2.0, 64)

    outline = camera.project(pupil_exits(CENTER, normal, 4.0, eye))

    assert np.abs(outline - camera.project(edge)).max() < 1e-9


def test_the_cornea_magnifies_the_pupil_by_an_eighth_or_so():
    camera, normal = Camera.of_size(192), np.array([0.0, 0.0, -1.0])
    center = np.array([0.0, 0.0, 35.0])

    ellipse = fit_ellipse(camera.project(pupil_exits(center, normal, 4.0, STANDARD_EYE)))

    straight = camera.focal_length_px * 4.0 / (35.0 - STANDARD_EYE.pupil_distance)
    assert ellipse.axes[0] == pytest.approx(ellipse.axes[1], abs=1e-9)
    assert ellipse.center == pytest.approx((96, 96), abs=1e-9)
    assert 1.1 < ellipse.diameter / straight < 1.16


def test_a_point_outside_the_cornea_is_seen_directly():
    cornea = np.array([0.0, 0.0, 30.0])
    point = np.array([[9.0, 0.0, 30.0]])

    assert np.array_equal(refracted(point, cornea, STANDARD_EYE), point)


def test_lights_are_mirrored_at_equal_angles():
    cornea = np.array([1.0, -2.0, 30.0])
    lights = np.array([[9.0, 5.0, 2.0], [-9.0, 6.0, 2.0], [0.0, 30.0, -5.0]])

    spots = reflected(lights, cornea, STANDARD_EYE)

    outward = unit(spots - cornea)
    to_light, to_camera = unit(lights - spots), unit(-spots)
    assert np.allclose(to_light + to_camera, 2 * (to_light * outward).sum(1)[:, None] * outward)


def test_the_limbus_is_where_globe_and_cornea_meet():
    rim = circle(np.array([0, 0, STANDARD_EYE.pupil_distance]), np.array([0.0, 0.0, 1.0]), 6.0, 8)

    from_globe = np.linalg.norm(rim, axis=1)
    from_cornea = np.linalg.norm(rim - [0, 0, STANDARD_EYE.cornea_distance], axis=1)

    assert np.allclose(from_globe, STANDARD_EYE.globe_radius)
    assert np.allclose(from_cornea, STANDARD_EYE.cornea_radius)
    assert STANDARD_EYE.pupil_distance == pytest.approx(10.392304845413264, abs=1e-12)


def test_the_far_edge_of_a_pupil_turned_far_away_is_not_seen():
    ahead, away = normal_at(10), normal_at(70)

    near = seen(pupil_exits(CENTER, ahead, 6.0, STANDARD_EYE), CENTER, ahead, STANDARD_EYE)
    far = seen(pupil_exits(CENTER, away, 8.0, STANDARD_EYE), CENTER, away, STANDARD_EYE)

    assert near.all()
    assert 0 < far.mean() < 1


@pytest.mark.parametrize("angle", [-80.0, -45.0, 0.0, 30.0, 90.0])
def test_the_fit_returns_the_ellipse_that_the_points_lie_on(angle):
    turn = math.radians(angle)
    t = np.linspace(0, 2 * math.pi, 20, endpoint=False)
    minor, major = 11 * np.cos(t), 15 * np.sin(t)
    x = 80 + minor * math.cos(turn) - major * math.sin(turn)
    y = 120 + minor * math.sin(turn) + major * math.cos(turn)

    ellipse = fit_ellipse(np.stack([x, y], axis=1))

    assert ellipse.center == pytest.approx((80, 120))
    assert ellipse.axes == pytest.approx((22, 30))
    assert math.cos(2 * (math.radians(ellipse.angle) - turn)) == pytest.approx(1)
