"""What the eye model remembers: one mean for each place in the picture."""

from __future__ import annotations

import numpy as np
import pytest
from eyes_in_space import SIZE

from gazed_plugins.detector_3d.memory import Memory, Observation, arrays, places


def seen_at(x, timestamp, size=20.0, count=10):
    return Observation(np.array([x, 96.0, size, 0.0, size]), count, timestamp)


def test_a_place_looked_at_for_long_counts_once():
    (place, other) = places(
        [seen_at(50, 1.0, size=20), seen_at(90, 2.0), seen_at(51, 3.0, size=22)], SIZE
    )[::-1]

    assert (place.count, place.timestamp) == (20, 3.0)
    assert place.shape.tolist() == [50.5, 96.0, 21.0, 0.0, 21.0]
    assert other.shape[0] == 90


def test_a_place_that_looks_different_now_is_believed_in_the_end():
    seen = [seen_at(50, index, size=20.0 if index < 50 else 21.0) for index in range(70)]

    (place,) = places(seen, SIZE)

    assert place.shape[2] == pytest.approx(21.0, abs=0.02)


def test_a_neighbourhood_keeps_its_four_newest_places():
    # Cells of this picture are 1000 pixels wide, places in it 208.
    memory = Memory(16_000, 16_000)
    for index in range(6):
        memory.add(Observation(np.array([500.0, 1.0, 20, 0, 20]) + 220 * (index % 2), 9, index))
    for index in range(6):
        memory.add(Observation(np.array([3100.0 + 160 * index, 900, 20, 0, 20]), 9, 10 + index))

    assert [place.timestamp for place in memory.spread] == [4, 5, 11, 13, 15]


def test_a_minute_halves_what_an_observation_counts():
    _, counts = arrays([seen_at(50, 0.0), seen_at(90, 60.0)], now=60.0)

    assert counts.tolist() == [5.0, 10.0]
