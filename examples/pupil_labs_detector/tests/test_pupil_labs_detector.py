"""The plugin's own test; it needs the package that the plugin wraps."""

import math
from types import SimpleNamespace

import pytest

pytest.importorskip("pupil_detectors", reason="pupil-detectors is not installed")

from gazed_pupil_labs_detector import PupilLabs2D

from gazed import NO_ELLIPSE, PluginError
from gazed_plugins.simulated_headset import sequence

EYE = SimpleNamespace(eye=0)


@pytest.mark.parametrize("size", [192, 400])
def test_the_pupil_of_a_simulated_eye_is_found(size):
    plugin = PupilLabs2D(EYE)
    frame, truth = next(sequence(size=size, seed=1))

    pupil = plugin.detect_pupil(frame)

    assert pupil.topic == "pupil.0.2d"
    assert pupil.confidence > 0.6
    assert math.dist(pupil.ellipse.center, truth.ellipse.center) < 2 * size / 192
    assert pupil.diameter == pytest.approx(truth.ellipse.diameter, rel=0.05)


def test_a_picture_without_a_pupil_says_so():
    frame, _ = next(sequence())
    frame.gray[:] = 120

    pupil = PupilLabs2D(EYE).detect_pupil(frame)

    assert pupil.ellipse == NO_ELLIPSE
    assert pupil.confidence == 0.0


def test_it_refuses_to_run_where_there_is_no_eye():
    with pytest.raises(PluginError, match="eye0 and eye1"):
        PupilLabs2D(SimpleNamespace(eye=None))
