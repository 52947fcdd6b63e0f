"""The test helper that everything else is measured with."""

from __future__ import annotations

import numpy as np
import pytest

from gazed_plugins.simulated_headset import sequence


def test_a_sequence_yields_each_frame_with_its_truth():
    pairs = list(sequence("easy", 192, seconds=0.5, frame_rate=200, seed=1, eye=1))

    assert [frame.index for frame, _ in pairs] == list(range(100))
    assert pairs[40][0].timestamp == pytest.approx(0.2)
    assert all(frame.eye == truth.eye == 1 for frame, truth in pairs)


def test_a_sequence_can_be_repeated():
    first, again = (list(sequence("hard", seconds=0.1, seed=3)) for _ in range(2))

    assert [truth for _, truth in first] == [truth for _, truth in again]
    assert all(np.array_equal(a.gray, b.gray) for (a, _), (b, _) in zip(first, again, strict=True))


def test_both_eyes_sequences_show_one_wearer():
    right, left = (list(sequence(seconds=0.5, seed=2, eye=eye)) for eye in (0, 1))

    assert [truth.gaze_point for _, truth in right] == [truth.gaze_point for _, truth in left]
    assert [truth.opening for _, truth in right] == [truth.opening for _, truth in left]
