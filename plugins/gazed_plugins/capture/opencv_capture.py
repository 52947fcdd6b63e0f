"""OpenCV's VideoCapture as cameras and files use it: opened, asked, and turned into pictures."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from gazed_plugins.capture import opencv_devices as devices
from gazed_plugins.capture.cameras import CameraInfo, Mode, Picture
from gazed_plugins.capture.faults import Broken, Busy, CameraFault, NoRights, Unplugged
from gazed_plugins.capture.usb import accessible

# OpenCV waits ten seconds for the first picture of a V4L2 camera unless told otherwise, and
# hears of it in no other way.
os.environ.setdefault("OPENCV_VIDEOIO_V4L_SELECT_TIMEOUT", "1")
_LIMITS = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, 5000, cv2.CAP_PROP_READ_TIMEOUT_MSEC, 2000]
_USUAL_RATE = 30.0
_SYSTEM = {
    "linux": cv2.CAP_V4L2,
    "darwin": cv2.CAP_AVFOUNDATION,
    "win32": cv2.CAP_MSMF,
}


def opened(info: CameraInfo) -> cv2.VideoCapture:
    """Open what ``info`` names; raise CameraFault saying why that cannot be done."""
    # OpenCV prints a line for each failed attempt; the fault raised here says it better.
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    what = devices.opened_by(info.key)
    if isinstance(what, int):
        capture = cv2.VideoCapture(what, _SYSTEM.get(sys.platform, cv2.CAP_ANY))
    else:
        capture = cv2.VideoCapture(what, cv2.CAP_FFMPEG, _LIMITS)
        if not capture.isOpened() and devices.is_file(info.key):
            capture = cv2.VideoCapture(what)
    if not capture.isOpened():
        raise _reason(info)
    return capture


def mode_of(capture: cv2.VideoCapture) -> Mode:
    """Return what a capture says it gives; 30 pictures a second where it does not say."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    return Mode(
        int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)),
        int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT)),
        rate if 0.0 < rate < 1e4 else _USUAL_RATE,
    )


def picture_from(
    data: NDArray[Any], received: float, sequence: int, device_time: float | None = None
) -> Picture:
    """Return one picture for what OpenCV read: a row of JPEG bytes, YUYV, gray or BGR pixels."""
    if data.size == max(data.shape):
        jpeg = data.tobytes()
        return Picture(received, jpeg=jpeg, device_time=device_time, sequence=sequence)
    if data.ndim == 3 and data.shape[2] == 3:
        return Picture(received, bgr=data, device_time=device_time, sequence=sequence)
    # Of YUYV every other byte is brightness.
    gray = np.ascontiguousarray(data[:, :, 0] if data.ndim == 3 else data)
    return Picture(received, gray=gray, device_time=device_time, sequence=sequence)


def _reason(info: CameraInfo) -> CameraFault:
    if not devices.is_node(info.key):
        return Broken(
            str(info), "OpenCV cannot open it", "check that it is a video and can be read"
        )
    if not Path(info.key).exists():
        return Unplugged(str(info))
    if not accessible(info.key):
        return NoRights(str(info))
    holder = devices.holder_of(info.key)
    return Busy(str(info), holder) if holder else Broken(str(info), "OpenCV cannot open it")
