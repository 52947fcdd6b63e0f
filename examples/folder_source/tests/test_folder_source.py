"""The source's own test: a clock and an eye are all the context it needs."""

import time
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from gazed_folder_source import FolderSource

from gazed import PluginError


@pytest.fixture
def context():
    return SimpleNamespace(clock=SimpleNamespace(now=time.monotonic), eye=1)


def test_pictures_come_by_name_over_and_over_at_their_rate(tmp_path, context):
    for level in (10, 20):
        cv2.imwrite(str(tmp_path / f"{level}.png"), np.full((4, 6), level, np.uint8))
    source = FolderSource(context, str(tmp_path), rate=200.0)
    began, frames = time.monotonic(), []

    while len(frames) < 5:
        frame = source.read_frame()
        frames += [frame] if frame else []

    assert [frame.gray[0, 0] for frame in frames] == [10, 20, 10, 20, 10]
    assert [frame.index for frame in frames] == [0, 1, 2, 3, 4]
    assert time.monotonic() - began >= 4 / 200.0


def test_a_folder_without_pictures_is_refused(tmp_path, context):
    with pytest.raises(PluginError, match="must hold pictures"):
        FolderSource(context, str(tmp_path))
