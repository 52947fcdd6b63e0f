"""Daemons that several tests share."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
SIMULATED = EYES_ON_REQUEST.replace("eyes = []", 'eyes = [], source = "Simulated_Eye"')


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
