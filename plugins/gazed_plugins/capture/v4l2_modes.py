"""The sizes and rates that Linux's video driver says a camera has."""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator

from gazed_plugins.capture.cameras import Mode

try:
    from fcntl import ioctl
except ImportError:  # no such thing on this system, nor such cameras
    ioctl = None  # type: ignore[assignment]

# Numbers and layouts of the kernel's interface (videodev2.h).
_CAPTURE = 1
_DISCRETE = 1
_FORMAT = struct.Struct("=3I 32x I 16x")
_SIZE = struct.Struct("=3I 6I 8x")
_RATE = struct.Struct("=5I 6I 8x")

Ioctl = Callable[[int, int, bytearray], int]


def modes_of(node: str) -> tuple[Mode, ...]:
    """Return what ``node`` offers, in order; nothing when it cannot be asked.

    Asking disturbs nobody, also while another program has the camera.
    """
    if ioctl is None:
        return ()
    try:
        descriptor = os.open(node, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return ()
    try:
        return modes_by(descriptor, ioctl)
    finally:
        os.close(descriptor)


def modes_by(descriptor: int, ask: Ioctl) -> tuple[Mode, ...]:
    """Return the modes that a driver answers ``ask`` with."""
    found = {
        Mode(width, height, rate)
        for code in _formats(descriptor, ask)
        for width, height in _sizes(descriptor, ask, code)
        for rate in _rates(descriptor, ask, code, width, height)
    }
    return tuple(sorted(found))


def _formats(descriptor: int, ask: Ioctl) -> Iterator[int]:
    for fields in _answers(descriptor, ask, 2, _FORMAT, (_CAPTURE, 0, 0)):
        yield fields[3]


def _sizes(descriptor: int, ask: Ioctl, code: int) -> Iterator[tuple[int, int]]:
    for fields in _answers(descriptor, ask, 74, _SIZE, (code, *[0] * 7)):
        if fields[2] == _DISCRETE:
            yield fields[3], fields[4]
        else:  # from fields[3] to fields[4] in steps, and likewise the height
            yield fields[4], fields[7]
            return


def _rates(descriptor: int, ask: Ioctl, code: int, width: int, height: int) -> Iterator[float]:
    given = (code, width, height, *[0] * 7)
    for fields in _answers(descriptor, ask, 75, _RATE, given):
        if fields[5]:
            yield round(fields[6] / fields[5], 3)
        if fields[4] != _DISCRETE:
            return


def _answers(
    descriptor: int, ask: Ioctl, number: int, layout: struct.Struct, given: tuple[int, ...]
) -> Iterator[tuple[int, ...]]:
    request = 3 << 30 | layout.size << 16 | ord("V") << 8 | number
    for index in range(256):
        data = bytearray(layout.pack(index, *given))
        try:
            ask(descriptor, request, data)
        except OSError:
            return  # the list has ended
        yield layout.unpack(data)
