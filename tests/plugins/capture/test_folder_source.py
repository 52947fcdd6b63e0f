"""The example of a third-party source, installed as a user installs it, and run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

EXAMPLE = Path(__file__).parents[3] / "examples" / "folder_source"
CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Eye_Processes"
args = {{ eyes = [0], source = "Folder_Source", source_args = {{ folder = {folder!r} }} }}
"""


def test_installed_it_gives_the_eye_its_pictures(tmp_path, packages, start_daemon):
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", str(packages), str(EXAMPLE)], check=True)
    folder = tmp_path / "pictures"
    folder.mkdir()
    for level in (40, 90):
        cv2.imwrite(str(folder / f"{level}.png"), np.full((48, 64), level, np.uint8))

    daemon = start_daemon(CONFIG.format(folder=str(folder)))

    with daemon.client() as client:
        client.notify("frame_publishing.set_format", format="gray")
        client.subscribe("frame.eye.0")
        levels = set()
        while len(levels) < 2:
            message = client.receive(10.0)
            assert message, daemon.log()
            if message[1]["format"] == "gray":
                levels.add(message[2][0][0])
        assert levels == {40, 90}


def test_it_passes_its_own_test():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONPATH": str(EXAMPLE / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout
