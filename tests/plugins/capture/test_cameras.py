"""The mode nearest to a wish."""

from __future__ import annotations

import pytest

from gazed_plugins.capture.cameras import Mode, nearest

MODES = [Mode(192, 192, 120), Mode(192, 192, 200), Mode(400, 400, 60), Mode(640, 480, 30)]


@pytest.mark.parametrize(
    ("wish", "got"),
    [
        (Mode(192, 192, 200), MODES[1]),
        (Mode(192, 192, 150), MODES[0]),
        (Mode(192, 192, 160), MODES[1]),
        (Mode(320, 240, 120), MODES[0]),
        (Mode(410, 390, 200), MODES[2]),
        (Mode(1920, 1080, 30), MODES[3]),
        (Mode(1, 1, 1), MODES[0]),
    ],
)
def test_size_goes_before_rate(wish, got):
    assert nearest(wish, MODES) == got


def test_of_rates_equally_near_the_higher_is_taken():
    assert nearest(Mode(192, 192, 160), [Mode(192, 192, 120), Mode(192, 192, 200)]).rate == 200


def test_a_mode_reads_as_a_person_says_it():
    assert str(Mode(192, 192, 200.0)) == "192x192 at 200 fps"
