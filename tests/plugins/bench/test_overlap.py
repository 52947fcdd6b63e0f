"""Intersection over union against what geometry and counting pixels say."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest

from gazed import NO_ELLIPSE, Ellipse
from gazed_plugins.bench.overlap import iou


def circle(x, y, diameter):
    return Ellipse((x, y), (diameter, diameter), 0.0)


def test_an_ellipse_overlaps_itself_wholly_however_it_is_written():
    one = Ellipse((60.0, 50.0), (20.0, 30.0), 25.0)

    assert iou(one, one) == pytest.approx(1, abs=1e-4)
    assert iou(one, Ellipse((60.0, 50.0), (30.0, 20.0), 115.0)) == pytest.approx(1, abs=1e-4)


def test_a_circle_within_another_has_the_ratio_of_their_areas():
    assert iou(circle(5, 5, 8), circle(4, 5, 4)) == pytest.approx(0.25, abs=1e-4)
    assert iou(circle(4, 5, 4), circle(5, 5, 8)) == pytest.approx(0.25, abs=1e-4)


def test_two_circles_overlap_in_a_lens():
    distance = 1.0
    lens = 2 * math.acos(distance / 2) - distance / 2 * math.sqrt(4 - distance**2)

    assert iou(circle(0, 0, 2), circle(1, 0, 2)) == pytest.approx(
        lens / (2 * math.pi - lens), abs=1e-4
    )


@pytest.mark.parametrize("other", [circle(9, 0, 2), NO_ELLIPSE, Ellipse((0, 0), (0, 3), 0)])
def test_what_is_apart_or_has_no_area_overlaps_in_nothing(other):
    assert iou(circle(0, 0, 2), other) == 0
    assert iou(other, circle(0, 0, 2)) == 0


@pytest.mark.parametrize(
    "other",
    [
        Ellipse((110.0, 95.0), (30.0, 90.0), 70.0),
        Ellipse((90.0, 120.0), (60.0, 62.0), 10.0),
        Ellipse((100.0, 100.0), (40.0, 41.0), -90.0),
    ],
)
def test_it_is_what_counting_pixels_gives(other):
    one = Ellipse((100.0, 100.0), (50.0, 80.0), 30.0)
    masks = [filled(ellipse) for ellipse in (one, other)]

    counted = np.logical_and(*masks).sum() / np.logical_or(*masks).sum()

    assert iou(one, other) == pytest.approx(counted, abs=0.004)


def filled(ellipse, scale=8):
    mask = np.zeros((200 * scale, 200 * scale), np.uint8)
    center = tuple(scale * value for value in ellipse.center)
    axes = tuple(scale * value for value in ellipse.axes)
    return cv2.ellipse(mask, (center, axes, ellipse.angle), 1, -1) > 0
