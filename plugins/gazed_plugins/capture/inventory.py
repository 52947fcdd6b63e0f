"""All cameras of this machine, whichever way they are reached, and who has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gazed import PluginError
from gazed_plugins.capture import opencv_devices
from gazed_plugins.capture.cameras import Backend, CameraInfo
from gazed_plugins.capture.faults import CameraFault
from gazed_plugins.capture.usb import Holder, UsbDevice, holders, usb_cameras
from gazed_plugins.capture.uvc_backend import UvcBackend
from gazed_plugins.capture.v4l2_modes import modes_of

_ROOT = Path("/")


@dataclass(frozen=True, slots=True)
class Connected:
    """One camera: how it is known, by what it can be read, its files, and who has it open."""

    camera: CameraInfo
    backends: tuple[str, ...]
    nodes: tuple[str, ...]
    holders: tuple[Holder, ...]

    def to_wire(self) -> dict[str, Any]:
        """Return the fields that ``gazed cameras --json`` prints."""
        return {
            **self.camera.to_wire(),
            "backends": list(self.backends),
            "nodes": list(self.nodes),
            "modes": [mode.to_wire() for mode in self.camera.modes],
            "holders": [{"pid": who.pid, "program": who.program} for who in self.holders],
        }


def connected(root: Path = _ROOT) -> list[Connected]:
    """Return the cameras that are connected, each once, those of UVC_Source first."""
    by_port = {usb.port: usb for usb in usb_cameras(root)}
    seen = [*uvc_cameras(root), *opencv_devices.listed("", root), *map(_bare, by_port.values())]
    groups: dict[str, list[CameraInfo]] = {}
    for camera in seen:
        groups.setdefault(camera.port or f"{camera.backend} {camera.key}", []).append(camera)
    return [_merged(group, by_port.get(port), root) for port, group in groups.items()]


def uvc_cameras(root: Path = _ROOT) -> list[CameraInfo]:
    """Return what UVC_Source can see; nothing where its library is missing."""
    try:
        backend: Backend = UvcBackend(root=root)
        return backend.cameras()
    except (PluginError, CameraFault):
        return []


def _merged(group: list[CameraInfo], usb: UsbDevice | None, root: Path) -> Connected:
    keys = [camera.key for camera in group if opencv_devices.is_node(camera.key)]
    nodes = tuple(dict.fromkeys([*(usb.nodes if usb else ()), *keys]))
    modes = next((modes for key in keys if (modes := modes_of(key))), ())
    return Connected(
        camera=replace(group[0], modes=group[0].modes or modes),
        backends=_in_order(camera.backend for camera in group),
        nodes=nodes,
        holders=tuple(holders(nodes, root)),
    )


def _bare(usb: UsbDevice) -> CameraInfo:
    return CameraInfo(usb.name, usb.serial, usb.port)


def _in_order(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, names)))
