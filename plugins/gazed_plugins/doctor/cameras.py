"""Whether the cameras are there and may be opened, nobody else has them, and the bus has room."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gazed import running_daemons
from gazed_plugins.capture.cameras import CameraInfo
from gazed_plugins.capture.inventory import Connected, connected
from gazed_plugins.capture.roles import ask, roles
from gazed_plugins.capture.usb import UDEV_FILE, UDEV_RULE, UsbDevice, accessible, usb_cameras
from gazed_plugins.doctor import Findings

_ROOT = Path("/")
_PIXELS_PER_SECOND = 192 * 192 * 200
# An eye's JPEG hardly takes half a byte a pixel, and twice that is reserved on the bus, of which
# such transfers may take 80 %.
_BYTES_PER_PIXEL = 2 * 0.5
_USABLE = 0.8
_SPREAD = "spread the cameras over several buses, or lower frame_size or frame_rate"
_HIGH_SPEED = 480.0


def check() -> Findings:
    """Look at all cameras of this machine."""
    yield from examine(_ROOT)


def examine(root: Path) -> Findings:
    """Look at the cameras in the system's files below ``root``."""
    found = connected(root)
    if not found:
        yield "no camera is connected, or none that this system shows", ""
    for entry in found:
        yield f"{entry.camera} is connected", ""
        yield from _rights(entry, root)
        yield from _others(entry)
    yield from bandwidth(usb_cameras(root))
    if found:
        yield from _eyes([entry.camera for entry in found])


def bandwidth(cameras: Sequence[UsbDevice]) -> Findings:
    """Estimate what two eyes at 192x192 and 200 Hz need of each bus they share."""
    need = 8e-6 * _PIXELS_PER_SECOND * _BYTES_PER_PIXEL
    for camera in cameras:
        if 0 < camera.speed < _HIGH_SPEED:
            yield (
                f"{camera.name} on port {camera.port} runs at {camera.speed:g} Mbit/s only",
                "plug it into a USB 2 or 3 port, without a hub or with another cable",
            )
    for bus in sorted({camera.bus for camera in cameras}):
        sharing = [camera for camera in cameras if camera.bus == bus]
        room = _USABLE * max(camera.speed for camera in sharing)
        total = need * len(sharing)
        text = (
            f"bus {bus}: {len(sharing)} camera{'s' * (len(sharing) > 1)} would need about"
            f" {total:.0f} of {room:.0f} Mbit/s at 192x192 and 200 Hz"
        )
        yield text, _SPREAD if 0 < room < total else ""


def udev_advice() -> str:
    """Return what to type on Linux so that cameras may be opened."""
    return (
        f"put this line into {UDEV_FILE}:\n{UDEV_RULE}\nthen run: sudo udevadm control --reload"
        " && sudo udevadm trigger; plug the camera in again. `gazed doctor --udev` prints the line"
    )


def _rights(entry: Connected, root: Path) -> Findings:
    closed = [node for node in entry.nodes if not accessible(str(root / node[1:]))]
    if closed:
        yield f"{entry.camera}: this user may not open {', '.join(closed)}", udev_advice()
    elif sys.platform == "darwin" and os.getuid() != 0 and "uvc" in entry.backends:
        yield (
            f"{entry.camera}: macOS gives it to UVC_Source only as root",
            "run gazed with sudo, or use Camera_Source",
        )


def _others(entry: Connected) -> Findings:
    for holder in entry.holders:
        ours = holder.program.startswith("gazed ")
        yield f"{entry.camera} is held by {holder}", "" if ours else "close that program"


def _eyes(cameras: Sequence[CameraInfo]) -> Findings:
    services = [ask(connection) for connection in running_daemons()]
    for service in services:
        for eye, report in sorted(service.reports.items()):
            text = report.get("text") or f"its camera is {report['state']}"
            yield f"eye{eye} of process {service.pid}: {text}", report.get("remedy", "")
    if not services:
        for role in roles({}, cameras):
            found = f"would be {role.camera}" if role.camera else role.text
            yield f"eye{role.eye}: {found}", role.remedy
