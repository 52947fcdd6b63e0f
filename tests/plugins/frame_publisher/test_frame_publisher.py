"""Eye pictures on the bus: each format decodes to the picture, and nothing is sent for nobody."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from harness import Bench

from gazed import Frame
from gazed_plugins.frame_publisher import FramePublisher

WIDTH, HEIGHT = 64, 48
GRADIENT = np.tile(np.linspace(20, 220, WIDTH).astype(np.uint8), (HEIGHT, 1))
COLOUR = cv2.merge([GRADIENT, GRADIENT[:, ::-1].copy(), np.full_like(GRADIENT, 90)])


@pytest.fixture
def bench(tmp_path):
    with Bench(tmp_path, "eye1") as bench:
        bench.start(FramePublisher)
        yield bench


def frame(**more):
    gray = cv2.cvtColor(more["bgr"], cv2.COLOR_BGR2GRAY) if "bgr" in more else GRADIENT
    return Frame(eye=1, index=7, timestamp=2.5, received=2.5, gray=gray, **more)


def published(bench, wanted, **more):
    bench.send("frame_publishing.started", format=wanted)
    bench.call("on_frame", frame=frame(**more))
    (sent,) = bench.data("frame.eye.1")
    assert {
        key: sent.fields[key] for key in ("width", "height", "index", "timestamp", "format")
    } == {
        "width": WIDTH,
        "height": HEIGHT,
        "index": 7,
        "timestamp": 2.5,
        "format": wanted,
    }
    (raw,) = sent.raw
    return np.frombuffer(raw, np.uint8)


def test_jpeg_is_encoded_where_the_source_has_none(bench):
    raw = published(bench, "jpeg")

    assert raw[:2].tobytes() == b"\xff\xd8"
    assert np.abs(cv2.imdecode(raw, cv2.IMREAD_GRAYSCALE).astype(int) - GRADIENT).max() < 4


def test_the_cameras_own_jpeg_is_passed_on_unchanged(bench):
    assert published(bench, "jpeg", jpeg=b"\xff\xd8camera").tobytes() == b"\xff\xd8camera"


def test_gray_is_the_pixels_row_by_row(bench):
    assert np.array_equal(published(bench, "gray").reshape(HEIGHT, WIDTH), GRADIENT)


@pytest.mark.parametrize("colour", [False, True])
def test_bgr_has_three_bytes_a_pixel(bench, colour):
    raw = published(bench, "bgr", **({"bgr": COLOUR} if colour else {}))

    expected = COLOUR if colour else cv2.merge([GRADIENT] * 3)
    assert np.array_equal(raw.reshape(HEIGHT, WIDTH, 3), expected)


@pytest.mark.parametrize("colour", [False, True])
def test_yuv_is_planar_with_half_as_many_columns_of_colour(bench, colour):
    raw = published(bench, "yuv", **({"bgr": COLOUR} if colour else {}))

    luma, rest = raw[: WIDTH * HEIGHT].reshape(HEIGHT, WIDTH), raw[WIDTH * HEIGHT :]
    blue, red = rest.reshape(2, HEIGHT, WIDTH // 2)
    wide = [cv2.resize(plane, (WIDTH, HEIGHT)) for plane in (red, blue)]
    back = cv2.cvtColor(cv2.merge([luma, *wide]), cv2.COLOR_YCrCb2BGR)
    expected = COLOUR if colour else cv2.merge([GRADIENT] * 3)
    assert np.abs(back.astype(int) - expected).mean() < 3


def test_nothing_is_encoded_for_nobody(bench):
    bench.wishes = ["frame.eye.0"]

    bench.call("on_frame", frame=frame())

    assert bench.data() == []


def test_publishing_stops_and_starts_when_told(bench):
    bench.send("frame_publishing.stopped")
    bench.call("on_frame", frame=frame())
    assert bench.data() == []

    bench.send("frame_publishing.started")
    bench.call("on_frame", frame=frame())

    assert len(bench.data("frame.eye.1")) == 1


def test_an_unknown_format_changes_nothing(bench):
    bench.send("frame_publishing.started", format="gray")

    bench.send("frame_publishing.started", format="tiff")
    bench.call("on_frame", frame=frame())

    assert bench.data("frame.eye.1")[0].fields["format"] == "gray"
