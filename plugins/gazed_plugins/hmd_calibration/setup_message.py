"""``calibration.setup.v2``, put together from data that were packed as they came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgpack


def setup_payload(
    fields: Mapping[str, Any], references: Sequence[bytes], pupils: Sequence[bytes]
) -> bytes:
    """Return ``fields`` and ``calib_data`` {ref_list, pupil_list} as one msgpack map.

    Packing a calibration of several megabytes at once would stall the host's loop;
    joining packed maps does not.
    """
    packer = msgpack.Packer(autoreset=False)
    packer.pack_map_header(len(fields) + 1)
    for key, value in fields.items():
        packer.pack(key)
        packer.pack(value)
    packer.pack("calib_data")
    packer.pack_map_header(2)
    return b"".join([packer.bytes(), *_list("ref_list", references), *_list("pupil_list", pupils)])


def _list(key: str, items: Sequence[bytes]) -> list[bytes]:
    packer = msgpack.Packer(autoreset=False)
    packer.pack(key)
    packer.pack_array_header(len(items))
    return [packer.bytes(), *items]
