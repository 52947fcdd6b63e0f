"""Matching of the eyes' data, with the streams of spec: calibration 11.5."""

import pytest
from harness import a_pupil

from gazed_plugins.gaze.matching import (
    LatestMatcher,
    StreamingMatcher,
    match_both_eyes,
    match_one_eye,
    nearest,
)


def released(matcher, stream):
    matches = [matcher.add(a_pupil(*datum)) for datum in stream]
    return [
        match and tuple((pupil.eye, round(pupil.timestamp, 4)) for pupil in match)
        for match in matches
    ]


def two_eyes(count, step=1 / 120, shift=0.004):
    return [(eye, k * step + eye * shift) for k in range(count) for eye in (0, 1)]


def test_the_streaming_matcher_pairs_every_datum_after_the_first():
    stream = two_eyes(4)

    matches = released(StreamingMatcher(), stream)

    assert matches[:4] == [
        None,
        ((0, 0.0), (1, 0.004)),
        ((0, 0.0083), (1, 0.004)),
        ((0, 0.0083), (1, 0.0123)),
    ]
    assert matches[4] == ((0, 0.0167), (1, 0.0123))
    assert all(match and len(match) == 2 for match in matches[1:])


def test_the_streaming_matcher_releases_unsure_data_alone():
    stream = [
        (0, 0.0, 1.0),
        (1, 0.004, 0.3),
        (0, 0.0083, 1.0),
        (1, 0.0123, 1.0),
        (0, 0.0167, 0.2),
        (1, 0.0207, 1.0),
        (0, 0.025, 1.0),
    ]

    assert released(StreamingMatcher(), stream) == [
        None,
        ((1, 0.004),),
        None,
        ((0, 0.0), (1, 0.0123)),
        ((0, 0.0083), (1, 0.0123)),
        ((0, 0.0167),),
        ((0, 0.025), (1, 0.0123)),
    ]


def test_the_streaming_matcher_holds_ten_data_of_a_lone_eye():
    matches = released(StreamingMatcher(), [(0, k / 120) for k in range(14)])

    assert matches[:10] == [None] * 10
    assert matches[10:] == [((0, round(k / 120, 4)),) for k in range(4)]


def test_the_latest_matcher_releases_every_datum_at_once_with_the_other_eyes_newest():
    matches = released(LatestMatcher(), two_eyes(3))

    assert matches == [
        ((0, 0.0),),
        ((0, 0.0), (1, 0.004)),
        ((0, 0.0083), (1, 0.004)),
        ((0, 0.0083), (1, 0.0123)),
        ((0, 0.0167), (1, 0.0123)),
        ((0, 0.0167), (1, 0.0207)),
    ]


def test_the_latest_matcher_never_waits_for_a_missing_eye():
    matches = released(LatestMatcher(), [(1, k / 120) for k in range(3)])

    assert matches == [((1, round(k / 120, 4)),) for k in range(3)]


@pytest.mark.parametrize(("right", "left"), [(0.5, 1.0), (1.0, 0.5)])
def test_the_latest_matcher_pairs_no_unsure_datum(right, left):
    matches = released(LatestMatcher(), [(0, 0.0, right), (1, 0.004, left)])

    assert matches == [((0, 0.0),), ((1, 0.004),)]


def test_the_latest_matcher_pairs_no_datum_older_than_two_frames():
    matches = released(LatestMatcher(), [(0, 0.0), (1, 0.020)])

    assert matches[-1] == ((1, 0.02),)


def test_the_latest_matcher_learns_a_slower_frame_rate():
    matches = released(LatestMatcher(), two_eyes(200, step=1 / 30, shift=0.030))

    assert len(matches[1]) == 1
    assert all(len(match) == 2 for match in matches[-10:])


@pytest.mark.parametrize("matcher", [LatestMatcher, StreamingMatcher])
def test_a_matcher_pairs_again_after_the_clock_was_set_back(matcher):
    long_ago = [(eye, time) for eye, time in two_eyes(400)]

    matches = released_by(matcher(), [(0, 1000.0), (1, 1000.004), *long_ago])

    assert all(match and len(match) == 2 for match in matches[-10:])


def released_by(matcher, stream):
    return [matcher.add(a_pupil(*datum)) for datum in stream]


@pytest.mark.parametrize(
    ("timestamp", "index"), [(-1.0, 0), (0.4, 0), (0.5, 1), (0.6, 1), (1.5, 2), (9.0, 2)]
)
def test_the_nearest_datum_is_the_later_one_when_two_are_as_near(timestamp, index):
    assert nearest([0.0, 1.0, 2.0], timestamp) == index


def test_a_reference_matches_at_most_one_datum_of_an_eye_and_data_may_repeat():
    times = [0.0, 0.01, 0.02]

    assert match_one_eye(times, [0.011, 0.012, 0.5]) == [(1, 0), (1, 1)]


def test_a_reference_a_fifteenth_of_a_second_away_does_not_match():
    assert match_one_eye([0.0], [1 / 15]) == []
    assert match_one_eye([0.0], [1 / 15 - 1e-9]) == [(0, 0)]


def test_both_eyes_match_when_all_three_times_are_near():
    assert match_both_eyes([0.0, 1.0], [0.03, 1.05], [0.01, 0.98]) == [(0, 0, 0)]


def test_nothing_matches_without_data():
    assert match_one_eye([], [0.0]) == []
    assert match_both_eyes([], [0.0], [0.0]) == []
