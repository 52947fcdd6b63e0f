"""Real infrared videos, played into a running service, give the pupils that people measured."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from conftest import EYES
from daemon import MINIMAL

from gazed_plugins.video import read_pictures

CONFIG = MINIMAL + '[[start_plugin]]\nname = "Eye_Processes"\nargs = { eyes = [] }\n'


@pytest.mark.skipif(not EYES.exists(), reason="the eye pictures in ../shared/eyes are not here")
@pytest.mark.parametrize("clip", ["eyeloop/clip.mp4", "pupilext_1/clip.gif"])
def test_95_percent_of_the_labelled_pupils_are_found_within_5_pixels(start_daemon, clip):
    path = EYES / clip
    data = played(start_daemon(CONFIG), path)

    pictures = list(read_pictures(path))
    assert len(data) == len(pictures)
    height, width = pictures[0].gray.shape
    errors, confident_when_closed = [], 0
    for row in labels(path):
        pupil = data[pictures[int(row["frame"])].timestamp]
        if row["pupil_visible"] == "1":
            x, y = pupil["norm_pos"][0] * width, (1 - pupil["norm_pos"][1]) * height
            errors.append(math.hypot(x - float(row["cx"]), y - float(row["cy"])))
        else:
            confident_when_closed += pupil["confidence"] >= 0.6
    assert sum(error < 5 for error in errors) >= 0.95 * len(errors)
    assert confident_when_closed == 0


def played(daemon, path: Path) -> dict[float, dict]:
    """Play a clip as fast as it goes; return the pupil data by the frame's time in the file."""
    args = {"source_path": str(path), "timing": "fast", "timestamps": "recorded"}
    data = {}
    with daemon.client(timeout=30) as client:
        client.subscribe("pupil.0.2d", "notify.file_source.video_finished")
        client.subscribe("notify.plugin.started")
        client.notify("eye_process.should_start.0", eye_id=0)
        client.wait_for("plugin.started", name="Detector_2D")
        client.unsubscribe("notify.plugin.started")
        client.notify("start_eye_plugin", target="eye0", name="File_Source", args=args)
        finished = False
        while not finished or len(data) < 1:
            topic, fields, _ = client.receive()
            finished = finished or topic.endswith("video_finished")
            if topic == "pupil.0.2d":
                data[fields["timestamp"]] = fields
        while (message := client.receive(0.5)) is not None:
            data[message[1]["timestamp"]] = message[1]
    return data


def labels(path: Path) -> list[dict[str, str]]:
    with (path.parent / "gt.csv").open() as file:
        return list(csv.DictReader(file))
