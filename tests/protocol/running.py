"""Daemons that several tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from daemon import SERVICE, Daemon

EYES_ON_REQUEST = (
    SERVICE
    + """
[[start_plugin]]
name = "Blink_Detection"
[[start_plugin]]
name = "Annotation_Capture"
[[start_plugin]]
name = "Recorder"
"""
)
SIMULATED = EYES_ON_REQUEST.replace(
    "eyes = []", 'eyes = [], source = "Simulated_Eye", source_args = { frame_rate = 60.0 }'
)


@contextmanager
def running(config: str = SERVICE) -> Iterator[Daemon]:
    """Run a daemon and stop it at the end."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        directory, packages = Path(name) / "daemon", Path(name) / "packages"
        directory.mkdir()
        packages.mkdir()
        daemon = Daemon(directory, config, packages)
        try:
            yield daemon
        finally:
            daemon.stop()


def start_eye(daemon: Daemon, eye: int) -> None:
    """Have an eye run with its detector, whether it ran before or not."""
    if "Detector_2D" in _hosts(daemon).get(f"eye{eye}", {}).get("plugins", {}):
        return
    with daemon.client() as client:
        client.subscribe("notify.plugin.")
        client.notify(f"eye_process.should_start.{eye}", eye_id=eye)
        client.wait_for("plugin.started", name="Detector_2D", host=f"eye{eye}")


def stop_eye(daemon: Daemon, eye: int) -> None:
    """Have an eye not run, whether it ran before or not."""
    with daemon.client() as client:
        while f"eye{eye}" in (hosts := _hosts(daemon)):
            if hosts[f"eye{eye}"]["state"] != "stopping":
                client.notify(f"eye_process.should_stop.{eye}", eye_id=eye)


def _hosts(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {entry["name"]: entry for entry in daemon.report()["hosts"]}
