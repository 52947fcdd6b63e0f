"""``gazed send``."""

from __future__ import annotations

import json
from typing import Any

import click

from gazed_plugins.commands import local_client


@click.command()
@click.argument("subject")
@click.argument("fields", nargs=-1, metavar="[KEY=VALUE]...")
def send(subject: str, fields: tuple[str, ...]) -> None:
    """Send a notification; values are JSON where they can be, else text."""
    given = dict(_field(field) for field in fields)
    with local_client() as client:
        client.notify(subject, **given)


def _field(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not (key and equals):
        raise click.UsageError(f"{text!r} is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
