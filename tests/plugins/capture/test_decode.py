"""JPEGs: whole or not, and from there to gray."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from gazed_plugins.capture import decode
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

PICTURE = np.tile(np.arange(0, 192, dtype=np.uint8), (192, 1))
JPEG = cv2.imencode(".jpg", PICTURE)[1].tobytes()


def test_a_whole_jpeg_is_whole():
    assert decode.whole(JPEG)


def test_zeros_behind_a_jpeg_do_no_harm():
    padded = JPEG + bytes(200)

    assert decode.whole(padded)
    assert np.abs(decode.gray(padded).astype(int) - PICTURE).max() < 8


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\xff",
        JPEG[:-2],
        JPEG[: len(JPEG) // 2],
        JPEG[1:],
        JPEG[:-2] + bytes(200),
        JPEG + b"rest",
        bytes(5000),
    ],
)
def test_a_damaged_jpeg_is_not_whole(damaged):
    assert not decode.whole(damaged)


def test_what_is_no_picture_gives_none():
    assert decode.gray(b"\xff\xd8 no picture \xff\xd9") is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (7, 192)])
def test_a_picture_of_a_few_pixels_is_none(shape):
    jpeg = cv2.imencode(".jpg", np.full(shape, 90, np.uint8))[1].tobytes()

    assert decode.gray(jpeg) is None


def test_a_picture_is_gray_and_contiguous():
    gray = decode.gray(JPEG)

    assert (gray.shape, gray.dtype, gray.flags.c_contiguous) == ((192, 192), np.uint8, True)


@pytest.fixture(scope="module")
def eye():
    """A colour JPEG of an eye, as cameras send it."""
    state = Wearer(1).state(0, 0.5)
    gray = Renderer(0, 192, LOOKS["easy"], 1).frame(state, 0, 0.0, 0.0).gray
    return cv2.imencode(".jpg", cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR))[1].tobytes()


@pytest.mark.parametrize("lost", [512, 1024, 3072])
@pytest.mark.parametrize("share", [0.2, 0.4, 0.55])
def test_a_jpeg_with_a_piece_missing_is_noticed(eye, lost, share):
    begin = int(share * len(eye))
    holed = eye[:begin] + eye[begin + lost :]

    assert decode.whole(holed)
    assert decode.gray(eye) is not None
    assert decode.gray(holed) is None


@pytest.mark.parametrize("shade", [0, 16, 128, 255])
def test_a_picture_of_one_shade_is_none_that_lost_its_end(shade):
    plain = np.full((192, 192), shade, np.uint8)

    assert decode.gray(cv2.imencode(".jpg", plain)[1].tobytes()) is not None


@pytest.mark.parametrize("shade", [0, 255])
def test_a_picture_with_a_black_or_white_end_is_taken(shade):
    picture = PICTURE.copy()
    picture[-40:] = shade

    assert decode.gray(cv2.imencode(".jpg", picture)[1].tobytes()) is not None
