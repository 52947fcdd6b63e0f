"""``gazed status``."""

from __future__ import annotations

import json

import click

from gazed_plugins.commands import asked, local_client


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say what the running service does."""
    with local_client() as client:
        report = asked(client, "kernel.should_report", "kernel.report")
    if as_json:
        click.echo(json.dumps(report, indent=2))
        return
    dropped = report["bad_messages"]
    click.echo(f"gazed runs as process {report['pid']}; {dropped} bad messages dropped")
    for host in report["hosts"]:
        names = ", ".join(host["plugins"]) or "no plugin"
        click.echo(f"  {host['name']:<16} {host['state']:<9} process {host['pid']:<8} {names}")
    for name, reason in report["failed"].items():
        click.echo(f"  {name} failed: {reason}")
