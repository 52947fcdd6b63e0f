"""A focal length measured from chessboards that a camera with a known one has seen."""

from __future__ import annotations

import subprocess
import sys
import time
import tomllib

import cv2
import numpy as np
import pytest
from daemon import MINIMAL, environment

from gazed_plugins.capture.calibration import Views, fit
from gazed_plugins.capture.intrinsics import read

BOARD = (7, 5)
SIZE = 240
FOCAL_LENGTH = 300.0
CAMERA = np.array([[FOCAL_LENGTH, 0, 119.5], [0, FOCAL_LENGTH, 119.5], [0, 0, 1.0]])
TOPIC = "hmd_streaming.eye0"
CONFIG = (
    MINIMAL
    + """
[[start_plugin]]
name = "Eye_Processes"
[start_plugin.args]
eyes = [0]
source = "HMD_Streaming_Source"
source_args = { topics = ["hmd_streaming.eye0"] }
"""
)


def attitudes(count):
    random = np.random.default_rng(5)
    for _ in range(count):
        tilt = random.uniform(-0.6, 0.6, 3)
        yield tilt, np.array([*random.uniform(-1.5, 1.5, 2), random.uniform(11, 15)])


def corners_of(tilt, place):
    flat = np.zeros((BOARD[0] * BOARD[1], 3), np.float32)
    flat[:, :2] = np.mgrid[0 : BOARD[0], 0 : BOARD[1]].T.reshape(-1, 2) - [3, 2]
    return cv2.projectPoints(flat, tilt, place, CAMERA, None)[0].astype(np.float32)


def picture_of(tilt, place):
    """A board of 8 by 6 fields, 40 pixels each, as the camera sees it."""
    fields = np.indices((8, 10)).sum(axis=0) % 2 * 200 + 30
    fields[0, :] = fields[-1, :] = fields[:, 0] = fields[:, -1] = 230
    texture = np.kron(fields, np.ones((40, 40))).astype(np.uint8)
    turn = cv2.Rodrigues(tilt)[0]
    to_board = np.array([[1 / 40, 0, -1 - 4], [0, 1 / 40, -1 - 3], [0, 0, 1.0]])
    plane = CAMERA @ np.column_stack([turn[:, 0], turn[:, 1], place])
    white = cv2.warpPerspective(
        texture, plane @ to_board, (SIZE, SIZE), flags=cv2.INTER_AREA, borderValue=230
    )
    return cv2.GaussianBlur(white, (3, 3), 0)


def test_exact_corners_give_the_focal_length():
    views = [corners_of(*attitude) for attitude in attitudes(10)]

    lens = fit(views, BOARD, (SIZE, SIZE))

    assert lens.fx == pytest.approx(FOCAL_LENGTH, rel=0.002)
    assert lens.fy == pytest.approx(FOCAL_LENGTH, rel=0.002)


def test_pictures_give_it_within_two_percent_and_the_same_view_counts_once():
    views = Views(BOARD)
    pictures = [picture_of(*attitude) for attitude in attitudes(14)]

    taken = [views.add(picture) for picture in pictures]
    again = [views.add(picture) for picture in pictures]

    assert sum(taken) >= 8
    assert not any(again)
    lens = views.lens()
    assert lens.fx == pytest.approx(FOCAL_LENGTH, rel=0.02)
    assert lens.error < 0.5


def test_what_is_no_chessboard_is_not_taken():
    assert not Views(BOARD).add(np.full((SIZE, SIZE), 128, np.uint8))


def test_the_command_prints_an_entry_that_the_file_takes(start_daemon, packages, tmp_path):
    daemon = start_daemon(CONFIG)
    command = [sys.executable, "-m", "gazed", "intrinsics", "--eye", "0", "--views", "6"]
    with daemon.client() as client:
        client.subscribe("notify.plugin.started")
        client.notify("eye_process.should_start.0", eye_id=0)
        pictures = [picture_of(*attitude) for attitude in attitudes(14)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(daemon.directory, packages),
        )
        publish(client, pictures, process)
        said, progress = process.communicate(timeout=30)

    assert process.returncode == 0, progress
    assert "6 of 6 views" in progress
    path = tmp_path / "intrinsics.toml"
    path.write_text(said)
    assert tomllib.loads(said)["camera"][0]["frame_size"] == [SIZE, SIZE]
    assert read(path)[0].focal_length_px == pytest.approx(FOCAL_LENGTH, rel=0.05)


def publish(client, pictures, process):
    timestamp, end = time.monotonic(), time.monotonic() + 40
    while process.poll() is None and time.monotonic() < end:
        for picture in pictures:
            timestamp += 0.01
            fields = {"format": "gray", "width": SIZE, "height": SIZE, "timestamp": timestamp}
            client.publish(TOPIC, {"topic": TOPIC, **fields}, picture.tobytes())
            client.receive(0.02)


def test_without_a_camera_or_a_board_it_says_so(start_daemon, packages):
    daemon = start_daemon()
    for arguments, problem in (
        (["--eye", "0"], "eye0 has no camera"),
        (["--eye", "0", "--board", "7"], "inner corners such as 7x5"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "gazed", "intrinsics", *arguments],
            capture_output=True,
            text=True,
            env=environment(daemon.directory, packages),
            check=False,
        )
        assert done.returncode == 1
        assert problem in done.stderr
