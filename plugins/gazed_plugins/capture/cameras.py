"""What a camera is to the rest of the program: its description, its pictures, its controls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, order=True)
class Mode:
    """Width and height in pixels, and frames per second."""

    width: int
    height: int
    rate: float

    def __str__(self) -> str:
        return f"{self.width}x{self.height} at {self.rate:g} fps"

    def to_wire(self) -> dict[str, Any]:
        """Return the fields that notifications carry."""
        return {"frame_size": [self.width, self.height], "frame_rate": self.rate}


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """One connected camera.

    ``serial`` and ``port`` (USB bus-port path such as ``1-4.2``) are empty where unknown.
    ``key`` is what its backend opens it by; it may change whenever the camera is plugged
    in. ``modes`` is empty where they show only after opening. ``holder`` names the program
    that has the camera open, where that is known.
    """

    name: str
    serial: str = ""
    port: str = ""
    key: str = ""
    modes: tuple[Mode, ...] = ()
    holder: str = ""
    backend: str = ""

    def __str__(self) -> str:
        marks = [f"serial {self.serial}"] if self.serial else []
        marks += [f"port {self.port}"] if self.port else []
        return f"{self.name} ({', '.join(marks)})" if marks else self.name

    def to_wire(self) -> dict[str, str]:
        """Return what notifications say of a camera."""
        return {"name": self.name, "serial": self.serial, "port": self.port}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a source asks of a camera: the mode nearest to ``mode``, and control values by name."""

    mode: Mode
    controls: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ControlInfo:
    """One setting of an open camera.

    ``choices`` names the values of a control that has named values, and is empty otherwise.
    """

    name: str
    value: int
    low: int
    high: int
    step: int = 1
    default: int = 0
    choices: Mapping[str, int] = field(default_factory=dict)
    text: str = ""

    def to_wire(self) -> dict[str, Any]:
        """Return the fields that ``capture.report`` carries."""
        fields = {
            "name": self.name,
            "value": self.value,
            "min": self.low,
            "max": self.high,
            "step": self.step,
            "default": self.default,
            "text": self.text,
        }
        return {**fields, "choices": dict(self.choices)} if self.choices else fields


class RefusedError(Exception):
    """A camera cannot take a value or mode; it keeps what it had.

    ``reason`` says why, ``known`` what it would take.
    """

    def __init__(self, reason: str, known: Sequence[Any] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.known = list(known)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One picture as a driver hands it over: one of ``jpeg``, ``gray`` and ``bgr``.

    ``received`` is ``time.monotonic()`` right after the driver returned. ``device_time`` is
    the camera's own time in seconds, on whatever base, None where it has none. ``gray`` and
    ``bgr`` must not change any more. ``sequence`` is the driver's number of the picture.
    """

    received: float
    jpeg: bytes | None = None
    gray: NDArray[np.uint8] | None = None
    bgr: NDArray[np.uint8] | None = None
    device_time: float | None = None
    sequence: int = 0


class OpenCamera(Protocol):
    """A camera that is open; used by one thread only."""

    info: CameraInfo
    mode: Mode
    modes: tuple[Mode, ...]
    notes: tuple[str, ...]
    """Sentences on what differs from the wish, for the user."""

    def read(self, timeout: float) -> Picture | None:
        """Return the next picture, or None when none came within ``timeout`` seconds.

        Raises CameraFault; after BadPicture reading goes on, after others the camera is closed.
        """

    def set_mode(self, mode: Mode) -> None:
        """Switch to a mode out of ``modes``; raise RefusedError and keep the old one if not.

        Raises CameraFault when the camera can be used no longer.
        """

    def controls(self) -> Sequence[ControlInfo]:
        """Return the settings this camera has, with the values they have now."""

    def set_control(self, name: str, value: Any) -> ControlInfo:
        """Set one setting and read it back; raise RefusedError and keep the old value if not."""

    def close(self) -> None:
        """Give the camera back."""


class Backend(Protocol):
    """A way to reach cameras."""

    name: str

    def cameras(self) -> list[CameraInfo]:
        """Return the connected cameras; raise CameraFault when they cannot be listed."""

    def open(self, info: CameraInfo, wish: Wish) -> OpenCamera:
        """Open a camera with what of the wish it can do; raise CameraFault."""


class Chooser(Protocol):
    """Knows which camera is this eye's."""

    def choose(self, cameras: Sequence[CameraInfo]) -> CameraInfo:
        """Return this eye's camera; raise NotFound or Ambiguous."""

    def bind(self, camera: CameraInfo) -> None:
        """From now on choose this camera only, by its serial, else its port, else its name."""


def nearest(wish: Mode, modes: Sequence[Mode]) -> Mode:
    """Return the mode whose size is nearest to the wished one, then whose rate is.

    Half and double are equally far; of sizes equally far the smaller one is taken, of rates
    the higher one. ``modes`` must not be empty.
    """
    return min(modes, key=lambda mode: (*_away(wish, mode), abs(mode.rate - wish.rate), -mode.rate))


def _away(wish: Mode, mode: Mode) -> tuple[float, int]:
    wider = max(mode.width, wish.width) / min(mode.width, wish.width)
    higher = max(mode.height, wish.height) / min(mode.height, wish.height)
    return (round(wider * higher, 6), mode.width * mode.height)
