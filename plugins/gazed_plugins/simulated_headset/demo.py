"""``gazed demo``: the service, a simulated headset and its application, all the way to gaze."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from gazed import Client, Connection, Fields, GazedError, NotRunningError, Point, running_daemons
from gazed_plugins.simulated_headset.figures import Figures
from gazed_plugins.simulated_headset.hmd_client import SimulatedHMD

SANE_DEGREES = 1.5
_CONFIG = """
[[start_plugin]]
name = "Pupil_Remote"
required = true
[[start_plugin]]
name = "Gaze"
[[start_plugin]]
name = "HMD_Calibration"
[[start_plugin]]
name = "Blink_Detection"
[[start_plugin]]
name = "Eye_Processes"
args = {{ source = "Simulated_Eye" }}
[[start_plugin]]
name = "Stop_With"
args = {{ pid = {pid} }}
"""
_TOPICS = ("pupil.", "gaze.", "simulated.truth.")
_TARGETS: tuple[Point, ...] = (
    (0.42, 0.42),
    (0.6, 0.45),
    (0.5, 0.58),
    (0.4, 0.55),
    (0.58, 0.6),
    (0.5, 0.5),
    (0.56, 0.4),
)
_TARGET_SECONDS = 1.5
_DRAW_SECONDS = 0.25


@click.command()
@click.option("--port", default=50020, show_default=True, type=click.IntRange(1, 65535))
@click.option("--seconds", type=click.FloatRange(1), help="End after so long; else on Ctrl-C.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures here.")
def demo(port: int, seconds: float | None, file: Path | None) -> None:
    """Calibrate a simulated headset and show its gaze against the truth."""
    console = Console()
    with _service(port) as client:
        summary = _session(console, client, seconds)
    if file:
        file.write_text(json.dumps(summary, indent=2, default=str), encoding="utf-8")
    _conclude(console, summary)


def _conclude(console: Console, summary: dict[str, Any]) -> None:
    if not summary["calibration"].get("successful"):
        reason = summary["calibration"].get("reason", "no reason given")
        raise click.ClickException(f"the calibration failed: {reason}")
    error = summary["error_deg"]
    if error is None:
        raise click.ClickException("no gaze came after the calibration; see the service's log")
    console.print(
        f"gaze error: median {error['median']:.2f} deg, mean {error['mean']:.2f} deg,"
        f" 95th percentile {error['p95']:.2f} deg"
    )
    if error["median"] > SANE_DEGREES:
        raise click.ClickException(f"the gaze error is above {SANE_DEGREES} deg; this is not right")


def _session(console: Console, client: Client, seconds: float | None) -> dict[str, Any]:
    hmd = SimulatedHMD(client)
    figures = Figures(hmd.now)
    hmd.on_message = figures.add
    calibration: Fields = {}
    try:
        hmd.connect()
        client.subscribe(*_TOPICS)
        _wait_for_eyes(hmd, figures)
        console.print("the wearer looks at nine targets …")
        calibration = hmd.calibrate()
        figures.clear()
        if calibration["successful"]:
            _show(console, hmd, figures, seconds)
    except KeyboardInterrupt:
        console.print("stopped")
    return {"calibration": calibration, **figures.summary()}


def _wait_for_eyes(hmd: SimulatedHMD, figures: Figures) -> None:
    end = time.monotonic() + 30
    while not {"pupil.0.2d", "pupil.1.2d"} <= set(figures.summary()["rates"]):
        if time.monotonic() > end:
            raise GazedError("the simulated eyes do not come up; see the service's log")
        hmd.wait(0.1)


def _show(console: Console, hmd: SimulatedHMD, figures: Figures, seconds: float | None) -> None:
    began = time.monotonic()
    end = began + seconds if seconds else float("inf")
    shown = -1
    with Live(console=console, auto_refresh=False) as live:
        while (now := time.monotonic()) < end:
            number = int((now - began) / _TARGET_SECONDS)
            if number != shown:
                shown = number
                hmd.show(_TARGETS[number % len(_TARGETS)])
            hmd.wait(min(_DRAW_SECONDS, end - now))
            if console.is_terminal:
                live.update(_table(figures), refresh=True)
        live.update(_table(figures), refresh=True)
    if not console.is_terminal:
        console.print()  # the table's last line has no end where it is not a terminal


def _table(figures: Figures) -> Table:
    summary = figures.summary()
    table = Table("", "gaze", "truth", "error", "per second", "latency ms", box=None)
    for eye, name in ((0, "right eye"), (1, "left eye")):
        if eye not in figures.newest:
            continue
        gaze, truth = figures.newest[eye]
        topic = f"gaze.2d.{eye}."
        latency = summary["latency_ms"].get(topic) or {"median": float("nan")}
        table.add_row(
            name,
            "{:.3f}, {:.3f}".format(*gaze["norm_pos"]),
            "{:.3f}, {:.3f}".format(*truth["norm_pos"]),
            f"{truth['degrees']:.2f} deg",
            f"{summary['rates'].get(topic, 0.0):.0f}",
            f"{latency['median']:.2f}",
        )
    error = summary["error_deg"]
    if error:
        table.caption = (
            f"median error {error['median']:.2f} deg,"
            f" {100 * summary['error_viewport']['median']:.2f} % of the viewport"
        )
    return table


@contextmanager
def _service(port: int) -> Iterator[Client]:
    with tempfile.TemporaryDirectory(prefix="gazed-demo-") as directory:
        config = Path(directory) / "demo.toml"
        config.write_text(_CONFIG.format(pid=os.getpid()), encoding="utf-8")
        log = Path(directory) / "log"
        command = [sys.executable, "-m", "gazed", "run", "--config", str(config)]
        with log.open("wb") as output:
            # A session of its own: Ctrl-C reaches the demo alone, which then stops it.
            process = subprocess.Popen(
                [*command, "--port", str(port)],
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        try:
            _wait_until_it_listens(process, log)
            with Client(port) as client:
                yield client
        finally:
            process.terminate()
            process.wait(20)


def _wait_until_it_listens(process: subprocess.Popen[bytes], log: Path) -> None:
    # Asked on its own bus: another service may answer on the port.
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if process.poll() is not None:
            last = log.read_text(errors="replace").strip().rpartition("\n")[2]
            raise GazedError(f"the service did not start: {last}")
        if any(_listens(daemon) for daemon in running_daemons() if daemon.pid == process.pid):
            return
        time.sleep(0.02)
    raise GazedError("the service does not answer")


def _listens(daemon: Connection) -> bool:
    try:
        with Client.local(daemon, timeout=1.0) as client:
            client.subscribe("notify.pupil_remote.listening")
            client.notify("pupil_remote.should_report")
            return client.receive(0.2) is not None
    except NotRunningError:
        return False
