"""The two versions of the kernel give the same ellipse."""

from __future__ import annotations

import weakref
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
import pytest

from gazed_plugins.build_native import CompileError, compile_source
from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_2d.compiled import LIBRARY, SOURCE, CompiledKernel
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.detector_2d.method import NEAR, PARTIAL, WIDE, ring
from gazed_plugins.detector_2d.numeric import NumericKernel
from gazed_plugins.simulated_headset import sequence
from gazed_plugins.video import read_pictures

EYES = Path(__file__).parents[4] / "shared" / "eyes"
SETS = ("mrgaze_a", "eyeloop", "pupilext_1", "vrhmd_demo2", "nogt_vrhmd_test3")
SAME_PX = 0.01


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """The compiled kernel's file: the installed one, or one made for these tests."""
    if not why_slow():
        return LIBRARY
    try:
        return compile_source(SOURCE, tmp_path_factory.mktemp("kernel") / "k.so")
    except CompileError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def compiled(library):
    """The compiled kernel."""
    return CompiledKernel(library)


def simulated(level, size, every=8, count=3, seed=5):
    drawn = size if size in (192, 400) else 400
    frames = (frame.gray for frame, _ in sequence(level, size=drawn, seconds=0.2, seed=seed))
    chosen = [gray.copy() for gray in islice(frames, 0, every * count, every)]
    how = cv2.INTER_AREA if size < drawn else cv2.INTER_CUBIC
    return [cv2.resize(gray, (size, size), interpolation=how) for gray in chosen]


def real(name):
    folder = EYES / name
    if not folder.is_dir():
        pytest.skip("the eye pictures in ../shared/eyes are not here")
    files = sorted(folder.glob("*.jpg"))[::16] or [next(folder.glob("clip.*"))]
    return [one.gray.copy() for file in files for one in islice(read_pictures(file), 0, 60, 20)]


def numbers(ellipse):
    return np.array([*ellipse.center, *ellipse.axes])


def assert_same(one, other):
    (ellipse, confidence), (reference, expected) = one, other
    assert np.abs(numbers(ellipse) - numbers(reference)).max() < SAME_PX
    assert confidence == pytest.approx(expected, abs=0.001)
    if ellipse.axes[1] > 1.1 * ellipse.axes[0]:
        turned = (ellipse.angle - reference.angle + 90) % 180 - 90
        assert abs(turned) < 0.1


def assert_same_searched_and_followed(compiled, pictures, **settings):
    fast = PupilDetector(kernel=compiled, **settings)
    slow = PupilDetector(kernel=NumericKernel(), **settings)
    for gray in pictures:
        fast.reset()
        slow.reset()
        for _ in range(2):
            assert_same(fast.detect(gray), slow.detect(gray))


@pytest.mark.parametrize("level", ["easy", "medium", "hard"])
@pytest.mark.parametrize("size", [96, 192, 400, 640])
def test_both_versions_find_the_same_in_simulated_eyes(compiled, level, size):
    assert_same_searched_and_followed(compiled, simulated(level, size))


@pytest.mark.parametrize("name", SETS)
def test_both_versions_find_the_same_in_real_eyes(compiled, name):
    assert_same_searched_and_followed(compiled, real(name))


def test_both_versions_find_the_same_bright_pupils(compiled):
    pictures = [255 - gray for gray in simulated("medium", 192)]

    assert_same_searched_and_followed(compiled, pictures, bright_pupil=True)


def test_both_versions_find_the_same_in_parts_of_pictures(compiled):
    wide = np.hstack(simulated("easy", 192, count=2))
    fast, slow = PupilDetector(kernel=compiled), PupilDetector(kernel=NumericKernel())

    for roi in ((7, 11, 180, 170), (200, 0, 383, 191)):
        assert_same(fast.detect(wide, roi), slow.detect(wide, roi))


@pytest.mark.parametrize("shrink", [1, 2, 3, 5, 8])
def test_both_versions_shrink_alike(compiled, shrink):
    (gray,) = simulated("easy", 192, count=1)
    large = cv2.resize(gray, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_CUBIC)
    slow = NumericKernel()
    for kernel in (compiled, slow):
        kernel.look_at(large, float(large.shape[0]), False)
    here = (90.0 * shrink, 96.0 * shrink, 17.0 * shrink, 1.0 * shrink, 15.0 * shrink)

    for rounds in (WIDE, NEAR, *PARTIAL):
        (found, sure), (expected, as_sure) = (
            k.closely(here, rounds, 16.0) for k in (compiled, slow)
        )
        assert np.allclose(found, expected, atol=SAME_PX)
        assert sure == pytest.approx(as_sure, abs=0.001)


def test_both_versions_give_the_same_evidence_for_rough_ellipses(compiled):
    slow = NumericKernel()
    for gray in simulated("medium", 192):
        for kernel in (compiled, slow):
            kernel.look_at(gray, 192.0, False)
        (shapes, promises), (expected, as_promising) = compiled.everywhere(), slow.everywhere()

        assert np.allclose(shapes, expected, atol=SAME_PX)
        assert np.allclose(promises, as_promising, atol=0.01)
        assert np.allclose(compiled.rough_evidence(), slow.rough_evidence(), atol=0.01)


@pytest.mark.parametrize("kind", [CompiledKernel, NumericKernel])
@pytest.mark.parametrize(
    "shape",
    [
        (float("nan"),) * 5,
        (96.0, 96.0, float("inf"), 0.0, 20.0),
        (1e300, 96.0, 20.0, 0.0, 20.0),
        (-500.0, 96.0, 20.0, 0.0, 20.0),
        (96.0, 96.0, 1e5, 0.0, 1e-9),
        (96.0, 96.0, -20.0, 0.0, -20.0),
    ],
    ids=str,
)
def test_a_shape_that_cannot_be_is_survived(compiled, kind, shape):
    kernel = compiled if kind is CompiledKernel else NumericKernel()
    kernel.look_at(simulated("easy", 192, count=1)[0], 192.0, False)

    found = kernel.closely(shape, WIDE, 16.0)

    assert found is None or 0.0 <= found[1] <= 1.0


def test_a_kernel_keeps_the_directions_it_looks_in(library, monkeypatch):
    made = []

    def not_shared(count):
        directions = ring(count).copy()
        made.append(weakref.ref(directions))
        return directions

    monkeypatch.setattr("gazed_plugins.detector_2d.compiled.ring", not_shared)
    detector = PupilDetector(kernel=CompiledKernel(library))

    detector.detect(simulated("easy", 192, count=1)[0])

    assert made
    assert all(kept() is not None for kept in made)
