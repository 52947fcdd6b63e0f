"""What Linux knows of the cameras on its buses, read from its files; nothing found elsewhere.

The root of the trees is a parameter: ``root / "sys"``, ``root / "proc"``.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

UDEV_FILE = "/etc/udev/rules.d/70-gazed.rules"
# "0e" is the class of video interfaces. uaccess serves who sits at the machine, the group video
# who comes over the network.
UDEV_RULE = (
    'SUBSYSTEM=="usb", ENV{DEVTYPE}=="usb_device", ENV{ID_USB_INTERFACES}=="*:0e*",'
    ' GROUP="video", MODE="0660", TAG+="uaccess"'
)
_ROOT = Path("/")
_VIDEO_CLASS = "0e"


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """One device with a video interface.

    ``port`` is its bus and the way through the hubs (``1-4.2``), the same after replugging
    into the same socket; ``address`` changes. ``speed`` is in Mbit/s, 0 where unknown.
    ``nodes`` are the files through which programs reach it.
    """

    port: str
    bus: int
    address: int
    name: str
    serial: str
    speed: float
    nodes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VideoNode:
    """One capture device of the kernel's video driver (``/dev/video0``)."""

    path: str
    name: str
    port: str


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a device open."""

    pid: int
    program: str

    def __str__(self) -> str:
        return f"{self.program} (process {self.pid})"


def usb_cameras(root: Path = _ROOT) -> list[UsbDevice]:
    """Return the devices that have a video interface, by port."""
    video = video_nodes(root)
    return [
        _device(path, [node.path for node in video if node.port == path.name])
        for path in sorted(_listed(root / "sys/bus/usb/devices"))
        if ":" not in path.name and _text(path / "busnum") and _has_video(path)
    ]


def video_nodes(root: Path = _ROOT) -> list[VideoNode]:
    """Return the video driver's capture devices, in the order of their numbers.

    A camera also has nodes for metadata, whose index is not 0; those are left out.
    """
    paths = _listed(root / "sys/class/video4linux")
    found = [path for path in paths if _text(path / "index") in ("", "0")]
    return [_video_node(path) for path in sorted(found, key=_number)]


def holders(nodes: Iterable[str], root: Path = _ROOT) -> list[Holder]:
    """Return the processes that have one of ``nodes`` open, as far as we may see them."""
    wanted = set(nodes)
    if not wanted:
        return []
    return [
        Holder(int(path.name), _program(path))
        for path in sorted(_listed(root / "proc"))
        if path.name.isdigit() and _opens(path, wanted)
    ]


def accessible(node: str) -> bool:
    """Tell whether this user may read and write a device."""
    return os.access(node, os.R_OK | os.W_OK)


def _device(path: Path, video: list[str]) -> UsbDevice:
    bus, address = int(_text(path / "busnum")), int(_text(path / "devnum") or 0)
    speed = _text(path / "speed")
    return UsbDevice(
        port=path.name,
        bus=bus,
        address=address,
        name=_text(path / "product"),
        serial=_text(path / "serial"),
        speed=float(speed) if speed.replace(".", "", 1).isdigit() else 0.0,
        nodes=(f"/dev/bus/usb/{bus:03d}/{address:03d}", *video),
    )


def _has_video(device: Path) -> bool:
    interfaces = device.glob(f"{device.name}:*/bInterfaceClass")
    return any(_text(path) == _VIDEO_CLASS for path in interfaces)


def _video_node(path: Path) -> VideoNode:
    # "device" leads to the USB interface 1-4.2:1.0, whose name begins with the port.
    port = os.path.realpath(path / "device").rpartition("/")[2].partition(":")[0]
    is_port = port[:1].isdigit() and "-" in port
    return VideoNode(f"/dev/{path.name}", _text(path / "name"), port if is_port else "")


def _number(path: Path) -> int:
    digits = path.name.removeprefix("video")
    return int(digits) if digits.isdigit() else -1


def _opens(process: Path, wanted: set[str]) -> bool:
    return any(target in wanted for target in _targets(process / "fd"))


def _targets(descriptors: Path) -> Iterator[str]:
    # Plain texts in place of paths: there are ten thousand of these on a desktop, and an eye
    # whose camera is busy looks through them again and again.
    try:
        numbers = os.listdir(descriptors)  # noqa: PTH208
    except OSError:
        return  # another user's process, or one that has ended
    for number in numbers:
        try:
            yield os.readlink(f"{descriptors}/{number}")  # noqa: PTH115
        except OSError:
            continue  # closed meanwhile


def _program(process: Path) -> str:
    words = _text(process / "cmdline").split("\0")
    if "gazed.host" in words[:-1]:
        return f"gazed {words[words.index('gazed.host') + 1]}"
    return _text(process / "comm") or "a program"


def _listed(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []  # another system, another user's process, or one that has ended


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
