"""The camera's thread, in real time: it starts, ends, and is watched over."""

from __future__ import annotations

import threading
import time

import pytest
from harness import Bench

from gazed import Clock
from gazed_plugins.capture import source as source_module
from gazed_plugins.capture.uvc_source import UVCSource


@pytest.fixture
def bench(tmp_path, fake_uvc):
    fake_uvc.use(fake_uvc.World([fake_uvc.FakeCamera()]))
    with Bench(tmp_path, "eye0") as bench:
        bench.clock.close()
        bench.clock = Clock(tmp_path / "clock")
        yield bench


def frames(source, count, within=10.0):
    found, end = [], time.monotonic() + within
    while len(found) < count and time.monotonic() < end:
        frame = source.read_frame()
        found += [frame] if frame else []
    return found


def camera_threads():
    return [thread for thread in threading.enumerate() if "camera" in thread.name]


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
def test_frames_arrive_soon_after_the_camera_gave_them(bench):
    source = bench.start(UVCSource)
    frames(source, 5)

    delays = []
    while len(delays) < 100:
        frame = source.read_frame()
        delays += [bench.clock.now() - frame.received] if frame else []

    assert sorted(delays)[50] < 0.01


def test_reading_waits_at_most_some_20_ms(bench, fake_uvc):
    fake_uvc.current().cameras[0].unplug()
    source = bench.start(UVCSource)
    began = time.monotonic()

    for _ in range(10):
        assert source.read_frame() is None

    assert 0.15 < time.monotonic() - began < 2.0


def test_stopping_gives_the_camera_back_and_leaves_no_thread(bench, fake_uvc):
    for _ in range(20):
        source = bench.start(UVCSource)
        assert frames(source, 3)
        bench.stop("UVCSource")

        assert fake_uvc.current().opened == 0
        assert not camera_threads()


# A shared machine may hiccup: the limit holds if it holds once in three tries.
@pytest.mark.flaky(reruns=2)
def test_stopping_ends_the_search_for_a_camera_at_once(bench, fake_uvc):
    fake_uvc.current().cameras[0].unplug()
    source = bench.start(UVCSource)
    frames(source, 1, within=1.0)
    began = time.monotonic()

    bench.stop("UVCSource")

    assert time.monotonic() - began < 1.0
    assert not camera_threads()


def test_restarting_the_source_takes_the_same_camera_again(bench):
    bench.start(UVCSource)
    source = bench.start(UVCSource, frame_rate=120)

    assert frames(source, 3)
    assert bench.subjects("capture.lost") == []


def test_a_driver_that_blocks_is_reported_once_and_a_restart_asked_for(
    bench, fake_uvc, monkeypatch
):
    monkeypatch.setattr(source_module, "_BLOCKED_SECONDS", 0.1)
    monkeypatch.setattr(fake_uvc, "FOREVER", threading.Event())
    source = bench.start(UVCSource)
    frames(source, 3)
    fake_uvc.current().cameras[0].trouble = "block"
    end = time.monotonic() + 10.0
    while not bench.subjects("host.") and time.monotonic() < end:
        source.read_frame()
        source.tick()
    for _ in range(5):
        source.tick()
    fake_uvc.FOREVER.set()

    asked = bench.told("host.should_restart")
    assert asked["host"] == "eye0"
    assert "does not return" in asked["reason"]
    lost = bench.told("capture.lost")
    assert (lost["code"], lost["text"]) == ("blocked", asked["reason"])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_a_surprise_has_ended_is_begun_again(bench, monkeypatch):
    source = bench.start(UVCSource)
    frames(source, 3)

    def surprise(timeout):
        raise ZeroDivisionError

    monkeypatch.setattr(source.grabber.camera, "read", surprise)
    source.grabber._thread.join(5.0)
    source.tick()
    monkeypatch.undo()

    assert len(frames(source, 3)) == 3
    lost = bench.told("capture.lost")
    assert lost["code"] == "broken"
    assert "nobody foresaw" in lost["text"]


def test_a_slow_reader_loses_pictures_but_no_order(bench):
    source = bench.start(UVCSource)
    indexes = []
    for _ in range(20):
        (frame,) = frames(source, 1)
        indexes.append(frame.index)
        time.sleep(0.02)

    assert indexes == sorted(set(indexes))
    counters = source.grabber.counters
    assert counters.dropped > 0
    assert counters.frames - counters.dropped - len(indexes) in (0, 1)
