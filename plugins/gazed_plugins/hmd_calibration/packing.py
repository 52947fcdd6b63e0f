"""Large messages, put together from parts that were packed as they came.

Packing a calibration of several megabytes at once would stall the host's loop; joining
packed parts does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgpack

from gazed import pack

Lists = Mapping[str, Sequence[bytes]]


def packed_map(fields: Mapping[str, Any], lists: Lists, inner: str = "") -> bytes:
    """Return ``fields`` and ``lists`` of packed entries as one msgpack map.

    The lists are in a map of their own below the key ``inner`` if that is given.
    """
    parts = [_header(len(fields) + (1 if inner else len(lists)))]
    parts += [_pair(key, value) for key, value in fields.items()]
    if inner:
        parts += [msgpack.packb(inner), _header(len(lists))]
    for key, items in lists.items():
        parts += [msgpack.packb(key), msgpack.Packer().pack_array_header(len(items)), *items]
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
