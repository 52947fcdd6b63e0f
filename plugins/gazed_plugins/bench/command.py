"""``gazed bench``: detectors compared with each other, and with what they once were."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import click
import cv2
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from gazed_plugins.bench import table
from gazed_plugins.bench.cases import PictureSet
from gazed_plugins.bench.contender import Contender, contenders
from gazed_plugins.bench.inputs import sets_in
from gazed_plugins.bench.plot import png
from gazed_plugins.bench.regression import changes, read_results
from gazed_plugins.bench.report import Report, reported
from gazed_plugins.bench.run import Entry, compared
from gazed_plugins.bench.simulated import simulated_sets
from gazed_plugins.bench.stand import Stand
from gazed_plugins.simulated_headset.geometry import FOCAL_LENGTHS_PX
from gazed_plugins.simulated_headset.look import Level

OURS = "Detector_2D"
_LEVELS: tuple[Level, ...] = get_args(Level)
_SIZES = tuple(str(size) for size in FOCAL_LENGTHS_PX)
_SECONDS = 3.0
_THREADS = ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM", "OPENBLAS_NUM_THREADS")


def _listed(kind: click.ParamType[Any]) -> Callable[..., tuple[Any, ...] | None]:
    """Return what makes values of a kind of text with commas."""

    def convert(
        context: click.Context, option: click.Parameter, text: str | None
    ) -> tuple[Any, ...] | None:
        if text is None:
            return None
        return tuple(kind.convert(part.strip(), option, context) for part in text.split(","))

    return convert


@dataclass(frozen=True, slots=True)
class Options:
    """What ``gazed bench detect`` was told."""

    inputs: tuple[Path, ...]
    detectors: tuple[str, ...]
    levels: tuple[Level, ...] | None
    sizes: tuple[str, ...]
    people: int
    most: int | None
    file: Path | None
    picture: Path | None

    def check(self) -> None:
        """Refuse, before any work is done, places where nothing can be written."""
        for place in (self.file, self.picture):
            if place and not place.parent.is_dir():
                raise click.ClickException(f"{place} cannot be written: there is no such folder")

    def sets(self) -> list[PictureSet]:
        """Return the sets of pictures asked for."""
        levels = self.levels if self.levels is not None else () if self.inputs else _LEVELS
        sizes = [int(size) for size in self.sizes]
        simulated = simulated_sets(levels, sizes, self.people, _SECONDS)
        return [*sets_in(self.inputs, self.most), *simulated]


@click.group()
def bench() -> None:
    """Compare pupil detectors: how right, how sure, how fast."""


@bench.command()
@click.argument("inputs", nargs=-1, type=click.Path(path_type=Path), metavar="[INPUT]…")
@click.option(
    "--detector",
    "detectors",
    multiple=True,
    default=(OURS,),
    metavar="NAME",
    help="A plugin, or NAME={arguments as JSON}, or all; repeat to compare.  [default: ours]",
)
@click.option(
    "--simulated",
    "levels",
    callback=_listed(click.Choice(_LEVELS)),
    metavar="LEVELS",
    help="Draw easy, medium or hard eyes, with commas.  [default: all three when no INPUT]",
)
@click.option(
    "--size",
    "sizes",
    callback=_listed(click.Choice(_SIZES)),
    default="192",
    show_default=True,
    help="How wide the simulated pictures are in pixels: 192, 400 or both.",
)
@click.option(
    "--people",
    type=click.IntRange(1),
    default=4,
    show_default=True,
    help="How many simulated wearers, each for three seconds.",
)
@click.option("--most", type=click.IntRange(1), help="Take so many pictures of each INPUT's sets.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write all figures here.")
@click.option("--plot", "picture", type=click.Path(path_type=Path), help="Draw a PNG here.")
def detect(**given: Any) -> None:
    """Compare detectors on labelled pictures, videos and the simulated headset.

    INPUT is a folder with pictures or a clip and their labels in gt.csv, a video, or a folder
    of these; docs/bench.md describes the labels. Each detector sees the same pictures in the
    same order: each labelled one by itself (search), and clips from their start (track).
    """
    options = Options(**given)
    options.check()
    with _stand() as stand:
        field = contenders(options.detectors, stand)
        report = reported(field, _entries(field, options.sets()))
    table.show(report, table.console())
    _write(report, options)
    if any(contender.failure for contender in field):
        raise click.exceptions.Exit(1)


@bench.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option(
    "--points",
    type=click.FloatRange(0),
    default=1.0,
    show_default=True,
    help="How many percent points a rate may be worse.",
)
def compare(old: Path, new: Path, points: float) -> None:
    """Compare two files written by ``gazed bench detect --json``; fail when NEW is worse.

    What counts are the rates: found within 1, 2 and 5 px and 1 % of the width, precision, and
    confident answers on closed eyes. Times depend on the machine and are not compared.
    """
    compared_all = list(changes(read_results(old), read_results(new)))
    worse = [change for change in compared_all if change.loss > points]
    for change in compared_all:
        if abs(change.loss) > points:
            click.echo(f"{'worse ' if change.loss > 0 else 'better'}  {change}")
    click.echo(f"{len(compared_all)} rates compared, {len(worse)} worse by more than {points:g}")
    if worse:
        raise click.exceptions.Exit(1)


@contextmanager
def _stand() -> Iterator[Stand]:
    """Yield what detectors need of a host, with one thread for each library they may use."""
    added = [name for name in _THREADS if name not in os.environ]
    os.environ.update(dict.fromkeys(added, "1"))  # for libraries that detectors bring along
    cv2.setNumThreads(1)
    try:
        with tempfile.TemporaryDirectory() as directory, closing(Stand(Path(directory))) as stand:
            yield stand
    finally:
        for name in added:
            del os.environ[name]


def _entries(field: Sequence[Contender], sets: Iterable[PictureSet]) -> list[Entry]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    entries = []
    console = Console(stderr=True)
    quiet = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("")
        for pictures in sets:
            progress.update(task, description=pictures.name)
            entries += compared(field, pictures)
    return entries


def _write(report: Report, options: Options) -> None:
    try:
        if options.file:
            text = json.dumps(report.to_json(), indent=1, allow_nan=False)
            options.file.write_text(f"{text}\n", encoding="utf-8")
        if options.picture:
            options.picture.write_bytes(png(report))
    except OSError as error:
        problem = f"{error.filename} cannot be written: {error.strerror}"
        raise click.ClickException(problem) from None
