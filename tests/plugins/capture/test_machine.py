"""The states of a camera, on a clock that the test moves."""

from __future__ import annotations

import pytest

from gazed_plugins.capture.cameras import CameraInfo, Mode
from gazed_plugins.capture.faults import Busy, NotFound, Stalled, Unplugged
from gazed_plugins.capture.machine import Counters, Machine, State

CAMERA = CameraInfo("Pupil Cam2 ID0", serial="0001")
MODE = Mode(192, 192, 200.0)


@pytest.fixture
def machine():
    return Machine(Counters())


def streaming(machine, at=0.0):
    machine.found(CAMERA, at)
    machine.opened(MODE, (), at)
    return machine.picture(at)


def test_a_camera_goes_from_looking_over_opening_to_streaming(machine):
    looking = machine.looking(0.0)
    opening = machine.found(CAMERA, 0.1)
    machine.opened(MODE, ("it runs at half the rate",), 0.2)
    first = machine.picture(0.3)

    states = [looking.state, opening.state, first.state]
    assert states == [State.LOOKING, State.OPENING, State.STREAMING]
    assert (first.camera, first.mode, first.fault) == (CAMERA, MODE, None)
    assert first.notes == ("it runs at half the rate",)
    assert machine.picture(0.305) is None


def test_another_camera_that_is_opened_has_no_mode_yet(machine):
    streaming(machine)

    assert machine.found(CAMERA, 1.0).mode is None


def test_silence_is_a_stall_and_the_next_picture_ends_it(machine):
    streaming(machine)

    assert machine.silent(0.2, Stalled("it")) is None
    stalled = machine.silent(0.3, Stalled("it"))
    again = machine.picture(0.4)

    assert (stalled.state, stalled.fault.code) == (State.STALLED, "stalled")
    assert (again.state, again.fault) == (State.STREAMING, None)
    assert machine.counters.reconnects == 0


def test_a_slow_camera_is_given_more_time_before_it_counts_as_stalled(machine):
    machine.found(CAMERA, 0.0)
    machine.opened(Mode(640, 480, 10.0), (), 0.0)
    machine.picture(0.0)

    assert machine.silent(0.7, Stalled("it")) is None
    assert machine.silent(0.9, Stalled("it")).state is State.STALLED


def test_a_camera_that_stays_silent_is_given_up(machine):
    streaming(machine)
    machine.silent(0.3, Stalled("it"))

    assert not machine.gives_up(1.2)
    assert machine.gives_up(1.3)


def test_a_camera_just_opened_has_three_seconds_for_its_first_picture(machine):
    machine.found(CAMERA, 0.0)
    machine.opened(MODE, (), 0.0)

    assert not machine.gives_up(2.9)
    assert machine.gives_up(3.1)


def test_a_fault_that_recurs_is_told_once(machine):
    machine.found(CAMERA, 0.0)
    told = [machine.failed(Busy("it"), 0.0)]
    for attempt in range(1, 20):
        told.append(machine.found(CAMERA, float(attempt)))
        told.append(machine.failed(Busy("it"), float(attempt)))

    assert [change.fault.code for change in told if change] == ["busy"]


def test_another_fault_is_told_again(machine):
    machine.found(CAMERA, 0.0)
    machine.failed(Busy("it"), 0.0)
    machine.found(CAMERA, 1.0)

    change = machine.failed(Unplugged("it"), 1.0)

    assert (change.state, change.fault.code) == (State.LOST, "unplugged")


def test_a_camera_that_is_missing_is_looked_for_with_the_reason(machine):
    streaming(machine)
    machine.failed(Unplugged("it"), 1.0)

    change = machine.missing(NotFound("it"), 1.1)

    assert (change.state, change.fault.code) == (State.LOOKING, "not_found")
    assert machine.missing(NotFound("it"), 1.2) is None


@pytest.mark.parametrize(("fault", "longest"), [(Unplugged("it"), 0.4), (Busy("it"), 0.8)])
def test_pauses_grow_but_stay_below_a_second(machine, fault, longest):
    pauses = []
    for attempt in range(100):
        machine.found(CAMERA, float(attempt))
        machine.failed(fault, float(attempt))
        pauses.append(machine.pause)

    assert pauses[0] <= 0.1
    assert pauses == sorted(pauses)
    assert pauses[-1] == longest < 1.0


def test_pauses_begin_short_again_after_pictures_came(machine):
    for attempt in range(10):
        machine.failed(Unplugged("it"), float(attempt))
    streaming(machine, 20.0)

    machine.failed(Unplugged("it"), 21.0)

    assert machine.pause <= 0.1


def test_counters_count_pictures_late_ones_and_reconnects(machine):
    streaming(machine)
    machine.picture(0.005)
    machine.picture(0.020)
    machine.failed(Unplugged("it"), 1.0)
    streaming(machine, 2.0)

    assert machine.counters.to_wire() == {
        "frames": 4,
        "late": 1,
        "dropped": 0,
        "decode_errors": 0,
        "reconnects": 1,
    }


def test_another_mode_is_told(machine):
    streaming(machine)

    change = machine.switched(Mode(400, 400, 120.0), 1.0)

    assert change.state is State.STREAMING
    assert change.mode == Mode(400, 400, 120.0)
