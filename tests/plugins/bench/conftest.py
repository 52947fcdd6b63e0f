"""Labelled sets that a test writes, detectors that it installs, and the command that it runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from click.testing import CliRunner, Result

from gazed.cli import main

HEADER = "frame,file,pupil_visible,cx,cy,major,minor,angle_deg,quality"
WIDTH, HEIGHT = 100, 80
LABEL = "1,50,40,30,20,90,1.0"
"""A pupil in the middle: what the fake detectors start from."""


@pytest.fixture
def labelled_clip(tmp_path) -> Callable[..., Path]:
    """Return a function that writes a clip and what follows the file column in its labels."""

    def write(*labels: str, name: str = "eyes", frames: int | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        write_clip(folder / "clip.avi", len(labels) if frames is None else frames)
        rows = [f"{index},,{label}" for index, label in enumerate(labels)]
        (folder / "gt.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        return folder

    return write


@pytest.fixture
def labelled_stills(tmp_path) -> Callable[..., Path]:
    """Return a function that writes pictures and their labels."""

    def write(*labels: str, name: str = "stills") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        rows = [f"{index},eye{index}.png,{label}" for index, label in enumerate(labels)]
        for index in range(len(labels)):
            cv2.imwrite(str(folder / f"eye{index}.png"), np.full((HEIGHT, WIDTH), 90, np.uint8))
        (folder / "gt.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        return folder

    return write


@pytest.fixture
def detector(install, packages, monkeypatch) -> Callable[..., None]:
    """Return a function that installs a class as a detector of a third party, in this process."""
    monkeypatch.syspath_prepend(str(packages))

    def write(source: type | str, name: str = "") -> None:
        install(name or source.__name__, source, group="gazed.eye")

    return write


@pytest.fixture
def bench() -> Callable[..., Result]:
    """Return a function that runs ``gazed bench``."""

    def run(*arguments: Any) -> Result:
        return CliRunner().invoke(main, ["bench", *(str(argument) for argument in arguments)])

    return run


@pytest.fixture
def figures(bench, tmp_path) -> Callable[..., dict[str, Any]]:
    """Return a function that runs ``gazed bench detect`` and returns all its figures."""

    def run(*arguments: Any) -> dict[str, Any]:
        done = bench("detect", *arguments, "--json", tmp_path / "figures.json")
        assert done.exit_code == 0, done.output
        return json.loads((tmp_path / "figures.json").read_text())

    return run


def write_clip(path: Path, frames: int) -> None:
    """Write a gray video, WIDTH by HEIGHT pixels."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 30, (WIDTH, HEIGHT))
    for _ in range(frames):
        writer.write(np.full((HEIGHT, WIDTH, 3), 90, np.uint8))
    writer.release()
