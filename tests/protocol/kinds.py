"""A msgpack reader that tells what each value was on the wire.

msgpack-python hides what strict clients throw at: whether a number came as float64, as
float32 or as an integer, and whether a text was a text.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class StrictError(AssertionError):
    """A message that a strict client throws at; the text says where in it."""


@dataclass(frozen=True, slots=True)
class Value:
    """One decoded value.

    ``kind`` is nil, bool, int, float64, str, bin, array or map; ``content`` holds Values in
    the last two.
    """

    kind: str
    content: Any


def decode(payload: bytes) -> Value:
    """Return the one value in ``payload``; raise StrictError for what C# clients cannot take.

    That is: extension types, map keys that are no text or come twice, and float32, which a
    cast to double refuses.
    """
    try:
        value, end = _read(payload, 0)
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise StrictError(f"the payload is cut or no msgpack: {error}") from None
    if end != len(payload):
        raise StrictError(f"{len(payload) - end} bytes are left over")
    return value


def _read(data: bytes, at: int) -> tuple[Value, int]:
    code = data[at]
    if code <= 0x7F or code >= 0xE0:
        return Value("int", code if code <= 0x7F else code - 256), at + 1
    if code <= 0x8F:
        return _read_map(data, at + 1, code & 0x0F)
    if code <= 0x9F:
        return _read_array(data, at + 1, code & 0x0F)
    if code <= 0xBF:
        return _read_text(data, at + 1, code & 0x1F)
    return _read_coded(data, at + 1, code)


def _read_coded(data: bytes, at: int, code: int) -> tuple[Value, int]:
    if code in _CONSTANTS:
        return _CONSTANTS[code], at
    if code in _NUMBERS:
        kind, form = _NUMBERS[code]
        (number,) = struct.unpack_from(form, data, at)
        if kind == "float32":
            raise StrictError(f"float32 {number!r} at byte {at}")
        return Value(kind, number), at + struct.calcsize(form)
    if code not in _SIZED:
        raise StrictError(f"type code {code:#x} at byte {at - 1}: an extension, or none at all")
    read, form = _SIZED[code]
    (size,) = struct.unpack_from(form, data, at)
    return read(data, at + struct.calcsize(form), size)


def _read_map(data: bytes, at: int, size: int) -> tuple[Value, int]:
    fields: dict[str, Value] = {}
    for _ in range(size):
        key, at = _read(data, at)
        if key.kind != "str" or key.content in fields:
            raise StrictError(f"map key {key.content!r} is {key.kind}, or there twice")
        fields[key.content], at = _read(data, at)
    return Value("map", fields), at


def _read_array(data: bytes, at: int, size: int) -> tuple[Value, int]:
    entries = []
    for _ in range(size):
        entry, at = _read(data, at)
        entries.append(entry)
    return Value("array", entries), at


def _read_text(data: bytes, at: int, size: int) -> tuple[Value, int]:
    return Value("str", data[at : at + size].decode()), at + size


def _read_bin(data: bytes, at: int, size: int) -> tuple[Value, int]:
    return Value("bin", data[at : at + size]), at + size


_CONSTANTS = {0xC0: Value("nil", None), 0xC2: Value("bool", False), 0xC3: Value("bool", True)}
_NUMBERS = {
    0xCA: ("float32", ">f"),
    0xCB: ("float64", ">d"),
    0xCC: ("int", ">B"),
    0xCD: ("int", ">H"),
    0xCE: ("int", ">I"),
    0xCF: ("int", ">Q"),
    0xD0: ("int", ">b"),
    0xD1: ("int", ">h"),
    0xD2: ("int", ">i"),
    0xD3: ("int", ">q"),
}
_SIZED: Mapping[int, tuple[Callable[[bytes, int, int], tuple[Value, int]], str]] = {
    0xC4: (_read_bin, ">B"),
    0xC5: (_read_bin, ">H"),
    0xC6: (_read_bin, ">I"),
    0xD9: (_read_text, ">B"),
    0xDA: (_read_text, ">H"),
    0xDB: (_read_text, ">I"),
    0xDC: (_read_array, ">H"),
    0xDD: (_read_array, ">I"),
    0xDE: (_read_map, ">H"),
    0xDF: (_read_map, ">I"),
}
