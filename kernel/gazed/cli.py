"""The command line: ``gazed run``, ``status``, ``stop``, ``plugins``, ``send``, ``watch``."""

from __future__ import annotations

import ipaddress
import json
import logging
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import platformdirs

from gazed import __version__, config
from gazed.client import Client
from gazed.connection import Connection, running_daemons
from gazed.errors import ConfigurationError, GazedError, NotRunningError

_COMMANDS = "gazed.commands"


class _Group(click.Group):
    """Commands of our own, and those that plugins add by entry point."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        added = [entry.name for entry in metadata.entry_points(group=_COMMANDS)]
        return sorted({*super().list_commands(ctx), *added})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own:
            return own
        for entry in metadata.entry_points(group=_COMMANDS, name=cmd_name):
            return _loaded(entry)
        return None

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except GazedError as error:
            raise click.ClickException(str(error)) from None


def _loaded(entry: metadata.EntryPoint) -> click.Command:
    try:
        command: click.Command = entry.load()
    except ImportError as error:
        return _broken(entry.name, str(error))
    return command


def _broken(name: str, reason: str) -> click.Command:
    def refuse() -> None:
        raise click.ClickException(f"{name} cannot be loaded: {reason}")

    return click.Command(name, callback=refuse, help=f"(cannot be loaded: {reason})")


@click.group(cls=_Group)
@click.version_option(__version__, prog_name="gazed")
def main() -> None:
    """Run and steer a headless eye-tracking service."""


@main.command()
@click.option(
    "--config", "file", type=click.Path(path_type=Path), help="What to start, a TOML file."
)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Pupil Remote's port, 0 for any.  [default: 50020]",
)
@click.option(
    "--listen", default="127.0.0.1", show_default=True, help="The address clients connect to."
)
@click.option(
    "--insecure", is_flag=True, help="Allow --listen on a network: no keys, no encryption."
)
@click.option("--debug", is_flag=True, help="Log more.")
def run(file: Path | None, port: int | None, listen: str, insecure: bool, debug: bool) -> None:
    """Run the service until it is stopped."""
    from gazed.kernel import Kernel, Options  # noqa: PLC0415 - keeps the other commands quick

    _check_address(listen, insecure)
    try:
        entries = config.read(file or config.DEFAULT)
    except ConfigurationError as error:
        raise click.ClickException(str(error)) from None
    if port is not None:
        entries = config.with_port(entries, port)
    entries = config.with_address(entries, listen)
    options = Options(
        listen=listen,
        settings=Path(platformdirs.user_data_dir("gazed")),
        log_file=_log_file(),
        log_level=logging.DEBUG if debug else logging.INFO,
    )
    sys.exit(Kernel(options, entries).run())


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say what the running service does."""
    with _client() as client:
        report = _asked(client, "kernel.should_report", "kernel.report")
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    click.echo(
        f"gazed runs as process {report['pid']}; {report['bad_messages']} bad messages dropped"
    )
    for host in report["hosts"]:
        names = ", ".join(host["plugins"]) or "no plugin"
        click.echo(f"  {host['name']:<16} {host['state']:<9} process {host['pid']:<8} {names}")
    for name, reason in report["failed"].items():
        click.echo(f"  {name} failed: {reason}")


@main.command()
def stop() -> None:
    """Stop the running service."""
    connection = _daemon()
    with Client.local(connection) as client:
        client.notify("service_process.should_stop")
    end = time.monotonic() + 15
    while any(daemon.pid == connection.pid for daemon in running_daemons()):
        if time.monotonic() > end:
            raise click.ClickException(f"process {connection.pid} does not stop")
        time.sleep(0.02)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plugins(as_json: bool) -> None:
    """List the installed plugins, their arguments, and whether they run."""
    from gazed.listing import described_plugins  # noqa: PLC0415 - keeps the other commands quick

    listed = described_plugins()
    running, failed = _running_plugins()
    for entry in listed:
        entry["running"] = running.get(entry["name"], [])
        entry["failed"] = entry.pop("broken", failed.get(entry["name"]))
    if as_json:
        click.echo(json.dumps(listed, indent=2))
        return
    for entry in listed:
        _print_plugin(entry)


@main.command()
@click.argument("subject")
@click.argument("fields", nargs=-1, metavar="[KEY=VALUE]...")
def send(subject: str, fields: tuple[str, ...]) -> None:
    """Send a notification; values are JSON where they can be, else text."""
    with _client() as client:
        client.notify(subject, **dict(_field(field) for field in fields))


@main.command()
@click.argument("topics", nargs=-1)
@click.option("--seconds", type=float, help="Stop after so long.")
def watch(topics: tuple[str, ...], seconds: float | None) -> None:
    """Show what goes over the bus: rates and values of data, notifications as they come."""
    from gazed.watching import watch_bus  # noqa: PLC0415 - keeps the other commands quick

    with _client() as client:
        client.subscribe(*(topics or ("pupil.", "gaze.", "blinks", "fixations", "notify.")))
        watch_bus(client, seconds)


def _check_address(listen: str, insecure: bool) -> None:
    try:
        loopback = ipaddress.ip_address(
            "127.0.0.1" if listen == "localhost" else listen
        ).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not insecure:
        raise click.ClickException(
            f"--listen {listen} lets everybody on that network read eye data and control this"
            " service; add --insecure if that is what you want"
        )


def _log_file() -> Path:
    directory = Path(platformdirs.user_log_dir("gazed"))
    others = running_daemons()
    return directory / (f"gazed-{len(others) + 1}.log" if others else "gazed.log")


def _daemon() -> Connection:
    daemons = running_daemons()
    if not daemons:
        raise NotRunningError("gazed does not run; start it with: gazed run")
    return daemons[0]


def _client() -> Client:
    return Client.local(_daemon())


def _asked(client: Client, question: str, answer: str) -> dict[str, Any]:
    client.subscribe(f"notify.{answer}")
    client.notify(question)
    return client.wait_for(answer)


def _running_plugins() -> tuple[dict[str, list[str]], dict[str, str]]:
    if not running_daemons():
        return {}, {}
    with _client() as client:
        report = _asked(client, "kernel.should_report", "kernel.report")
    running: dict[str, list[str]] = {}
    for host in report["hosts"]:
        for name in host["plugins"]:
            running.setdefault(name, []).append(host["name"])
    return running, report["failed"]


def _print_plugin(entry: dict[str, Any]) -> None:
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
    default = "required" if argument["required"] else f"default {argument['default']}"
    limits = [f"from {argument['low']:g}"] if "low" in argument else []
    limits += [f"to {argument['high']:g}"] if "high" in argument else []
    notes = [
        argument["unit"],
        default,
        *limits,
        "live" if argument["live"] else "",
        argument["text"],
    ]
    return f"{argument['name']}: {argument['type']}; " + ", ".join(note for note in notes if note)


def _field(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise click.UsageError(f"{text!r} is not KEY=VALUE")
    try:
        return key, json.loads(value)
    except json.JSONDecodeError:
        return key, value
