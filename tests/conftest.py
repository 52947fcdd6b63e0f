"""Fixtures: a daemon, a client of it, and third-party packages written by a test."""

from __future__ import annotations

import inspect
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from daemon import SERVICE, Daemon

from gazed import Client

EYES = Path(__file__).parents[2] / "shared" / "eyes"
TRANSCRIPTS = Path(__file__).parents[2] / "shared" / "client-transcripts"

_HEADER = """
from __future__ import annotations
import os, time, signal, threading
from typing import Annotated, Literal
from gazed import *
from gazed import hookimpl
"""


@pytest.fixture
def short_path() -> Iterator[Path]:
    """A directory with a path short enough for the bus's sockets."""
    with tempfile.TemporaryDirectory(prefix="gz") as name:
        yield Path(name)


@pytest.fixture
def packages(short_path: Path) -> Path:
    """Where packages written by a test are installed."""
    path = short_path / "packages"
    path.mkdir()
    return path


@pytest.fixture
def start_daemon(short_path: Path, packages: Path) -> Iterator[Callable[..., Daemon]]:
    """Return a function that starts a daemon with a configuration; all are stopped at the end."""
    started: list[Daemon] = []

    def start(config: str = SERVICE, *arguments: str) -> Daemon:
        directory = short_path / str(len(started))
        directory.mkdir()
        started.append(Daemon(directory, config, packages, *arguments))
        return started[-1]

    yield start
    for daemon in started:
        daemon.stop()


@pytest.fixture
def daemon(start_daemon: Callable[..., Daemon]) -> Daemon:
    """A daemon without eyes."""
    return start_daemon()


@pytest.fixture
def client(daemon: Daemon) -> Iterator[Client]:
    """A client of ``daemon`` that hears all notifications."""
    with daemon.client() as client:
        client.subscribe("notify.")
        yield client


@pytest.fixture
def install(packages: Path) -> Callable[..., None]:
    """Return a function that installs a class as a plugin of a package of its own."""

    def write(name: str, source: type | str, group: str = "gazed.service") -> None:
        text = source if isinstance(source, str) else textwrap.dedent(inspect.getsource(source))
        class_name = name if isinstance(source, str) else source.__name__
        module = f"test_plugin_{name.lower()}"
        (packages / f"{module}.py").write_text(_HEADER + text)
        info = packages / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{name} = {module}:{class_name}\n")

    return write
