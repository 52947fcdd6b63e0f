"""``gazed intrinsics``."""

from __future__ import annotations

import time

import click
import cv2
import numpy as np
from numpy.typing import NDArray

from gazed import Client, Fields, NotRunningError
from gazed_plugins.capture.calibration import Lens, Views
from gazed_plugins.commands import newest_daemon

_LEAST_VIEWS = 6
_GOOD_PIXELS = 1.0


@click.command()
@click.option("--eye", type=click.IntRange(0, 1), required=True, help="Whose camera.")
@click.option("--board", default="7x5", show_default=True, help="Inner corners of the chessboard.")
@click.option("--views", default=15, show_default=True, type=click.IntRange(_LEAST_VIEWS, 100))
@click.option("--seconds", default=120.0, show_default=True, help="Give up after this long.")
def intrinsics(eye: int, board: str, views: int, seconds: float) -> None:
    """Measure the focal length of an eye's camera with a chessboard; print it for the file.

    Hold a printed chessboard before the camera, near and far, tilted to all sides, until
    enough views are taken.
    """
    connection = newest_daemon()
    found = Views(_corners(board))
    with Client.local(connection) as client:
        report = _report(client, eye)
        client.subscribe(f"frame.eye.{eye}")
        _look(client, found, views, time.monotonic() + seconds)
    lens = found.lens()
    click.echo(f"# for {connection.settings / 'intrinsics.toml'}", err=True)
    click.echo(_entry(report, found.size, lens))
    if lens.error > _GOOD_PIXELS:
        click.echo(f"The corners lie {lens.error:.2f} px off; take the board flatter.", err=True)


def _look(client: Client, found: Views, views: int, end: float) -> None:
    while len(found.seen) < views and time.monotonic() < end:
        message = client.receive(1.0)
        gray = _gray(message[1], message[2]) if message else None
        if gray is not None and found.add(gray):
            click.echo(f"{len(found.seen)} of {views} views; move the board", err=True)
    if len(found.seen) < _LEAST_VIEWS:
        raise click.ClickException(
            f"only {len(found.seen)} views of a chessboard with {found.board[0]} by"
            f" {found.board[1]} inner corners; light it well and move it slowly"
        )


def _report(client: Client, eye: int) -> Fields:
    client.subscribe("notify.capture.report")
    client.notify("capture.should_report", eye_id=eye)
    try:
        return client.wait_for("capture.report", eye_id=eye)
    except NotRunningError:
        raise click.ClickException(f"eye{eye} has no camera; `gazed cameras` lists them") from None


def _entry(report: Fields, size: tuple[int, int], lens: Lens) -> str:
    camera = report.get("camera") or {"name": "…", "serial": ""}
    # What is published may be turned; the file is about what the camera gives.
    width, height = report.get("frame_size", size)
    serial = [f'serial = "{camera["serial"]}"'] if camera["serial"] else []
    lines = [
        "[[camera]]",
        f'name = "{camera["name"]}"',
        *serial,
        f"frame_size = [{width}, {height}]",
        f"focal_length = [{lens.fx:.2f}, {lens.fy:.2f}]  # corners {lens.error:.2f} px off",
    ]
    return "\n".join(lines)


def _gray(fields: Fields, raw: list[bytes]) -> NDArray[np.uint8] | None:
    data = np.frombuffer(raw[0], np.uint8)
    if fields["format"] == "jpeg":
        return cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)  # type: ignore[return-value]
    shape = (fields["height"], fields["width"])
    if fields["format"] == "bgr":
        return np.asarray(cv2.cvtColor(data.reshape(*shape, 3), cv2.COLOR_BGR2GRAY), np.uint8)
    return data[: shape[0] * shape[1]].reshape(shape)


def _corners(board: str) -> tuple[int, int]:
    across, by, down = board.partition("x")
    if not (by and across.isdigit() and down.isdigit() and min(int(across), int(down)) > 2):
        raise click.ClickException(f"--board is {board!r}; write inner corners such as 7x5")
    return int(across), int(down)
