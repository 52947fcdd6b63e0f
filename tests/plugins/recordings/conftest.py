"""Recordings for tests: one that nobody changes, and copies of it to damage."""

from __future__ import annotations

import shutil

import pytest
from recordings_made import Made, make_recording

SMALL = {"seconds": 1.5, "rate": 30.0, "size": (64, 48)}


@pytest.fixture(scope="session")
def made(tmp_path_factory) -> Made:
    """A whole recording of two eyes."""
    return make_recording(tmp_path_factory.mktemp("whole") / "000", **SMALL)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Made:
    """A whole recording that is quick to read."""
    folder = tmp_path_factory.mktemp("tiny") / "000"
    return make_recording(folder, seconds=0.3, rate=20.0, size=(64, 48))


@pytest.fixture
def copy(made, tmp_path) -> Made:
    """A copy of it that a test may damage."""
    folder = tmp_path / "000"
    shutil.copytree(made.path, folder)
    return Made(folder, dict(made.records), made.frames, made.jpegs)
