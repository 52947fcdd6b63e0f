"""UVC cameras through pyuvc, which talks to them over USB without the system's video driver."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from gazed import PluginError
from gazed_plugins.capture import uvc_controls
from gazed_plugins.capture.cameras import (
    CameraInfo,
    ControlInfo,
    Mode,
    Picture,
    RefusedError,
    Wish,
    nearest,
)
from gazed_plugins.capture.faults import (
    BadPicture,
    Broken,
    Busy,
    CameraFault,
    NoBandwidth,
    NoRights,
    Unplugged,
    WrongMode,
)
from gazed_plugins.capture.usb import UsbDevice, holders, usb_cameras
from gazed_plugins.capture.uvc_settings import controls_at_start, settings_for, wished_mode

Trust = Literal["auto", "device", "received"]
_UNKNOWN = "unknown"


class UvcBackend:
    """Lists and opens the cameras that pyuvc sees; ``key`` is pyuvc's ``uid``.

    What pyuvc does not tell (the port, and names when the user may not open the device) is
    read from the system's files below ``root``. ``trust`` says which cameras' own time goes
    with their pictures: ``auto`` of the models that are known to keep it, ``device`` of all,
    ``received`` of none. Raises PluginError without pyuvc.
    """

    name = "uvc"

    def __init__(
        self,
        trust: Trust = "auto",
        root: Path = Path("/"),
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            self._uvc = importlib.import_module("uvc")
        except ImportError as error:
            raise PluginError(
                f"the package pupil-labs-uvc cannot be used ({error}); install it, or start"
                " Camera_Source, which works with the system's own camera driver"
            ) from None
        self._trust = trust
        self._root = root
        self._now = now

    def cameras(self) -> list[CameraInfo]:
        """Return the connected cameras; their modes show only after opening."""
        places = {(usb.bus, usb.address): usb for usb in usb_cameras(self._root)}
        # None is what pyuvc returns when the bus cannot be read.
        return [_info(device, places) for device in self._uvc.device_list() or []]

    def open(self, info: CameraInfo, wish: Wish) -> UvcCamera:
        """Open a camera in the mode nearest to the wished one; raise CameraFault."""
        try:
            capture = self._uvc.Capture(info.key)
        except self._uvc.InitError as error:
            raise self._fault(error, info) from None
        except KeyError as error:  # pyuvc's word for a camera that lacks a unit
            raise Broken(str(info), f"it is not quite a UVC camera, it lacks {error}") from None
        try:
            camera = UvcCamera(self._uvc, capture, info, wish, self._now)
        except self._uvc.InitError as error:
            capture.close()
            raise self._fault(error, info) from None
        except CameraFault:
            capture.close()
            raise
        known = settings_for(info.name).trusted
        camera.has_time = self._trust == "device" or (self._trust == "auto" and known)
        return camera

    def _fault(self, error: Exception, info: CameraInfo) -> CameraFault:
        fault = fault_of(error, str(info))
        if not isinstance(fault, Busy):
            return fault
        nodes = [usb.nodes for usb in usb_cameras(self._root) if usb.port == info.port]
        who = holders(nodes[0], self._root) if nodes else []
        return Busy(str(info), ", ".join(map(str, who)))


class UvcCamera:
    """An open ``uvc.Capture``; see OpenCamera."""

    def __init__(
        self, uvc: Any, capture: Any, info: CameraInfo, wish: Wish, now: Callable[[], float]
    ) -> None:
        self.info = info
        self.has_time = True
        self._uvc = uvc
        self._capture = capture
        self._now = now
        self._native = _by_mode(capture.available_modes)
        self.modes = tuple(sorted(self._native))
        if not self.modes:
            raise WrongMode(str(info), "it offers neither JPEG nor gray pictures")
        capture.bandwidth_factor = settings_for(info.name).bandwidth_factor
        self.mode = nearest(wished_mode(info.name, wish.mode), self.modes)
        capture.frame_mode = self._native[self.mode]
        start = controls_at_start(info.name, self.mode)
        refusals = uvc_controls.apply(capture.controls, start, wish.controls)
        self.notes = (*_on_mode(wish.mode, self.mode, self.modes, info), *refusals)

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, None when none came in time; raise CameraFault."""
        try:
            frame = self._capture.get_frame(timeout)
        except TimeoutError:
            return None
        except (self._uvc.StreamError, self._uvc.InitError) as error:
            raise fault_of(error, str(self.info), f"to run {self.mode}") from None
        received = self._now()
        jpeg = getattr(frame, "jpeg_buffer", None)
        return Picture(
            received=received,
            jpeg=None if jpeg is None else bytes(jpeg),
            gray=frame.gray.copy() if jpeg is None else None,
            device_time=frame.timestamp if self.has_time else None,
            sequence=frame.index,
        )

    def set_mode(self, mode: Mode) -> None:
        """Switch to a mode out of ``modes``; raise RefusedError and keep the old one if not.

        Raises CameraFault when the camera does not take the old one either.
        """
        if mode not in self._native:
            known = [entry.to_wire() for entry in self.modes]
            raise RefusedError(f"{self.info} does not offer {mode}", known)
        try:
            self._capture.frame_mode = self._native[mode]
        except self._uvc.InitError as error:
            self._return_to_mode()
            raise RefusedError(f"{self.info} did not take {mode}: {error}") from None
        self.mode = mode

    def controls(self) -> Sequence[ControlInfo]:
        """Return the camera's controls with the values they have now."""
        return uvc_controls.listed(self._capture.controls)

    def set_control(self, name: str, value: Any) -> ControlInfo:
        """Set one control and read it back; raise RefusedError and keep the old value if not."""
        return uvc_controls.set_value(self._capture.controls, name, value)

    def close(self) -> None:
        """Give the camera back."""
        self._capture.close()

    def _return_to_mode(self) -> None:
        try:
            self._capture.frame_mode = self._native[self.mode]
        except self._uvc.InitError as error:
            raise fault_of(error, str(self.info)) from None


