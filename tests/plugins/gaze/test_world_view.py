"""Intrinsics of the world pictures that a client streams, without the pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
import zmq

from gazed import pack
from gazed_plugins.gaze import WorldView

WORLD = b"hmd_streaming.world"
PICTURE = {
    "width": 640,
    "height": 480,
    "format": "rgb",
    "index": 1,
    "timestamp": 3.0,
    "projection_matrix": [500.0, 0.0, 320.0, 0.0, 500.0, 240.0, 0.0, 0.0, 1.0],
}


@pytest.fixture
def unity(bench):
    """A client's publisher that is told what is wished for."""
    with zmq.Context() as context, context.socket(zmq.XPUB) as publisher:
        publisher.linger = 0
        publisher.rcvtimeo = 10_000
        port = publisher.bind_to_random_port("tcp://127.0.0.1")
        bench.connection = replace(bench.connection, local_subscribe=f"tcp://127.0.0.1:{port}")
        bench.start(WorldView)
        yield publisher
        bench.stop("WorldView")


def show(bench, unity, **change):
    bench.call("tick")
    assert unity.recv() == b"\1" + WORLD
    unity.send_multipart([WORLD, pack({**PICTURE, **change}), bytes(3)])
    bench.turn(10_000)


def test_the_view_is_told_and_no_more_pictures_are_wished_for(bench, unity):
    show(bench, unity)

    told = bench.told("world_view.report")
    assert (told["width"], told["height"]) == (640, 480)
    assert told["projection_matrix"] == PICTURE["projection_matrix"]
    assert told["distortion_coeffs"] == [0.0] * 5
    assert unity.recv() == b"\0" + WORLD


def test_it_looks_again_and_tells_only_what_has_changed(bench, unity):
    for index, width in enumerate((640, 640, 800)):
        show(bench, unity, index=index, width=width)
        assert unity.recv() == b"\0" + WORLD

    widths = [sent.fields["width"] for sent in bench.notifications]
    assert widths == [640, 800]


def test_a_picture_without_intrinsics_is_refused_and_the_next_one_looked_at(bench, unity):
    show(bench, unity, projection_matrix=None)
    assert unity.recv() == b"\0" + WORLD
    assert bench.bad_messages == ["projection_matrix is missing"]

    show(bench, unity)

    assert bench.told("world_view.report")["width"] == 640


def test_it_answers_who_comes_later(bench, unity):
    bench.send("world_view.should_report")
    show(bench, unity)

    bench.send("world_view.should_report")

    assert bench.subjects() == ["world_view.report"] * 2
