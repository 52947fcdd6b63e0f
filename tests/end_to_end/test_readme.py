"""The scripts in the README do what they say."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

from recordings_made import make_recording

README = Path(__file__).parents[2] / "README.md"
DATUM = {
    "topic": "pupil.0.2d",
    "id": 0,
    "timestamp": 1.0,
    "confidence": 1.0,
    "norm_pos": [0.25, 0.75],
    "diameter": 40.0,
    "method": "2d c++",
}


def scripts():
    return re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)


def test_the_first_prints_a_pupil_datum(daemon):
    code, _ = scripts()
    stop = threading.Event()

    def publish():
        with daemon.client() as client:
            while not stop.wait(0.05):
                client.publish("pupil.0.2d", DATUM)

    thread = threading.Thread(target=publish)
    thread.start()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code.replace("50020", str(daemon.port))],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    stop.set()
    thread.join()

    assert done.stdout == "pupil.0.2d [0.25, 0.75]\n", done.stderr


def test_the_second_reads_a_recording(tmp_path):
    _, code = scripts()
    made = make_recording(tmp_path / "recordings" / "2026_11_22" / "000", seconds=1.0)

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"({len(made.records['gaze'])}, 3) []\n"
