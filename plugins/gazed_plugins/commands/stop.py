"""``gazed stop``."""

from __future__ import annotations

import time

import click

from gazed import Client, running_daemons
from gazed_plugins.commands import newest_daemon

_PATIENCE_SECONDS = 15.0


@click.command()
def stop() -> None:
    """Stop the running service."""
    connection = newest_daemon()
    with Client.local(connection) as client:
        client.notify("service_process.should_stop")
    end = time.monotonic() + _PATIENCE_SECONDS
    while any(daemon.pid == connection.pid for daemon in running_daemons()):
        if time.monotonic() > end:
            raise click.ClickException(
                f"process {connection.pid} does not stop; end it with: kill -9 {connection.pid}"
            )
        time.sleep(0.02)
