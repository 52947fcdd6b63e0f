"""The command line: ``gazed run``; every other command is added by entry point."""

from __future__ import annotations

import ipaddress
import logging
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import platformdirs

from gazed import __version__, config
from gazed.errors import GazedError
from gazed.runtime import running_daemons

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

    listen = "127.0.0.1" if listen == "localhost" else listen
    _check_address(listen, insecure)
    entries = config.read(file or config.DEFAULT)
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


def _check_address(listen: str, insecure: bool) -> None:
    try:
        loopback = ipaddress.ip_address(listen).is_loopback
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
