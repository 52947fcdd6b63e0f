"""``gazed doctor``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

import click

from gazed import outcome
from gazed_plugins.capture.usb import UDEV_RULE

_GROUP = "gazed.doctor"


class _Line(NamedTuple):
    area: str
    text: str
    remedy: str


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--udev", is_flag=True, help="Print only the rule that lets Linux users open cameras."
)
def doctor(as_json: bool, udev: bool) -> None:
    """Look for what keeps the service or its cameras from working, and say what to do.

    Exit code 1 when something is wrong.
    """
    if udev:
        click.echo(UDEV_RULE)
        return
    lines = list(_lines())
    if as_json:
        click.echo(
            json.dumps([{**line._asdict(), "ok": not line.remedy} for line in lines], indent=2)
        )
    else:
        for line in lines:
            _print(line)
    sys.exit(any(line.remedy for line in lines))


def _lines() -> Iterator[_Line]:
    for entry in sorted(metadata.entry_points(group=_GROUP), key=lambda entry: entry.name):
        found, error = outcome(_looked_at, entry)
        if error is None:
            yield from (_Line(entry.name, text, remedy) for text, remedy in found)
        else:
            package = entry.dist.name if entry.dist else entry.value
            yield _Line(
                entry.name,
                f"cannot be looked at: {type(error).__name__}: {error}",
                f"install {package} again, or report this to who wrote it",
            )


def _looked_at(entry: metadata.EntryPoint) -> list[tuple[str, str]]:
    return list(entry.load()())


def _print(line: _Line) -> None:
    mark, colour = ("PROBLEM", "red") if line.remedy else ("OK", "green")
    click.echo(f"{click.style(f'{mark:<7}', fg=colour)}  {line.area}: {line.text}")
    for part in line.remedy.splitlines():
        click.echo(f"         {part}")
