"""Public clients, unmodified, each in a process of its own against a real service."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
import threading
from importlib import metadata
from pathlib import Path

import pytest
from protocol.raw import RawClient, fields_of
from protocol.running import EYES_ON_REQUEST, running
from protocol.synthetic import publish, pupil

HERE = Path(__file__).parent
FORWARDED = "Message forwarded."
INSTALLED = {distribution.name for distribution in metadata.distributions()}
NODE_MODULES = HERE / "node_modules" / "zeromq"


@pytest.fixture(scope="module")
def service():
    with running(EYES_ON_REQUEST) as daemon:
        yield daemon


@pytest.fixture
def pupils(service):
    """Pupil data of both eyes on the bus, a hundred a second, while the test runs."""
    done = threading.Event()

    def go_on():
        with RawClient(service.port) as client:
            for number in itertools.count():
                for eye in (0, 1):
                    publish(client, pupil(eye, number / 50, (0.25, 0.5)))
                if done.wait(0.02):
                    return

    thread = threading.Thread(target=go_on)
    thread.start()
    yield
    done.set()
    thread.join()


@pytest.mark.skipif(
    "pupil-core-network-client" not in INSTALLED,
    reason="pupil-core-network-client is not installed",
)
def test_the_pupil_core_network_client_works(service, remote, pupils):
    remote.subscribe(b"annotation", b"picture", b"notify.pupil_labs.")

    said = run_client(service, sys.executable, "network_client.py")

    assert said["version"] == "3.6.14"
    assert abs(said["clock_difference"]) < 0.1
    assert said["replies"] == ["OK"] * 4 + [FORWARDED] * 5
    assert said["datum"] in (["pupil.0.2d", 0], ["pupil.1.2d", 1])
    assert said["own"] == ["own.stream", [1, 2]]
    annotation = fields_of(remote.wait_for("annotation"))
    assert (annotation["label"], annotation["trial"]) == ("sent by request", 5)
    assert remote.wait_for("picture")[2:] == [b"one", b"two"]


@pytest.mark.skipif(
    "pyplr" not in INSTALLED, reason="run `pip install --no-deps pyplr==1.0.3` first"
)
def test_pyplr_works(service, remote, pupils):
    remote.subscribe(b"notify.pyplr.", b"notify.recording.should_start")

    said = run_client(service, sys.executable, "pyplr_client.py")

    assert said["version"] == "3.6.14"
    assert abs(said["time"]) < 0.1
    assert said["replies"] == [FORWARDED, "OK", "OK", "Unknown command.", FORWARDED, FORWARDED]
    assert said["grabbed"]["count"] > 5
    assert said["grabbed"]["topics"] == ["pupil.1.2d"]
    assert said["grabbed"]["diameters"] == [40.0]
    assert fields_of(remote.receive())["session_name"] == "a session"
    assert fields_of(remote.receive())["value"] == 0.5


@pytest.mark.skipif(not shutil.which("node"), reason="Node.js is not installed")
@pytest.mark.skipif(
    not NODE_MODULES.exists(), reason="run `npm install --prefix tests/protocol` first"
)
def test_a_client_in_javascript_works(service, remote, pupils):
    remote.subscribe(b"picture")

    said = run_client(service, "node", "node_client.mjs")

    refused = "'soon' cannot be converted to float."
    assert said["replies"] == ["3.6.14", refused, "Unknown command.", FORWARDED, FORWARDED]
    assert said["datum"]["norm_pos"] == [0.25, 0.5]
    assert said["datum"]["topic"] == f"pupil.{said['datum']['id']}.2d"
    assert said["started"] == {"topic": "notify.plugin.started", "name": "Annotation_Capture"}
    assert remote.receive()[2] == b"\x01\x02\x03"


def run_client(service, program, script):
    """Run a client to its end; return what it found, from its last line."""
    done = subprocess.run(
        [program, str(HERE / script), str(service.port)],
        capture_output=True,
        text=True,
        timeout=30,
        cwd=HERE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])
