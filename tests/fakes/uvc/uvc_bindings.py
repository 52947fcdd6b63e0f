"""Cameras as pyuvc presents them; written from its documentation and observed behaviour."""

from __future__ import annotations

import ctypes
import math
from typing import Any, NamedTuple

import cv2
import numpy as np

from . import logger, world

uvc_error_codes = {
    0: "Success (no error)",
    -1: "Input/output error",
    -2: "Invalid parameter",
    -3: "Access denied",
    -4: "No such device",
    -5: "Entity not found",
    -6: "Resource busy",
    -7: "Operation timed out",
    -8: "Overflow",
    -9: "Pipe error",
    -10: "System call interrupted",
    -11: "Insufficient memory",
    -12: "Operation not supported",
    -50: "Device is not UVC-compliant",
    -51: "Mode not supported",
    -52: "Resource has a callback (can't use polling and async)",
    -99: "Undefined error",
}
_AE_MODES = {
    "manual mode": 1,
    "auto mode": 2,
    "shutter priority mode": 4,
    "aperture priority mode": 8,
}
# name, unit, lowest, highest, default, type; the trailing space is the real module's.
_CONTROLS = [
    ("Auto Exposure Mode", "input_terminal", 1, 8, 8, _AE_MODES),
    ("Auto Exposure Priority", "input_terminal", 0, 1, 1, bool),
    ("Absolute Exposure Time", "input_terminal", 1, 500, world.NOMINAL_EXPOSURE, int),
    ("Absolute Iris ", "input_terminal", 0, 10, 5, int),
    ("Backlight Compensation", "processing_unit", 0, 2, 1, int),
    ("Brightness", "processing_unit", -64, 64, 0, int),
    ("Contrast", "processing_unit", 0, 64, 32, int),
    ("Gain", "processing_unit", 0, 100, 0, int),
    ("Hue", "processing_unit", -40, 40, 0, int),
    ("Saturation", "processing_unit", 0, 128, 64, int),
    ("Gamma", "processing_unit", 72, 500, 100, int),
    ("Auto Focus", "input_terminal", 0, 1, 1, bool),
]


class CaptureError(Exception):
    pass


class StreamError(CaptureError):
    pass


class InitError(CaptureError):
    pass


class OpenError(InitError):
    pass


class InsufficientBandwidthError(InitError):
    def __init__(self, message):
        super().__init__(message)


class DeviceNotFoundError(InitError):
    def __init__(self, message):
        super().__init__(message)


class CameraMode(NamedTuple):
    width: int
    height: int
    fps: int
    format_native: int
    format_name: str
    supported: bool


