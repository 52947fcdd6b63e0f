"""A camera or stream, read by OpenCV with the system's own driver."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2

from gazed_plugins.capture import opencv_devices as devices
from gazed_plugins.capture.cameras import (
    CameraInfo,
    ControlInfo,
    Mode,
    Picture,
    RefusedError,
    Wish,
)
from gazed_plugins.capture.faults import Broken, Busy, CameraFault, Unplugged
from gazed_plugins.capture.opencv_capture import mode_of, opened, picture_from
from gazed_plugins.capture.v4l2_modes import modes_of

_MJPG = cv2.VideoWriter.fourcc(*"MJPG")
_REFUSED_SECONDS = 0.5
_USED_AS_SENT = ("MJPG", "YUYV", "GREY")


class LiveCamera:
    """An open camera; see OpenCamera.

    On Linux its pictures are taken as it sends them where that is of use: its own JPEG, or the
    brightness out of YUYV, without a way through colour and back. The driver keeps its usual
    number of buffers: they are emptied as fast as they fill, and with a single one it would
    lose each picture that begins before the last was fetched.
    """

    def __init__(self, info: CameraInfo, wish: Wish) -> None:
        self.info = info
        self.modes = modes_of(info.key) if devices.is_node(info.key) else ()
        self.notes: tuple[str, ...] = ()
        self._capture = opened(info)
        self._is_v4l2 = self._capture.getBackendName() == "V4L2"
        self._sequence = 0
        self._streams = False
        self._ask_for(wish.mode)
        self.mode = mode_of(self._capture)
        if not _as_wished(self.mode, wish.mode):
            self.notes = (f"asked for {_spelt(wish.mode)}; {info} gives {self.mode}",)

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, or None when none came within ``timeout`` seconds."""
        if not self._grabbed(timeout):
            return None
        received = time.monotonic()
        there, data = self._capture.retrieve()
        if not there:
            raise self._lost()
        self._sequence += 1
        return picture_from(data, received, self._sequence, self._device_time())

    def set_mode(self, mode: Mode) -> None:
        """Switch to another size and rate; raise RefusedError and keep the old one if not."""
        before = self.mode
        self._ask_for(mode)
        got = mode_of(self._capture)
        if not _as_wished(got, mode):
            self._ask_for(before)
            self.mode = mode_of(self._capture)
            known = [entry.to_wire() for entry in self.modes or (got,)]
            raise RefusedError(f"{self.info} gives {got} when asked for {mode}", known)
        self.mode = got

    def controls(self) -> Sequence[ControlInfo]:
        """Return nothing: OpenCV does not say which settings a camera has."""
        return ()

    def set_control(self, name: str, value: Any) -> ControlInfo:
        """Raise RefusedError."""
        raise RefusedError(
            f"{name} cannot be {value!r}: Camera_Source sets no controls; use UVC_Source, or the"
            " system's own tools"
        )

    def close(self) -> None:
        """Give the camera back."""
        self._capture.release()

    def _grabbed(self, timeout: float) -> bool:
        if not self._is_v4l2:  # no other driver lets us wait with a limit
            if not self._capture.grab():
                raise self._lost()
            return True
        if not self._streams:
            return self._start()
        try:
            return cv2.VideoCapture.waitAny([self._capture], int(timeout * 1e9))[0]
        except cv2.error:
            raise self._lost() from None

    def _start(self) -> bool:
        # The stream begins with the first grab, which also waits for a picture.
        began = time.monotonic()
        self._streams = self._capture.grab()
        if not self._streams and time.monotonic() - began < _REFUSED_SECONDS:
            raise self._refused()
        return self._streams

    def _ask_for(self, mode: Mode) -> None:
        if self._is_v4l2:  # most cameras reach high rates with compressed pictures only
            self._capture.set(cv2.CAP_PROP_FOURCC, _MJPG)
        if mode.width:
            self._capture.set(cv2.CAP_PROP_FRAME_WIDTH, mode.width)
            self._capture.set(cv2.CAP_PROP_FRAME_HEIGHT, mode.height)
        if mode.rate:
            self._capture.set(cv2.CAP_PROP_FPS, mode.rate)
        if self._is_v4l2:
            convert = self._layout() not in _USED_AS_SENT
            self._capture.set(cv2.CAP_PROP_CONVERT_RGB, float(convert))
            self._streams = False

    def _layout(self) -> str:
        code = int(self._capture.get(cv2.CAP_PROP_FOURCC)) & 0xFFFFFFFF
        return code.to_bytes(4, "little").decode("ascii", "replace")

    def _device_time(self) -> float | None:
        # The driver's stamp of the buffer; on other systems it is the place in a file.
        stamp = self._capture.get(cv2.CAP_PROP_POS_MSEC) if self._is_v4l2 else 0.0
        return stamp / 1000.0 if stamp > 0 else None

    def _lost(self) -> CameraFault:
        if self._is_gone():
            return Unplugged(str(self.info))
        return Broken(str(self.info), "it gives no more pictures")

    def _refused(self) -> CameraFault:
        if self._is_gone():
            return Unplugged(str(self.info))
        holder = devices.holder_of(self.info.key)
        if holder:
            return Busy(str(self.info), holder)
        problem = "it does not start: it is in use elsewhere, or the USB bus has no room for it"
        remedy = "close other programs that use cameras, or plug it into a port of its own"
        return Broken(str(self.info), problem, remedy)

    def _is_gone(self) -> bool:
        return devices.is_node(self.info.key) and not Path(self.info.key).exists()


def _as_wished(got: Mode, wish: Mode) -> bool:
    same_size = not wish.width or (got.width, got.height) == (wish.width, wish.height)
    return same_size and (not wish.rate or abs(got.rate - wish.rate) < 1.0)


def _spelt(wish: Mode) -> str:
    size = f"{wish.width}x{wish.height}" if wish.width else ""
    return " at ".join(filter(None, [size, f"{wish.rate:g} fps" if wish.rate else ""]))
