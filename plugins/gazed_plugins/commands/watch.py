"""``gazed watch``."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from gazed import Client
from gazed_plugins.commands import local_client

_TOPICS = ("pupil.", "gaze.", "blinks", "fixations", "notify.")
_NOTIFY = "notify."
_REDRAW_SECONDS = 0.25
_WINDOW_SECONDS = 2.0


@click.command()
@click.argument("topics", nargs=-1)
@click.option("--seconds", type=float, help="Stop after so long.")
def watch(topics: tuple[str, ...], seconds: float | None) -> None:
    """Show what goes over the bus: rates and values of data, notifications as they come."""
    with local_client() as client:
        client.subscribe(*(topics or _TOPICS))
        watch_bus(client, seconds)


@dataclass(slots=True)
class _Topic:
    count: int = 0
    times: list[float] = field(default_factory=list)
    newest: dict[str, Any] = field(default_factory=dict)

    def add(self, fields: dict[str, Any], now: float) -> None:
        self.count += 1
        self.newest = fields
        self.times = [then for then in self.times if now - then < _WINDOW_SECONDS] + [now]

    def rate(self) -> float:
        span = self.times[-1] - self.times[0]
        return (len(self.times) - 1) / span if span > 0 else 0.0


def watch_bus(client: Client, seconds: float | None) -> None:
    """Show rates and newest values of all data topics, and notifications as lines above."""
    console = Console()
    topics: dict[str, _Topic] = {}
    end = time.monotonic() + seconds if seconds else float("inf")
    drawn = 0.0
    try:
        with Live(console=console, auto_refresh=False) as live:
            while (now := time.monotonic()) < end:
                _take(client, topics, live)
                if now - drawn > _REDRAW_SECONDS:
                    drawn = now
                    live.update(_table(topics), refresh=True)
            live.update(_table(topics), refresh=True)
    except KeyboardInterrupt:
        return


def _take(client: Client, topics: dict[str, _Topic], live: Live) -> None:
    message = client.receive(_REDRAW_SECONDS)
    if message is None:
        return
    topic, fields, _ = message
    if topic.startswith(_NOTIFY):
        live.console.print(f"{topic.removeprefix(_NOTIFY)}  {_values(fields)}", highlight=False)
    else:
        topics.setdefault(topic, _Topic()).add(fields, time.monotonic())


def _table(topics: dict[str, _Topic]) -> Table:
    table = Table("topic", "per second", "messages", "newest", box=None)
    for name in sorted(topics):
        topic = topics[name]
        table.add_row(name, f"{topic.rate():.1f}", str(topic.count), _values(topic.newest))
    return table


def _values(fields: dict[str, Any]) -> str:
    shown = {key: value for key, value in fields.items() if key not in ("topic", "subject")}
    return "  ".join(f"{key} {_short(value)}" for key, value in list(shown.items())[:8])


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return (
            "["
            + ", ".join(_short(entry) for entry in value[:3])
            + ("]" if len(value) <= 3 else ", …]")
        )
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"