class Frame:
    """One picture; here always made from a JPEG."""

    timestamp = 0.0

    def __init__(self) -> None:
        self.timestamp = 0.0
        self._jpeg = b""
        self._mode = (0, 0)
        self._index = 0

    @property
    def width(self) -> int:
        return self._mode[0]

    @property
    def height(self) -> int:
        return self._mode[1]

    @property
    def index(self) -> int:
        return self._index

    @property
    def data_fully_received(self) -> bool:
        return self._jpeg.endswith(b"\xff\xd9")

    @property
    def gray(self) -> np.ndarray:
        return cv2.imdecode(np.frombuffer(self._jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)

    @property
    def bgr(self) -> np.ndarray:
        return np.stack([self.gray] * 3, axis=2)

    @property
    def img(self) -> np.ndarray:
        return self.bgr

    @property
    def yuv_buffer(self) -> Any:
        return None


class MJPEGFrame(Frame):
    yuv_subsampling = None

    @property
    def jpeg_buffer(self) -> memoryview:
        return memoryview(self._jpeg)

    @property
    def yuv420(self) -> Any:
        raise NotImplementedError

    @property
    def yuv422(self) -> Any:
        raise NotImplementedError

    def clear_caches(self) -> None:
        pass


class Control:
    """One setting; a value that the camera does not take is logged and not kept."""

    display_name = doc = unit = ""
    d_type: Any = None
    min_val = max_val = step = def_val = buffer_len = info_bit_mask = 0

    def __init__(self, camera: world.FakeCamera, row: tuple[Any, ...]) -> None:
        self._camera = camera
        self.display_name, self.unit, self.min_val, self.max_val, self.def_val, self.d_type = row
        self.step = 1
        self.doc = f"the camera's {self.display_name}"
        self.buffer_len, self.info_bit_mask = 2, 3
        self._value = 0
        self.refresh()

    def refresh(self) -> None:
        if not self._camera.plugged:
            raise Exception(f"Error: {uvc_error_codes[-4]}")
        self._value = self._camera.values.get(self.display_name, self.def_val)

    @property
    def value(self) -> int:
        return self._value

    @value.setter
    def value(self, value: int) -> None:
        manual = self._camera.values.get("Auto Exposure Mode", 8) in (1, 4)
        governed = self.display_name == "Absolute Exposure Time" and not manual
        outside = not self.min_val <= int(value) <= self.max_val
        if governed or outside or self.display_name in self._camera.sticky:
            logger.warning("Could not set Value. 'Error: Pipe error'.")
        else:
            self._camera.values[self.display_name] = int(value)
        self.refresh()


class Device_List(list):
    def __init__(self) -> None:
        super().__init__()
        self.update()

    def update(self) -> None:
        self[:] = device_list() or []

    def cleanup(self) -> None:
        pass


class Capture:
    """An open camera; the stream starts with the first picture that is asked for."""

    controls: list[Control] = []  # noqa: RUF012
    clock_freq_override = 0

    def __init__(self, dev_uid: str) -> None:
        self._world = world.current()
        self._camera = _camera(dev_uid, DeviceNotFoundError, "Device with uid: `{}` not found")
        self._raise_when_opened()
        if self._camera.trouble == "no_unit":
            raise KeyError("processing_unit")
        self._address = self._camera.address
        self._camera.opened_by = self
        self._world.opened += 1
        self._closed = False
        rows = [row for row in _CONTROLS if row[0] not in self._camera.lacks]
        self.controls = [Control(self._camera, row) for row in rows]
        self.clock_freq_override = 0
        self._bandwidth_factor = 2.0
        self._mode: CameraMode | None = None
        self._start: float | None = None
        self._read = -1
        self._broken = 0

    def _raise_when_opened(self) -> None:
        trouble = self._camera.trouble
        if trouble == "block_open":
            world.FOREVER.wait()
        codes = {"busy": -6, "no_rights": -3, "no_rights_by_driver": -3, "no_device": -4}
        code = codes.get(trouble, -6 if self._camera.opened_by else 0)
        if code:
            raise OpenError(f"Could not open device. Error: {uvc_error_codes[code]}")

    @property
    def name(self) -> str:
        return self._camera.name

    @property
    def all_modes(self) -> tuple[CameraMode, ...]:
        jpeg = [CameraMode(*mode, 7, "MJPG", True) for mode in self._camera.modes]
        return (*jpeg, CameraMode(640, 480, 30, 3, "YUY2", False))

    @property
    def available_modes(self) -> tuple[CameraMode, ...]:
        return tuple(mode for mode in self.all_modes if mode.supported)

    @property
    def frame_mode(self) -> CameraMode | None:
        return self._mode

    @frame_mode.setter
    def frame_mode(self, mode: CameraMode) -> None:
        self._start = None
        if self._dead():
            raise InitError("Error: Can't get stream control: No such device (requested 7)")
        if self._camera.trouble == "wrong_mode" or mode not in self.available_modes:
            raise InitError("Error: Can't get stream control: Mode not supported (requested 7)")
        self._mode = mode

    @property
    def frame_size(self) -> tuple[int, int] | None:
        return (self._mode.width, self._mode.height) if self._mode else None

    @property
    def frame_rate(self) -> int | None:
        return self._mode.fps if self._mode else None

    @property
    def frame_sizes(self) -> list[tuple[int, int]]:
        return [(mode.width, mode.height) for mode in self.all_modes]

    @property
    def frame_rates(self) -> list[int]:
        rates = [mode.fps for mode in self.all_modes if mode[:2] == self.frame_size]
        if not rates:
            raise ValueError("Please set frame_size before asking for rates.")
        return rates

    @property
    def bandwidth_factor(self) -> float:
        return self._bandwidth_factor

    @bandwidth_factor.setter
    def bandwidth_factor(self, factor: float) -> None:
        self._bandwidth_factor = factor

    def add_vendor_control(self, ctl_meta: Any) -> None:
        raise NotImplementedError

    def get_frame_robust(self) -> Frame:
        for _ in range(3):
            try:
                return self.get_frame()
            except StreamError as error:
                logger.debug("Could not get Frame: %s", error)
        raise StreamError("Could not grab frame after 3 attempts. Giving up.")

    def get_frame(self, timeout: float = 0) -> Frame:
        """Return the newest picture, waiting for one; 0 waits for ever, as libuvc does."""
        self._world.refresh()
        if self._start is None:
            self._begin()
        index = self._wait(timeout if timeout > 0 else math.inf)
        self._raise_when_read()
        return self._frame(index)

    def stop_stream(self) -> None:
        self._start = None

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._world.opened -= 1
            if self._camera.opened_by is self:
                self._camera.opened_by = None

    def _begin(self) -> None:
        trouble = self._camera.trouble
        if trouble == "no_bandwidth":
            raise InsufficientBandwidthError(
                "Can't start isochronous stream - error: Mode not supported"
            )
        if trouble == "no_bandwidth_by_code":
            raise InitError("Can't start isochronous stream - error: Undefined error")
        self._mode = self._mode or self.available_modes[0]
        self._start, self._read = self._world.now(), -1

    def _wait(self, timeout: float) -> int:
        end = self._world.now() + timeout
        if self._camera.trouble == "block":
            world.FOREVER.wait()
        if self._camera.trouble == "hold":
            ctypes.PyDLL(None).sleep(3600)  # PyDLL keeps the interpreter locked meanwhile
        if self._dead() or self._camera.trouble == "stall":
            self._world.sleep(timeout)
            raise TimeoutError
        index = max(self._newest(), self._read + 1)
        due = self._due(index)
        self._world.sleep(max(0.0, min(due, end) - self._world.now()))
        if due > end:
            raise TimeoutError
        self._read = index
        return index

    def _newest(self) -> int:
        passed = self._world.now() - self._start - self._camera.latency
        return math.floor(passed * self._mode.fps + 1e-6)

    def _due(self, index: int) -> float:
        return self._start + self._camera.latency + index / self._mode.fps

    def _dead(self) -> bool:
        return not self._camera.plugged or self._camera.address != self._address

    def _raise_when_read(self) -> None:
        if self._camera.trouble == "io_error":
            raise StreamError(uvc_error_codes[-1])
        if self._camera.trouble == "bad_header":
            raise StreamError("JPEG header corrupt.")

    def _frame(self, index: int) -> MJPEGFrame:
        frame = MJPEGFrame()
        shrink = 2 if self._camera.trouble == "wrong_size" else 1
        jpeg = self._camera.jpeg(index, self._mode.width // shrink, self._mode.height // shrink)
        cut = {"truncated": len(jpeg) // 2, "no_end": len(jpeg) - 2}
        frame._jpeg = jpeg[: cut.get(self._camera.trouble, len(jpeg))]
        frame._mode = (self._mode.width, self._mode.height)
        frame._index = index
        frame.timestamp = self._device_time(self._start + index / self._mode.fps)
        return frame

    def _device_time(self, taken: float) -> float:
        self._broken += 1
        garbage = {
            "zero": 0.0,
            "nan": math.nan,
            "backwards": 1000.0 - self._broken,
            "jumping": taken + (self._broken % 100) // 50 * 3.0,
        }
        usual = self._camera.clock_offset + self._camera.clock_rate * taken
        return garbage.get(self._camera.clock_garbage, usual)


def device_list() -> list[dict[str, Any]] | None:
    return [_described(camera) for camera in world.current().cameras if camera.plugged]


def get_time_monotonic() -> float:
    return world.current().now()


def is_accessible(dev_uid: str) -> bool:
    camera = _camera(dev_uid, ValueError, "Device with uid: '{}' not found")
    return camera.trouble not in world.TROUBLES_WHEN_OPENED and camera.opened_by is None


def _camera(uid: str, error: type[Exception], text: str) -> world.FakeCamera:
    for camera in world.current().cameras:
        if camera.plugged and camera.uid == uid:
            return camera
    raise error(text.format(uid))


def _described(camera: world.FakeCamera) -> dict[str, Any]:
    # Texts are read off the device itself, which takes the right to open it.
    readable = camera.trouble != "no_rights"
    return {
        "name": camera.name if readable else "unknown",
        "manufacturer": camera.manufacturer if readable else "unknown",
        "serialNumber": camera.serial if readable and camera.serial else "unknown",
        "idProduct": 0x9230,
        "idVendor": 0x05A3,
        "device_address": camera.address,
        "bus_number": camera.bus,
        "uid": camera.uid,
    }
