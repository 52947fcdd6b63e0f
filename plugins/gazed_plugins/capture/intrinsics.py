"""Focal lengths of cameras: known models, and a file in which users write their own.

The file is TOML, ``intrinsics.toml`` in the settings directory unless a source is told
another; entries in it go before the known models:

    [[camera]]
    name = "Pupil Cam2 ID0"     # part of the name; or serial = "0123", or both
    frame_size = [400, 400]
    focal_length = [561.5, 562.5]   # fx and fy in pixels, or one number
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed import Context, PluginError

FILE_NAME = "intrinsics.toml"
_KEYS = {"name", "serial", "frame_size", "focal_length"}
_SAME_SHAPE = 0.01


@dataclass(frozen=True, slots=True)
class Entry:
    """The focal length, in pixels, of cameras whose name or serial fits, at one frame size."""

    name: str
    width: int
    height: int
    focal_length_px: float
    serial: str = ""

    def fits(self, name: str, serial: str) -> bool:
        """Tell whether a camera is meant."""
        return self.name.casefold() in name.casefold() and self.serial in ("", serial)


def _both(model: str, size: int | tuple[int, int], fx: float, fy: float) -> list[Entry]:
    width, height = (size, size) if isinstance(size, int) else size
    return [Entry(f"{model} ID{eye}", width, height, (fx + fy) / 2) for eye in (0, 1)]


# fx and fy per model and size (spec: data 13); the 3D detector uses their mean.
KNOWN = [
    *_both("Pupil Cam1", (320, 240), 338.456035, 339.871543),
    *_both("Pupil Cam1", (640, 480), 670.785555, 670.837798),
    *_both("Pupil Cam2", 192, 282.976877, 283.561467),
    *_both("Pupil Cam2", 400, 561.471804, 562.494105),
    *_both("Pupil Cam3", 192, 140.0, 140.0),
    *_both("Pupil Cam3", 400, 278.50, 278.55),
]


class FocalLengths:
    """What one source needs of this: a focal length per picture, and one warning per unknown.

    ``given`` is a focal length in pixels that holds whatever the camera; ``file`` is the
    user's file. Raises PluginError when that cannot be used.
    """

    def __init__(self, context: Context, file: str = "", given: float | None = None) -> None:
        usual = context.connection.settings / FILE_NAME
        path = Path(file).expanduser() if file else usual
        own = read(path) if file or usual.is_file() else []
        self._context = context
        self._path = path
        self._given = given
        self._entries = [*own, *KNOWN]
        self._known: dict[tuple[str, str, int, int], float | None] = {}

    def px(self, name: str, serial: str, width: int, height: int) -> float | None:
        """Return the focal length in pixels, None where nobody knows it."""
        if self._given is not None:
            return self._given
        key = (name, serial, width, height)
        if key not in self._known:
            self._known[key] = self._found(*key)
        return self._known[key]

    def _found(self, name: str, serial: str, width: int, height: int) -> float | None:
        length, exact = focal_length(self._entries, name, serial, width, height)
        if not exact:
            self._context.log.warning(
                "the focal length of %s at %dx%d is %s; 3D results depend on it. Write it into"
                " %s, or give the source focal_length (see docs/cameras.md)",
                name or "this camera",
                width,
                height,
                f"estimated as {length:.0f} px from another frame size" if length else "unknown",
                self._path,
            )
        return length


def focal_length(
    entries: Sequence[Entry], name: str, serial: str, width: int, height: int
) -> tuple[float | None, bool]:
    """Return a camera's focal length in pixels, and whether an entry has this very frame size.

    Otherwise it is scaled from the nearest size of the same shape, which is right for cameras
    that bin or scale and wrong for those that crop. None when no entry is of use.
    """
    ours = [entry for entry in entries if entry.fits(name, serial)]
    for entry in ours:
        if (entry.width, entry.height) == (width, height):
            return entry.focal_length_px, True
    alike = [entry for entry in ours if _same_shape(entry, width, height)]
    if not alike:
        return None, False
    nearest = min(alike, key=lambda entry: abs(entry.width - width))
    return nearest.focal_length_px * width / nearest.width, False


def read(path: Path) -> list[Entry]:
    """Return the entries of a user's file; raise PluginError naming the place and the remedy."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PluginError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PluginError(f"{path}: is not TOML: {error}") from None
    cameras = tables.get("camera", [])
    if set(tables) - {"camera"} or not isinstance(cameras, list):
        raise PluginError(f"{path}: only [[camera]] tables are known, in double brackets")
    return [
        _entry(f"{path}: camera number {number}", table) for number, table in enumerate(cameras, 1)
    ]


def _entry(place: str, table: Any) -> Entry:
    unknown = set(table) - _KEYS if isinstance(table, dict) else {str(table)}
    if unknown:
        known = ", ".join(sorted(_KEYS))
        raise PluginError(f"{place}: {', '.join(sorted(unknown))} is not one of {known}")
    name, serial = table.get("name", ""), table.get("serial", "")
    if not (isinstance(name, str) and isinstance(serial, str) and (name or serial)):
        raise PluginError(f"{place}: give it a name or a serial, in quotes")
    size, lengths = table.get("frame_size"), table.get("focal_length")
    if not _are_pixels(size, 2):
        raise PluginError(f"{place}: frame_size is {size}, not [width, height] in pixels")
    lengths = lengths if isinstance(lengths, list) else [lengths]
    if not _are_pixels(lengths, 1) and not _are_pixels(lengths, 2):
        raise PluginError(f"{place}: focal_length is not one number of pixels, or [fx, fy]")
    return Entry(name, int(size[0]), int(size[1]), sum(lengths) / len(lengths), serial)


def _are_pixels(values: Any, count: int) -> bool:
    numbers = isinstance(values, list) and len(values) == count
    return numbers and all(type(value) in (int, float) and value > 0 for value in values)


def _same_shape(entry: Entry, width: int, height: int) -> bool:
    return abs(entry.width * height / (entry.height * width) - 1.0) < _SAME_SHAPE
