"""The moments at which an eye closes and opens, from its openness."""

import pytest

from gazed_plugins.eyelids import Closed, Closure, Opened


def seen(openness, rate=100.0, start=0.0, closure=None, pupil=False):
    closure = closure or Closure()
    events = (closure.see(value, start + k / rate, pupil) for k, value in enumerate(openness))
    return [event for event in events if event is not None]


def test_a_closing_and_an_opening_have_the_time_of_the_half():
    closed, opened = seen([1.0, 1.0, 0.8, 0.3, 0.0, 0.0, 0.2, 0.6, 0.9])

    assert closed == Closed(pytest.approx(0.026))
    assert opened == Opened(pytest.approx(0.0675), pytest.approx(0.0415))


def test_trembling_round_the_half_is_nothing():
    assert seen([1.0, 0.55, 0.45, 0.52, 0.44, 0.58, 1.0]) == []


def test_a_slow_lid_has_one_closing():
    events = seen([1.0 - k / 200 for k in range(200)])

    assert events == [Closed(pytest.approx(1.0))]


def test_an_eye_that_is_closed_from_the_start_closes_in_the_first_picture():
    assert seen([0.0, 0.0], start=7.0) == [Closed(7.0)]


def test_how_long_the_eye_has_been_closed_is_known():
    closure = Closure()
    seen([1.0, 0.0, 0.0], closure=closure)

    assert closure.seconds(1.005) == pytest.approx(1.0)
    seen([1.0], start=2.0, closure=closure)
    assert closure.seconds(3.0) == 0.0


def test_time_that_runs_backwards_opens_a_closed_eye_and_never_gives_a_negative_duration():
    closure = Closure()
    seen([1.0, 0.0, 0.0], start=100.0, closure=closure)

    first, second = seen([0.0, 0.0], start=5.0, closure=closure)

    assert first == Opened(pytest.approx(100.02), pytest.approx(0.015))
    assert second == Closed(pytest.approx(5.01))


def test_stopping_opens_a_closed_eye_once():
    closure = Closure()
    seen([1.0, 0.0], start=3.0, closure=closure)

    assert closure.stop() == Opened(pytest.approx(3.01), pytest.approx(0.005))
    assert closure.stop() is None


def test_a_low_lid_over_a_pupil_that_is_seen_is_no_closed_eye():
    assert seen([1.0, 0.2, 0.0, 0.2], pupil=True) == []


def test_a_pupil_that_is_seen_for_a_tenth_of_a_second_opens_a_closed_eye():
    closure = Closure()
    seen([1.0, 0.0], closure=closure)

    assert seen([0.1] * 9, start=1.0, closure=closure, pupil=True) == []
    (event,) = seen([0.1] * 3, start=1.09, closure=closure, pupil=True)

    assert isinstance(event, Opened)


def test_lashes_taken_for_a_pupil_in_single_pictures_do_not_split_a_blink():
    closure = Closure()
    seen([1.0, 0.0], closure=closure)

    assert seen([0.0], start=1.0, closure=closure, pupil=True) == []
    assert seen([0.0], start=1.01, closure=closure) == []
    assert seen([0.0] * 9, start=1.02, closure=closure, pupil=True) == []
