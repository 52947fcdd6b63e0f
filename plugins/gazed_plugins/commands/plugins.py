"""``gazed plugins``."""

from __future__ import annotations

import json
from typing import Any

import click

from gazed import described_plugins, running_daemons
from gazed_plugins.commands import asked, local_client


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(as_json: bool) -> None:
    """List the installed plugins, their arguments, and whether they run."""
    listed = described_plugins()
    running, failed = _running()
    for entry in listed:
        entry["running"] = running.get(entry["name"], [])
        entry["failed"] = entry.pop("broken", failed.get(entry["name"]))
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    for entry in listed:
        _print(entry)


def _running() -> tuple[dict[str, list[str]], dict[str, str]]:
    if not running_daemons():
        return {}, {}
    with local_client() as client:
        report = asked(client, "kernel.should_report", "kernel.report")
    running: dict[str, list[str]] = {}
    for host in report["hosts"]:
        for name in host["plugins"]:
            running.setdefault(name, []).append(host["name"])
    return running, report["failed"]


def _print(entry: dict[str, Any]) -> None:
    where = f"runs in {', '.join(entry['running'])}" if entry["running"] else "does not run"
    state = f"failed: {entry['failed']}" if entry["failed"] else where
    click.echo(f"{entry['name']} ({entry['distribution']}): {state}")
    if entry["plugin"] != entry["name"]:
        click.echo(f"    another name of {entry['plugin']}")
        return
    click.echo(f"    {entry.get('summary', '')}")
    for argument in entry.get("arguments", []):
        click.echo(f"    {_argument_line(argument)}")


def _argument_line(argument: dict[str, Any]) -> str:
    default = "required" if argument["required"] else f"default {json.dumps(argument['default'])}"
    limits = [f"from {argument['low']:g}"] if "low" in argument else []
    limits += [f"to {argument['high']:g}"] if "high" in argument else []
    live = "live" if argument["live"] else ""
    notes = [argument["unit"], default, *limits, live, argument["text"]]
    return f"{argument['name']}: {argument['type']}; " + ", ".join(note for note in notes if note)
