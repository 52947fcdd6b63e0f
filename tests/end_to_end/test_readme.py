"""The script in the README does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

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


def test_it_prints_a_pupil_datum(daemon):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)
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
