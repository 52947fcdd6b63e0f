"""References as clients send them, taken out of a message one by one and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgpack

from gazed import MessageError
from gazed_plugins.hmd_calibration.kinds import KINDS, Numbers
from gazed_plugins.hmd_calibration.start import vector

_BOTH_EYES = -1
_FARTHEST = 1e6
_LATEST = 1e12


def entries_of(payload: bytes) -> Iterator[bytes]:
    """Yield the entries of the array ``ref_data`` in a packed map, still packed.

    Unpacking a hundred thousand references at once would stall the host's loop. Raises
    MessageError where the message cannot be read, or has no such array.
    """
    unpacker = msgpack.Unpacker(raw=True, strict_map_key=False, max_buffer_size=len(payload) + 1)
    unpacker.feed(payload)
    try:
        for _ in range(unpacker.read_map_header()):
            if unpacker.unpack() == b"ref_data":
                yield from _entries(unpacker, payload)
                return
            unpacker.skip()
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise MessageError(f"the references cannot be read: {error!r}") from None
    raise MessageError("'ref_data' is missing")


def targets_of(entry: Mapping[str, Any]) -> dict[str, Numbers]:
    """Return (eye or -1, timestamp, position) of a reference map, for each kind in it.

    Raises MessageError when it has no timestamp, no position, or a wrong one.
    """
    eye = entry.get("id")
    if isinstance(eye, bool) or eye not in (None, 0, 1):
        raise MessageError("the reference's id is not 0 or 1")
    whose = _BOTH_EYES if eye is None else int(eye)
    when = vector([entry.get("timestamp")], 1, "timestamp")
    targets = {
        kind: (whose, *when, *vector(entry[kind], KINDS[kind].length, kind))
        for kind in KINDS
        if entry.get(kind) is not None
    }
    if not all(map(within_reason, targets.values())):
        raise MessageError("the reference is beyond all reason")
    if not targets:
        raise MessageError(f"the reference has none of {', '.join(KINDS)}")
    return targets


def within_reason(numbers: Numbers) -> bool:
    """Tell whether the time and the numbers behind it, eye first, are ones that sums can hold."""
    return abs(numbers[1]) <= _LATEST and all(abs(value) <= _FARTHEST for value in numbers[2:])


def _entries(unpacker: Any, payload: bytes) -> Iterator[bytes]:
    count = unpacker.read_array_header()
    begin = unpacker.tell()
    for _ in range(count):
        unpacker.skip()
        end = unpacker.tell()
        yield payload[begin:end]
        begin = end
