"""The gaze pipeline between bus and hooks."""

import math

import pytest
from harness import a_pupil

from gazed import gaze_from_wire, hookimpl, pupil_to_wire
from gazed_plugins.gaze import GazeMapperHMD2D, GazePipeline

EYE0 = [[1, 0, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0, 0], 7]


class Watches:
    def __init__(self, context):
        self.pupils, self.gazes = [], []

    @hookimpl
    def on_pupil(self, pupil):
        self.pupils.append(pupil)

    @hookimpl
    def on_gaze(self, gaze):
        self.gazes.append(gaze)


@pytest.fixture
def watcher(bench):
    bench.start(GazePipeline)
    return bench.start(Watches)


def test_anybodys_pupil_data_become_gaze(bench, watcher):
    bench.start(GazeMapperHMD2D, params0=EYE0)

    bench.deliver_pupil(a_pupil(0, 2.0, 0.9, norm_pos=(0.3, 0.4)))

    (sent,) = bench.data("gaze.")
    assert sent.name == sent.fields["topic"] == "gaze.2d.0."
    assert sent.fields["norm_pos"] == [0.3, 0.4]
    assert sent.fields["id"] == 0
    assert gaze_from_wire(sent.name, sent.fields) == watcher.gazes[0]


def test_numbers_on_the_wire_are_floats_even_when_the_client_sent_integers(bench, watcher):
    bench.start(GazeMapperHMD2D, params0=EYE0)

    fields = {**pupil_to_wire(a_pupil()), "timestamp": 3, "confidence": 1, "norm_pos": [1, 0]}
    bench.deliver("pupil.0.2d", fields)

    (sent,) = bench.data("gaze.")
    numbers = [sent.fields["timestamp"], sent.fields["confidence"], *sent.fields["norm_pos"]]
    assert [type(number) for number in numbers] == [float] * 4


def test_without_a_mapper_pupil_data_are_only_looked_at(bench, watcher):
    bench.deliver_pupil(a_pupil(1, 2.0))

    assert [pupil.eye for pupil in watcher.pupils] == [1]
    assert bench.published == []


def test_gaze_that_nobody_wants_is_looked_at_and_not_sent(bench, watcher):
    bench.start(GazeMapperHMD2D, params0=EYE0)
    bench.wishes = ["notify."]

    bench.deliver_pupil(a_pupil(0))

    assert len(watcher.gazes) == 1
    assert bench.published == []


@pytest.mark.parametrize(
    "change",
    [
        {"norm_pos": [0.5]},
        {"id": 2},
        {"timestamp": "now"},
        {"confidence": math.nan},
        {"norm_pos": [math.inf, 0.5]},
    ],
)
def test_a_malformed_datum_is_dropped_with_a_reason(bench, watcher, change):
    bench.deliver("pupil.0.2d", {**pupil_to_wire(a_pupil()), **change})

    assert watcher.pupils == []
    assert len(bench.bad_messages) == 1
