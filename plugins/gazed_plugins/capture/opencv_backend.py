"""Cameras through OpenCV's VideoCapture, which needs no driver of ours."""

from __future__ import annotations

from gazed_plugins.capture import opencv_devices as devices
from gazed_plugins.capture.cameras import CameraInfo, OpenCamera, Wish
from gazed_plugins.capture.opencv_file import Ended, FileCamera
from gazed_plugins.capture.opencv_live import LiveCamera


class OpenCVBackend:
    """What ``key`` names, or where it is empty, all cameras the system lists.

    A file plays at its own pace, from the beginning again with ``loop``; one that has ended
    does not open again.
    """

    name = devices.NAME

    def __init__(self, key: str = "", *, loop: bool = False) -> None:
        self._key = key
        self._loop = loop
        self._ended = False

    def cameras(self) -> list[CameraInfo]:
        """Return what there is to open."""
        return devices.listed(self._key)

    def open(self, info: CameraInfo, wish: Wish) -> OpenCamera:
        """Open a camera with what of the wish it can do; raise CameraFault."""
        if self._ended:
            raise Ended(str(info))
        if devices.is_file(info.key):
            return FileCamera(info, self._loop, self._end)
        return LiveCamera(info, wish)

    def _end(self) -> None:
        self._ended = True
