"""``gazed calibrations``."""

from __future__ import annotations

import json
import os
from typing import Any

import click

from gazed import Client, Fields, NotRunningError
from gazed_plugins.commands import local_client

_FACTS = {
    "list": "listed",
    "show": "shown",
    "load": "loaded",
    "delete": "deleted",
    "save": "saved",
}
_AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
_NAME = click.argument("name")
_VERSION = click.option("--version", type=click.IntRange(1), help="Not the newest version.")


@click.group(invoke_without_command=True)
@click.pass_context
def calibrations(context: click.Context) -> None:
    """Keep calibrations of the running service under names, and bring them back."""
    if context.invoked_subcommand is None:
        context.invoke(list_)


@calibrations.command("list")
@_AS_JSON
def list_(as_json: bool) -> None:
    """List the kept calibrations (the default)."""
    answer = _asked("list")
    if as_json:
        _print_json(answer)
        return
    for entry in answer["calibrations"]:
        click.echo(_line(entry))
    for entry in answer["damaged"]:
        click.echo(f"{entry['file']}: damaged: {entry['reason']}")
    if answer["unsaved"]:
        click.echo(f"not kept: {_about(answer['unsaved'])}; keep it: gazed calibrations save NAME")
    elif not (answer["calibrations"] or answer["damaged"]):
        click.echo("No calibration is kept. After one: gazed calibrations save NAME")


@calibrations.command()
@_NAME
@_VERSION
@_AS_JSON
def show(name: str, version: int | None, as_json: bool) -> None:
    """Show all that is known of a calibration."""
    answer = _asked("show", name=name, version=version)
    if as_json:
        _print_json(answer)
        return
    click.echo(_line(answer))
    for target in answer["quality"].get("targets", []):
        place = ", ".join(f"{value:g}" for value in target["position"])
        click.echo(f"    target {place}: {_accuracy(target, answer['quality'].get('unit'))}")
    for eye, figures in answer["quality"].get("eyes", {}).items():
        fitted = "calibrated" if figures["fitted"] else "not calibrated"
        click.echo(f"    eye{eye}: {fitted}, {figures['used']} of {figures['total']} data used")


@calibrations.command()
@_NAME
@_VERSION
@_AS_JSON
def load(name: str, version: int | None, as_json: bool) -> None:
    """Map gaze with a kept calibration from now on."""
    _print(_asked("load", name=name, version=version), "loaded", as_json)


@calibrations.command()
@_NAME
@click.option("--note", default="", help="A remark to keep with it.")
@_AS_JSON
def save(name: str, note: str, as_json: bool) -> None:
    """Keep the last calibration; under a known name as its next version."""
    _print(_asked("save", name=name, note=note), "saved", as_json)


@calibrations.command()
@_NAME
@click.option("--version", type=click.IntRange(1), help="This version only.")
@_AS_JSON
def delete(name: str, version: int | None, as_json: bool) -> None:
    """Delete all versions of a calibration, or one."""
    answer = _asked("delete", name=name, version=version)
    if as_json:
        _print_json(answer)
        return
    versions = ", ".join(str(number) for number in answer["versions"])
    click.echo(f"deleted {answer['name']}, version {versions}")


def _asked(verb: str, **fields: Any) -> Fields:
    request = os.urandom(8).hex()
    with local_client() as client:
        client.subscribe("notify.calibrations.")
        client.notify("start_plugin", name="Calibrations", if_running="keep")
        client.notify(f"calibrations.should_{verb}", **fields, request=request)
        answer = _answer(client, verb, request)
    if "reason" in answer:
        raise click.ClickException(answer["reason"])
    return {key: answer[key] for key in answer if key not in ("subject", "topic", "request")}


def _answer(client: Client, verb: str, request: str) -> Fields:
    wanted = [f"notify.calibrations.{what}" for what in (_FACTS[verb], "failed")]
    while message := client.receive():
        topic, fields, _ = message
        if topic in wanted and fields.get("request") == request:
            return fields
    raise NotRunningError("no answer about calibrations; see the service's log")


def _print(answer: Fields, what: str, as_json: bool) -> None:
    if as_json:
        _print_json(answer)
    else:
        click.echo(f"{what} {_line(answer)}")


def _print_json(answer: Fields) -> None:
    click.echo(json.dumps(answer, indent=2))


def _line(entry: Fields) -> str:
    note = f"; {entry['note']}" if entry["note"] else ""
    return f"{entry['name']}, version {entry['version']}, {entry['saved']}: {_about(entry)}{note}"


def _about(entry: Fields) -> str:
    return (
        f"{entry['gazer_class_name']}, {_accuracy(entry['quality'], entry['quality'].get('unit'))}"
    )


def _accuracy(figures: Fields, unit: str | None) -> str:
    if figures.get("accuracy") is None:
        return "accuracy unknown"
    accuracy = figures["accuracy"]
    text = f"{accuracy:.2f} deg" if unit == "deg" else f"{100 * accuracy:.1f} % of the viewport"
    return f"accuracy {text}, {figures['used']} of {figures['total']} data used"
