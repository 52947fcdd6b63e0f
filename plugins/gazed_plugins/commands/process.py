"""``gazed process``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from gazed import GazedError
from gazed_plugins.processing import (
    Job,
    Outcome,
    Plan,
    compared,
    dask_engine,
    job_for,
    local_engine,
    planned,
    process,
    usual_workers,
)
from gazed_plugins.processing.calibration import read_calibration
from gazed_plugins.processing.engines import Engine
from gazed_plugins.processing.job import recorded_fingerprint
from gazed_plugins.processing.plan import (
    NEW,
    NONE,
    RECORDED,
    USUAL,
    starts_of_file,
    starts_of_options,
)
from gazed_plugins.processing.table import tables
from gazed_plugins.recordings import open_recording


@click.command("process")
@click.argument(
    "recordings", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RECORDING…"
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Put all results into this folder.  [default: each beside its recording]",
)
@click.option(
    "--name", default="processed", show_default=True, help="Results are called RECORDING-NAME."
)
@click.option(
    "--plugin",
    "plugins",
    multiple=True,
    metavar="NAME",
    help="A detector, eye model or service plugin, or NAME={arguments as JSON}; repeat."
    f"  [default: {', '.join(USUAL)}]",
)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A TOML file with [[start_plugin]] tables in place of --plugin.",
)
@click.option(
    "--calibration",
    default=RECORDED,
    show_default=True,
    metavar=f"{RECORDED}|{NEW}|{NONE}|FILE",
    help="What maps gaze: what was recorded, a new fit to its references, nothing, or a file.",
)
@click.option("--compare", is_flag=True, help="Show how each result differs from its recording.")
@click.option("--replace", is_flag=True, help="Replace results that other settings have made.")
@click.option("--workers", type=click.IntRange(1), help="Processes.  [default: the cores]")
@click.option("--engine", type=click.Choice(("local", "dask")), default="local", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster's, such as tcp://host:8786.")
def process_recordings(**given: Any) -> None:
    """Compute recordings again: their eye videos through detectors, eye model and calibration.

    Each result is a recording of its own; what was recorded is never changed. The same input
    gives the same bytes. What an interrupted run has finished is not done again. A recording
    that cannot be processed is named at the end, and the exit code is 1.
    """
    options = Options(**given)
    options.check()
    jobs, failures = _jobs(options)
    with options.chosen_engine() as engine:
        outcomes = _process(jobs, engine)
    failures |= {entry.job.recording: entry.reason for entry in outcomes if entry.state == "failed"}
    _report(outcomes, options.compare)
    for path, reason in failures.items():
        named = reason.startswith(str(path))
        click.echo(reason if named else f"{path}: {reason}", err=True)
    if failures:
        raise click.exceptions.Exit(1)


@dataclass(frozen=True, slots=True)
class Options:
    """What ``gazed process`` was told."""

    recordings: tuple[Path, ...]
    output: Path | None
    name: str
    plugins: tuple[str, ...]
    file: Path | None
    calibration: str
    compare: bool
    replace: bool
    workers: int | None
    engine: str
    scheduler: str | None

    def check(self) -> None:
        """Refuse what does not go together."""
        if self.scheduler and self.engine != "dask":
            raise click.UsageError("--scheduler is for --engine dask")
        if self.file and self.plugins:
            raise click.UsageError("give the plugins by --plugin or by --config, not by both")

    def plan(self) -> Plan:
        """Return which plugins and which calibration to use; raise GazedError."""
        starts = (
            starts_of_file(self.file) if self.file else starts_of_options(self.plugins or USUAL)
        )
        if self.calibration in (RECORDED, NEW, NONE):
            return planned(starts, self.calibration)
        return planned(starts, read_calibration(Path(self.calibration)))

    def output_for(self, recording: Path) -> Path:
        """Return where the result of a recording goes."""
        source = recording.resolve()
        return (self.output or source.parent).resolve() / f"{source.name}-{self.name}"

    def chosen_engine(self) -> AbstractContextManager[Engine]:
        """Return what does the work."""
        workers = self.workers or usual_workers()
        if self.engine == "dask":
            return dask_engine(self.scheduler, workers)
        return local_engine(workers)


def _jobs(options: Options) -> tuple[list[Job], dict[Path, str]]:
    plan = options.plan()
    if options.output:
        _make(options.output)
    jobs: dict[Path, Job] = {}
    failures: dict[Path, str] = {}
    for path in dict.fromkeys(options.recordings):
        if recorded_fingerprint(path) is not None:
            click.echo(f"{path}: is a result itself and passed over", err=True)
            continue
        output = options.output_for(path)
        try:
            _check_free(output, jobs)
            jobs[output] = _job(path, output, plan, options.replace)
        except (GazedError, OSError) as error:
            failures[path] = str(error)
    return list(jobs.values()), failures


def _check_free(output: Path, jobs: Mapping[Path, Job]) -> None:
    if output in jobs:
        raise GazedError(
            f"{jobs[output].recording} has its result at {output} as well; leave out --output"
        )


def _job(path: Path, output: Path, plan: Plan, replace: bool) -> Job:
    job = job_for(path, output, plan)
    replaceable = replace and recorded_fingerprint(output) is not None
    if output.exists() and not job.finished and not replaceable:
        raise GazedError(
            f"{output} is there and was made from something else or with other settings;"
            " give another --name, or --replace"
        )
    return job


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be made: {error.strerror}") from None


class _Bar:
    """Shows frames as they are done, and recordings as they end."""

    def __init__(self, progress: Progress, jobs: Sequence[Job]) -> None:
        self._progress = progress
        self._jobs = len(jobs)
        self._ended = 0
        frames = sum(_left(job) for job in jobs)
        self._task = progress.add_task(self._text, total=frames)

    def frames(self, count: int) -> None:
        """Move on."""
        self._progress.advance(self._task, count)

    def ended(self, outcome: Outcome) -> None:  # noqa: ARG002
        """Count a recording."""
        self._ended += 1
        self._progress.update(self._task, description=self._text)

    @property
    def _text(self) -> str:
        return f"{self._ended} of {self._jobs} recordings"


def _process(jobs: Sequence[Job], engine: Engine) -> list[Outcome]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        return process(jobs, engine, _Bar(progress, jobs))


def _left(job: Job) -> int:
    if job.finished:
        return 0
    return sum(job.frames[name] for name in job.eyes if not job.has(name))


def _report(outcomes: Sequence[Outcome], compare: bool) -> None:
    for text in dict.fromkeys(_remarks(outcomes)):
        click.echo(text, err=True)
    console = Console()
    for outcome in outcomes:
        if outcome.state == "failed":
            continue
        click.echo(outcome.job.output)
        if compare:
            source, result = outcome.job.recording, outcome.job.output
            for table in tables(compared(open_recording(source), open_recording(result))):
                console.print(table)


def _remarks(outcomes: Sequence[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        for text in outcome.warnings:
            yield f"{outcome.job.recording.name}: {text}"
