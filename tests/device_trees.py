"""False sysfs and proc trees, as Linux lays them out."""

from __future__ import annotations

from pathlib import Path


class Tree:
    """A directory that stands for ``/``."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def camera(self, port, bus, address, name="Pupil Cam2 ID0", serial="", video=None, kind="0e"):
        """Plug in a device with one interface, and a video node where ``video`` is its number."""
        device = self.root / "sys/devices/pci0000:00" / f"usb{bus}" / port
        interface = device / f"{port}:1.0"
        interface.mkdir(parents=True)
        texts = {"busnum": bus, "devnum": address, "product": name, "serial": serial, "speed": 480}
        for file, text in texts.items():
            (device / file).write_text(f"{text}\n")
        (interface / "bInterfaceClass").write_text(f"{kind}\n")
        self._link("sys/bus/usb/devices", port, device)
        self._link("sys/bus/usb/devices", f"{port}:1.0", interface)
        if video is not None:
            self.video(video, name, interface)
            self.video(video + 1, name, interface, index=1)

    def video(self, number, name, interface, index=0):
        """Add a node of the video driver."""
        node = self.root / "sys/class/video4linux" / f"video{number}"
        node.mkdir(parents=True)
        (node / "name").write_text(f"{name}\n")
        (node / "index").write_text(f"{index}\n")
        (node / "device").symlink_to(interface)

    def process(self, pid, program, *opened, command=()):
        """Let a process run that has files open."""
        process = self.root / "proc" / str(pid)
        (process / "fd").mkdir(parents=True)
        (process / "comm").write_text(f"{program}\n")
        (process / "cmdline").write_text("\0".join(command) + "\0")
        for number, path in enumerate(opened):
            (process / "fd" / str(number)).symlink_to(path)

    def _link(self, directory, name, target):
        parent = self.root / directory
        parent.mkdir(parents=True, exist_ok=True)
        (parent / name).symlink_to(target)