def fault_of(error: Exception, camera: str, purpose: str = "") -> CameraFault:
    """Return what pyuvc means by an exception; it tells by its text more than by its class."""
    text, kind = str(error), type(error).__name__
    if kind == "InsufficientBandwidthError":
        return NoBandwidth(camera, purpose)
    if kind == "DeviceNotFoundError" or "No such device" in text:
        return Unplugged(camera)
    if "JPEG header corrupt" in text:
        return BadPicture(camera, "its JPEG has a wrong header")
    for words, fault in _MEANINGS.items():
        if all(word in text for word in words):
            return fault(camera, purpose if fault is NoBandwidth else "")
    return Broken(camera, text or kind)


_MEANINGS: dict[tuple[str, ...], type[CameraFault]] = {
    ("Access denied",): NoRights,
    ("Resource busy",): Busy,
    ("isochronous", "Mode not supported"): NoBandwidth,
    ("isochronous", "Insufficient memory"): NoBandwidth,
    ("isochronous", "Undefined error"): NoBandwidth,
    ("stream control", "Mode not supported"): WrongMode,
    ("stream control", "Invalid parameter"): WrongMode,
}


def _info(device: dict[str, Any], places: dict[tuple[int, int], UsbDevice]) -> CameraInfo:
    place = places.get((device["bus_number"], device["device_address"]))
    name, serial = _told(device["name"]), _told(device["serialNumber"])
    return CameraInfo(
        name=name or (place.name if place else "") or "camera without a name",
        serial=serial or (place.serial if place else ""),
        port=place.port if place else "",
        key=device["uid"],
        backend=UvcBackend.name,
    )


def _told(text: str) -> str:
    return "" if text == _UNKNOWN else text


def _by_mode(native: Sequence[Any]) -> dict[Mode, Any]:
    # Two formats may offer one mode; JPEG goes before raw gray, which needs more bandwidth.
    ordered = sorted(native, key=lambda mode: "JPG" in mode.format_name.upper())
    return {Mode(mode.width, mode.height, float(mode.fps)): mode for mode in ordered}


def _on_mode(wished: Mode, mode: Mode, modes: Sequence[Mode], info: CameraInfo) -> list[str]:
    if wished == mode:
        return []
    offered = ", ".join(map(str, modes))
    return [f"{info} does not offer {wished}; it runs {mode}, the nearest. It offers: {offered}"]
