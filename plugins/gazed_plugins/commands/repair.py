"""``gazed repair``."""

from __future__ import annotations

from pathlib import Path

import click

from gazed_plugins.recorder.closing import RepairError
from gazed_plugins.recorder.repair import mend, recordings_below


@click.command()
@click.argument(
    "paths", nargs=-1, required=True, type=click.Path(exists=True, file_okay=False, path_type=Path)
)
@click.option("--check", is_flag=True, help="Say what is wrong and change nothing.")
def repair(paths: tuple[Path, ...], check: bool) -> None:
    """Make recordings whole again after a crash, a power failure or a full disk.

    PATH is a recording or a folder of recordings. What is cut off or rebuilt is said in
    words; whole data stay as they are. A recording that is being written is left alone. The
    exit code is 1 when something is left that is not as it should be.
    """
    folders = [folder for path in paths for folder in recordings_below(path)]
    if not folders:
        raise click.ClickException(f"there is no recording in {', '.join(map(str, paths))}")
    left = [folder for folder in folders if _repaired(folder, check)]
    if left:
        raise SystemExit(1)


def _repaired(folder: Path, check: bool) -> bool:
    """Repair a recording and say so; tell whether something is left."""
    try:
        findings = mend(folder, check=check)
        left = findings if check or not findings else mend(folder, check=True)
    except RepairError as error:
        click.echo(str(error), err=True)
        return True
    verdict = "damaged" if check else "repaired"
    click.echo(f"{folder}: {verdict if findings else 'as it should be'}")
    for finding in findings:
        click.echo(f"  {finding}")
    return bool(left)
