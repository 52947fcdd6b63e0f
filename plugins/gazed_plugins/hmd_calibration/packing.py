"""Large messages, put together from parts that were packed as they came.

Packing a calibration of several megabytes at once would stall the host's loop; joining
parts that were packed before does not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgpack

from gazed import pack


class PackedList:
    """Packed entries, up to a number of bytes; what does not fit is counted as refused."""

    def __init__(self, limit: float = math.inf) -> None:
        self.data = bytearray()
        self.count = 0
        self.refused = 0
        self._limit = limit

    def __bool__(self) -> bool:
        return self.count > 0

    def add(self, packed: bytes) -> bool:
        """Keep an entry; False when there is no room for it."""
        if len(self.data) + len(packed) > self._limit:
            self.refused += 1
            return False
        self.data += packed
        self.count += 1
        return True


Lists = Mapping[str, PackedList]


def packed_map(fields: Mapping[str, Any], lists: Lists, inner: str = "") -> bytes:
    """Return ``fields`` and ``lists`` as one msgpack map.

    The lists are in a map of their own below the key ``inner`` if that is given.
    """
    parts: list[bytes | bytearray] = [_header(len(fields) + (1 if inner else len(lists)))]
    parts += [_pair(key, value) for key, value in fields.items()]
    if inner:
        parts += [msgpack.packb(inner), _header(len(lists))]
    for key, entries in lists.items():
        header = msgpack.Packer().pack_array_header(entries.count)
        parts += [msgpack.packb(key), header, entries.data]
    return b"".join(parts)


def packed_row(numbers: Sequence[float]) -> bytes:
    """Return numbers as a packed array."""
    row: bytes = msgpack.packb(numbers)
    return row


def _header(count: int) -> bytes:
    header: bytes = msgpack.Packer().pack_map_header(count)
    return header


def _pair(key: str, value: Any) -> bytes:
    return pack({key: value})[1:]
