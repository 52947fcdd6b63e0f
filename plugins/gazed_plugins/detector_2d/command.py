"""``gazed detect``: videos and pictures through the detector, without a service."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

import click
import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gazed import NO_ELLIPSE, Ellipse
from gazed_plugins.detector_2d.detector import PupilDetector
from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.video import UnreadableVideoError, is_picture, read_pictures

COLUMNS = (
    "file",
    "frame",
    "timestamp",
    "cx",
    "cy",
    "major",
    "minor",
    "angle_deg",
    "confidence",
    "diameter_px",
)
VIDEOS = frozenset((".mp4", ".avi", ".mkv", ".mov", ".gif", ".mjpeg", ".webm", ".m4v", ".h264"))
"""What files are taken for videos when a folder is given."""


@click.command()
@click.argument(
    "inputs", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="INPUT…"
)
@click.option("--csv", "output", required=True, help="Where the rows go, - for standard output.")
def detect(inputs: tuple[Path, ...], output: str) -> None:
    """Find the pupil in every frame of videos and pictures; write one row a frame.

    A folder stands for the videos and pictures in it. Frames of a video follow each other;
    single pictures are independent. Lengths are full axes in pixels, angle_deg is the major
    axis' direction from +x towards +y; a frame without a pupil has zeros.
    """
    cv2.setNumThreads(1)
    if reason := why_slow():
        click.echo(f"the detector runs without its compiled kernel, slower: {reason}", err=True)
    files = [file for given in inputs for file in _expanded(given)]
    failed = 0
    with ExitStack() as stack:
        rows = csv.writer(_opened(stack, output), lineterminator="\n")
        rows.writerow(COLUMNS)
        progress = stack.enter_context(_progress())
        task = progress.add_task("", total=len(files))
        for file in files:
            progress.update(task, description=file.name)
            failed += not _detect_file(file, rows)
            progress.advance(task)
    if failed:
        raise click.exceptions.Exit(1)


def angle_of_major_axis(ellipse: Ellipse) -> float:
    """Return the direction of the longer axis in degrees from +x towards +y, in [0, 180)."""
    minor, major = ellipse.axes
    return (ellipse.angle + (90.0 if major >= minor else 0.0)) % 180.0


def _detect_file(file: Path, rows: Any) -> bool:
    detector = PupilDetector()
    try:
        for picture in read_pictures(file):
            ellipse, confidence = detector.detect(picture.gray)
            time = "" if picture.timestamp is None else f"{picture.timestamp:.6f}"
            rows.writerow([file, picture.index, time, *_figures(ellipse, confidence)])
    except UnreadableVideoError as error:
        click.echo(f"Error: {error}", err=True)
        return False
    return True


def _figures(ellipse: Ellipse, confidence: float) -> Sequence[str]:
    angle = 0.0 if ellipse == NO_ELLIPSE else angle_of_major_axis(ellipse)
    minor, major = sorted(ellipse.axes)
    places = (*ellipse.center, major, minor, angle)
    return [*(f"{value:.3f}" for value in places), f"{confidence:.4f}", f"{ellipse.diameter:.3f}"]


def _expanded(given: Path) -> Iterator[Path]:
    if not given.is_dir():
        yield given
        return
    for file in sorted(given.iterdir()):
        if is_picture(file) or file.suffix.lower() in VIDEOS:
            yield file


def _opened(stack: ExitStack, output: str) -> TextIO:
    if output == "-":
        return sys.stdout
    try:
        return stack.enter_context(Path(output).open("w", encoding="utf-8", newline=""))
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from None


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
