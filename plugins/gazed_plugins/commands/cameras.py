"""``gazed cameras``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gazed import running_daemons
from gazed_plugins.capture.cameras import Mode
from gazed_plugins.capture.inventory import Connected, connected
from gazed_plugins.capture.roles import Role, Service, ask, references_in, roles

_NOTHING = (
    "No camera is connected. Plug one in; if one is, `gazed doctor` looks for what is wrong."
    " To try without a camera: gazed demo"
)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A configuration whose eyes to show in place of the running or default one.",
)
def cameras(as_json: bool, file: Path | None) -> None:
    """List the cameras, who has them, and which eye each would become."""
    found = connected()
    services = [ask(connection) for connection in running_daemons()]
    references = references_in(file) if file else services[0].references if services else {}
    eyes = roles(references, [entry.camera for entry in found])
    if as_json:
        click.echo(json.dumps(_wire(found, services, eyes), indent=2))
        return
    for entry in found:
        _print(entry, services, eyes)
    if not found:
        click.echo(_NOTHING)
        return
    for eye in eyes:
        if not eye.camera:
            click.echo(f"eye{eye.eye}: {eye.text}; {eye.remedy}")


def _wire(
    found: Sequence[Connected], services: Sequence[Service], eyes: Sequence[Role]
) -> dict[str, Any]:
    listed = [
        {**entry.to_wire(), "becomes": _becomes(entry, eyes), "used_by": _users(entry, services)}
        for entry in found
    ]
    return {
        "cameras": listed,
        "eyes": {f"eye{eye.eye}": eye.to_wire() for eye in eyes},
        "services": [
            {"pid": entry.pid, "eyes": {f"eye{eye}": said for eye, said in entry.reports.items()}}
            for entry in services
        ],
    }


def _print(entry: Connected, services: Sequence[Service], eyes: Sequence[Role]) -> None:
    camera = entry.camera
    click.echo(camera.name or "camera without a name")
    click.echo(f"    serial {camera.serial or 'unknown'}, port {camera.port or 'unknown'}")
    click.echo(f"    read by {_readers(entry)}")
    modes = camera.modes or _modes_said(entry, services)
    for line in _mode_lines(modes):
        click.echo(f"    {line}")
    for user in _users(entry, services):
        click.echo(f"    in use by {user['eye']} of the gazed with process {user['pid']}")
    for holder in entry.holders:
        click.echo(f"    held by {holder}")
    becomes = _becomes(entry, eyes)
    click.echo(f"    becomes {becomes}" if becomes else "    becomes no eye")


def _readers(entry: Connected) -> str:
    plugins = {"uvc": "UVC_Source", "opencv": "Camera_Source"}
    names = [plugins[name] for name in entry.backends if name in plugins]
    files = [node for node in entry.nodes if node.startswith("/dev/video")]
    return ", ".join([" or ".join(names) or "nothing that is installed", *files])


def _mode_lines(modes: Sequence[Mode]) -> list[str]:
    rates: dict[tuple[int, int], list[float]] = {}
    for mode in modes:
        rates.setdefault((mode.width, mode.height), []).append(mode.rate)
    return [
        f"{width}x{height} at {', '.join(f'{rate:g}' for rate in sorted(set(found)))} fps"
        for (width, height), found in sorted(rates.items())
    ]


def _modes_said(entry: Connected, services: Sequence[Service]) -> list[Mode]:
    for service in services:
        eye = service.eye_of(entry.camera)
        if eye is not None:
            known = service.reports[eye].get("modes", [])
            sizes = [(*mode["frame_size"], mode["frame_rate"]) for mode in known]
            return [Mode(width, height, rate) for width, height, rate in sizes]
    return []


def _users(entry: Connected, services: Sequence[Service]) -> list[dict[str, Any]]:
    eyes = [(service.pid, service.eye_of(entry.camera)) for service in services]
    return [{"pid": pid, "eye": f"eye{eye}"} for pid, eye in eyes if eye is not None]


def _becomes(entry: Connected, eyes: Sequence[Role]) -> str:
    return ", ".join(f"eye{eye.eye}" for eye in eyes if eye.camera == entry.camera)
