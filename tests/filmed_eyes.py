"""Videos of a simulated wearer's eyes, drawn beforehand: two eyes that cost what cameras cost.

film(folder, seconds=20.0, rate=120.0, targets=[(1.0, (0.0, 0.0, 1000.0))])
Daemon(directory, CONFIG, directory), client = ...
play(client, folder)
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2

from gazed import Client
from gazed_plugins.recorder.timestamps import TimestampsWriter
from gazed_plugins.recorder.video import VideoWriter
from gazed_plugins.simulated_headset.geometry import Camera
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.look import LOOKS
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import Wearer

SIZE = 192
_SEED = 1001
_TICKS = 65535
_QUALITY = 92
CONFIG = """
[[start_plugin]]
name = "Eye_Processes"
"""

Target = tuple[float, Vector]
"""From when on (s) the wearer is shown which point (mm, HMD frame, y up)."""


def film(
    folder: Path,
    *,
    seconds: float,
    rate: float,
    targets: Sequence[Target] = (),
) -> None:
    """Write ``eye0.mp4`` and ``eye1.mp4`` of a wearer who looks around, or at targets."""
    for eye in (0, 1):
        wearer = Wearer(_SEED, blinks_per_minute=0.0)
        for moment, position in targets:
            wearer.look_at(position, moment)
        renderer = Renderer(eye, SIZE, LOOKS["easy"], _SEED)
        video = VideoWriter(folder / f"eye{eye}.mp4", SIZE, SIZE)
        times = TimestampsWriter(folder / f"eye{eye}_timestamps.npy")
        for index in range(round(seconds * rate)):
            moment = index / rate
            gray = renderer.frame(wearer.state(eye, moment), index, moment).gray
            quality = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
            video.add(cv2.imencode(".jpg", gray, quality)[1].tobytes(), int(moment * _TICKS))
            times.add(moment)
        video.close()
        times.write()
        times.close()


def play(client: Client, folder: Path) -> None:
    """Let both eyes see their films, at the films' pace and over and over; wait until they do."""
    client.subscribe("notify.plugin.started")
    waiting = {"eye0", "eye1"}
    for host in waiting:
        client.start_plugin(
            "File_Source",
            host=host,
            source_path=str(folder / f"{host}.mp4"),
            focal_length=Camera.of_size(SIZE).focal_length_px,
            loop=True,
        )
    while waiting:
        waiting.discard(client.wait_for("plugin.started", name="File_Source")["host"])
