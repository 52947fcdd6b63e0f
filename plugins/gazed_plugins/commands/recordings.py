"""``gazed recordings``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import platformdirs
from rich.console import Console
from rich.table import Table

from gazed import GazedError
from gazed_plugins.recordings import open_recording
from gazed_plugins.recordings.picture import png
from gazed_plugins.recordings.summary import described, facts, find_recordings
from gazed_plugins.recordings.verify import Verdict, verified

_FOLDER = click.Path(path_type=Path, file_okay=False)
_WIDTH = 100


@click.group("recordings")
def recordings() -> None:
    """List, show and check recordings, ours and Pupil's."""


@recordings.command("list")
@click.argument("root", required=False, type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_recordings(root: Path | None, as_json: bool) -> None:
    """List the recordings in a folder and those in it, in full those of the Recorder."""
    root = root or default_root()
    if not root.is_dir():
        raise click.ClickException(f"{root}: there is no such folder")
    found = [facts(path) for path in find_recordings(root)]
    if as_json:
        click.echo(json.dumps(found, indent=2))
    elif found:
        _console().print(_list_table(root, found))
    else:
        click.echo(f"{root}: holds no recording")


@recordings.command("show")
@click.argument("path", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw confidence, pupil size, gaze, blinks and gaps over time into a PNG file.",
)
def show(path: Path, as_json: bool, picture: Path | None) -> None:
    """Show what a recording holds and what is wrong with it."""
    recording = open_recording(path)
    if picture:
        picture.write_bytes(png(recording))
    told = described(recording)
    if as_json:
        click.echo(json.dumps(told, indent=2))
    else:
        _print(told)


@recordings.command("verify")
@click.argument("paths", nargs=-1, required=True, type=_FOLDER, metavar="PATH...")
@click.option("--pictures", is_flag=True, help="Decode every picture of the eye videos, too.")
def verify(paths: Sequence[Path], pictures: bool) -> None:
    """Check counts, times, frames and checksums; exit with 1 when anything is wrong."""
    whole = True
    for path in paths:
        try:
            verdict = verified(open_recording(path), pictures)
        except GazedError as error:
            verdict = Verdict((str(error),), ())
        _print_verdict(path, verdict)
        whole = whole and not verdict.problems
    if not whole:
        raise SystemExit(1)


def default_root() -> Path:
    """Return where the Recorder writes when nobody tells it another folder."""
    return Path(platformdirs.user_data_dir("gazed")) / "recordings"


def _list_table(root: Path, found: Sequence[dict[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("recording", "started", "duration", "data", "eyes", "size", "state"):
        table.add_column(name, overflow="fold")
    for entry in found:
        table.add_row(
            _short(root, entry["path"]),
            _date(entry["started"]),
            _seconds(entry["duration"]),
            " ".join(entry["keys"]),
            " ".join(map(str, entry["eyes"])),
            _size(entry["bytes"]),
            entry["state"] or "",
        )
    return table


def _print(told: dict[str, Any]) -> None:
    click.echo(f"{told['path']}: {told['name'] or 'without a name'}")
    state = f"; {told['state']}" if told["state"] else ""
    click.echo(
        f"    started {_date(told['started'])}, lasts {_seconds(told['duration'])},"
        f" {_size(told['bytes'])}, by {told['software'] or 'unknown software'}{state}"
    )
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in ("count", "from", "to", "per second", "longest pause"):
        table.add_column(name, justify="right")
    for stream in told["streams"]:
        table.add_row(
            f"    {stream['name']}",
            str(stream["count"]),
            _figure(stream["first"], 3),
            _figure(stream["last"], 3),
            _figure(stream["rate"], 1),
            _figure(stream["longest_pause"], 3),
        )
    _console().print(table)
    for problem in told["problems"]:
        click.echo(f"problem: {problem}")


def _print_verdict(path: Path, verdict: Verdict) -> None:
    number = len(verdict.problems)
    outcome = "whole" if not number else f"{number} problem{'s' if number > 1 else ''}"
    click.echo(f"{path}: {outcome}")
    for problem in verdict.problems:
        click.echo(f"    problem: {problem}")
    for note in verdict.notes:
        click.echo(f"    note: {note}")


def _console() -> Console:
    terminal = Console(markup=False, highlight=False)
    return terminal if terminal.is_terminal else Console(width=_WIDTH, markup=False)


def _short(root: Path, path: str) -> str:
    return str(Path(path).relative_to(root)) if Path(path) != root else path


def _date(started: float | None) -> str:
    try:
        return f"{datetime.fromtimestamp(started):%Y-%m-%d %H:%M:%S}" if started else "unknown"
    except (OverflowError, OSError, ValueError):
        return "unknown"


def _seconds(duration: float | None) -> str:
    if duration is None:
        return "unknown"
    minutes, seconds = divmod(round(duration), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{duration:.1f} s"


def _size(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


def _figure(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"
