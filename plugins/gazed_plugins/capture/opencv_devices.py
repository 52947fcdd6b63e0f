"""What OpenCV can be told to open: camera numbers, device files, addresses, video files."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from gazed_plugins.capture.cameras import CameraInfo
from gazed_plugins.capture.usb import (
    UsbDevice,
    VideoNode,
    holders,
    usb_cameras,
    video_nodes,
)

NAME = "opencv"
_NODE = re.compile(r"/dev/video(\d+)")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.]+://", re.IGNORECASE)
_ROOT = Path("/")


def is_node(key: str) -> bool:
    """Tell whether a key is a device file of Linux's video driver."""
    return _NODE.fullmatch(key) is not None


def is_file(key: str) -> bool:
    """Tell whether a key names a video file, rather than a camera or a stream."""
    return not (is_node(key) or key.isdigit() or _ADDRESS.match(key))


def opened_by(key: str) -> int | str:
    """Return what OpenCV opens a key by: a number for cameras, else the text."""
    node = _NODE.fullmatch(key)
    return int(node[1]) if node else int(key) if key.isdigit() else key


def key_of(device: str) -> str:
    """Return the key of what a user calls ``device``: the same for all its names."""
    if device.isdigit():
        return f"/dev/video{device}" if sys.platform == "linux" else device
    if device.startswith("/dev/"):
        return os.path.realpath(device)  # /dev/v4l/by-id has names that lead to /dev/video0
    return str(Path(device).expanduser()) if is_file(device) else device


def listed(key: str, root: Path = _ROOT) -> list[CameraInfo]:
    """Return the cameras there are, or where ``key`` is not empty, that one if it is there.

    Only Linux says which cameras there are; elsewhere only a key helps.
    """
    if not key:
        return _cameras(root)
    if is_node(key):
        known = [camera for camera in _cameras(root) if camera.key == key]
        return known or ([_bare(key)] if (root / key[1:]).exists() else [])
    if is_file(key):
        path = Path(key)
        return [CameraInfo(path.name, key=key, backend=NAME)] if path.is_file() else []
    return [_bare(key)]


def holder_of(node: str, root: Path = _ROOT) -> str:
    """Name the program, other than this one, that has a device file open; empty if none is seen."""
    others = [holder for holder in holders([node], root) if holder.pid != os.getpid()]
    return ", ".join(map(str, others))


def _cameras(root: Path) -> list[CameraInfo]:
    by_port = {camera.port: camera for camera in usb_cameras(root)}
    return [_camera(node, by_port.get(node.port)) for node in video_nodes(root)]


def _camera(node: VideoNode, usb: UsbDevice | None) -> CameraInfo:
    # The driver shortens names and adds to them; the device has its own.
    name = usb.name if usb and usb.name else node.name
    serial = usb.serial if usb else ""
    return CameraInfo(name, serial, node.port, node.path, backend=NAME)


def _bare(device: str) -> CameraInfo:
    name = f"camera {device}" if device.isdigit() else device
    return CameraInfo(name, key=device, backend=NAME)
