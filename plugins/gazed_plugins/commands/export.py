"""``gazed export``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from gazed_plugins.recordings import Recording, open_recording
from gazed_plugins.recordings.export import (
    Labels,
    export_bids,
    export_csv,
    export_parquet,
    next_export,
)

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command("export")
@click.argument("paths", nargs=-1, required=True, type=_FOLDER, metavar="PATH...")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["csv", "parquet", "bids"]),
    default="csv",
    show_default=True,
    help="Files and columns as Pupil Player exports them, the same as Parquet, or BIDS.",
)
@click.option(
    "--output",
    type=_FOLDER,
    help="Write into this folder, one inside it for each of several recordings; for BIDS it"
    " is the dataset.  [default: the recording's exports/NNN]",
)
@click.option("--subject", default="01", show_default=True, help="BIDS: the subject's label.")
@click.option("--session", default="", help="BIDS: the session's label.")
@click.option("--task", default="eyetracking", show_default=True, help="BIDS: the task's label.")
def export(
    paths: Sequence[Path], kind: str, output: Path | None, subject: str, session: str, task: str
) -> None:
    """Write recordings as files for other programs; nothing is ever overwritten."""
    labels = Labels(subject, session, task)
    if kind == "bids" and len(paths) > 1 and output is None:
        raise click.ClickException("several recordings make one BIDS dataset; give it as --output")
    for path in paths:
        recording = open_recording(path)
        folder = output or next_export(path)
        if kind != "bids" and output and len(paths) > 1:
            folder = output / _name(path)
        for file, rows in _export(recording, kind, folder, labels):
            click.echo(f"{file}: {rows} rows")
        for problem in recording.problems:
            click.echo(f"problem: {path}: {problem}", err=True)


def _export(
    recording: Recording, kind: str, folder: Path, labels: Labels
) -> Iterator[tuple[Path, int]]:
    if kind == "bids":
        return export_bids(recording, folder, labels)
    return (export_csv if kind == "csv" else export_parquet)(recording, folder)


def _name(path: Path) -> str:
    """Return a folder's name for a recording: its session and its number."""
    folder = path.resolve()
    return f"{folder.parent.name}_{folder.name}"
