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

from gazed import Client, Connection, Fields, GazedError, NotRunningError, running_daemons
from gazed_plugins.simulated_headset.figures import Figures
from gazed_plugins.simulated_headset.hmd_client import Kind, SimulatedHMD
from gazed_plugins.simulated_headset.viewport import point_at_angles

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
args = {{ source = "Simulated_Eye", source_args = {{ frame_rate = 120.0 }} }}
[[start_plugin]]
name = "Stop_With"
args = {{ pid = {pid} }}
"""
_TOPICS = ("pupil.", "gaze.", "simulated.truth.")
_TARGETS = [
    point_at_angles(right, up, 1000.0 * metres)
    for right, up, metres in (
        (0, 0, 1.0),
        (-10, -8, 0.6),
        (12, -6, 2.0),
        (4, 11, 1.0),
        (-14, 5, 2.0),
        (9, 7, 0.6),
        (-5, -13, 1.0),
        (14, 1, 1.0),
        (0, 0, 2.0),
    )
]
_TARGET_SECONDS = 1.5
_DRAW_SECONDS = 0.25
_SURE_MODEL = 0.5
_STREAMS = {
    "gaze.3d.01.": "both eyes",
    "gaze.3d.0.": "right eye alone",
    "gaze.3d.1.": "left eye alone",
    "gaze.2d.0.": "right eye",
    "gaze.2d.1.": "left eye",
}


@click.command()
@click.option("--port", default=50020, show_default=True, type=click.IntRange(1, 65535))
@click.option("--seconds", type=click.FloatRange(1), help="End after so long; else on Ctrl-C.")
@click.option(
    "--kind", type=click.Choice(["3d", "2d"]), default="3d", show_default=True, help="Of gaze."
)
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures here.")
@click.option("--report", type=click.Path(path_type=Path), help="Draw them to this PNG file.")
def demo(
    port: int, seconds: float | None, kind: Kind, file: Path | None, report: Path | None
) -> None:
    """Calibrate a simulated headset and show its gaze against the truth."""
    console = Console()
    with _service(port) as client:
        calibration, figures = _session(console, client, kind, seconds)
    if file:
        everything = {"calibration": calibration, **figures.report()}
        file.write_text(json.dumps(everything, indent=2, default=str), encoding="utf-8")
    if report:
        _draw(report, kind, figures)
    _conclude(console, calibration, figures.summary())


def _draw(file: Path, kind: Kind, figures: Figures) -> None:
    # Imported when asked for: pictures need OpenCV, which takes a while to load.
    from gazed_plugins.simulated_headset.report import png  # noqa: PLC0415

    file.write_bytes(png(figures, f"gazed demo: a simulated headset, {kind.upper()} gaze"))


def _conclude(console: Console, calibration: Fields, summary: dict[str, Any]) -> None:
    if not calibration.get("successful"):
        reason = calibration.get("reason", "no reason given")
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


def _session(
    console: Console, client: Client, kind: Kind, seconds: float | None
) -> tuple[Fields, Figures]:
    hmd = SimulatedHMD(client, kind)
    figures = Figures(hmd.now)
    hmd.on_message = figures.add
    calibration: Fields = {}
    try:
        hmd.connect()
        figures.clear()
        client.subscribe(*_TOPICS)
        _wait_for_eyes(hmd, figures)
        console.print("the wearer looks at nine targets …")
        calibration = hmd.calibrate()
        figures.clear()
        if calibration["successful"]:
            _show(console, hmd, figures, seconds)
    except KeyboardInterrupt:
        console.print("stopped")
    return calibration, figures


def _wait_for_eyes(hmd: SimulatedHMD, figures: Figures) -> None:
    # Until both eyes' models are sure of where the eyes are; unsure ones are better than none.
    end = time.monotonic() + 30
    while sum(sure > _SURE_MODEL for sure in figures.model_confidence.values()) < 2:
        if time.monotonic() > end:
            if len(figures.model_confidence) == 2:
                return
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
                target = _TARGETS[number % len(_TARGETS)]
                hmd.show(target)
                figures.show(target)
            hmd.wait(min(_DRAW_SECONDS, end - now))
            if console.is_terminal:
                live.update(_table(figures), refresh=True)
        live.update(_table(figures), refresh=True)
    if not console.is_terminal:
        console.print()  # the table's last line has no end where it is not a terminal


def _table(figures: Figures) -> Table:
    summary = figures.summary()
    table = Table(
        "degrees right, up", "gaze", "truth", "error", "distance", "Hz", "latency", box=None
    )
    for topic, name in _STREAMS.items():
        sample = figures.newest.get(topic)
        if sample is None:
            continue
        ratio = sample.depth_ratio
        latency = summary["latency_ms"].get(topic) or {"median": float("nan")}
        table.add_row(
            name,
            "{:+.1f}, {:+.1f}".format(*sample.seen),
            "{:+.1f}, {:+.1f}".format(*sample.true),
            f"{sample.degrees:.2f}",
            f"{100 * ratio:.0f} %" if ratio else "",
            f"{summary['rates'].get(topic, 0.0):.0f}",
            f"{latency['median']:.1f} ms",
        )
    error = summary["error_deg"]
    if error:
        table.caption = f"median error {error['median']:.2f} deg{_by_eye(summary)}"
    return table


def _by_eye(summary: dict[str, Any]) -> str:
    eyes = {eye: error for eye, error in summary["eye_error_deg"].items() if error}
    names = {"0": "right", "1": "left"}
    return "".join(f", {names[eye]} eye {error['median']:.2f} deg" for eye, error in eyes.items())


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
