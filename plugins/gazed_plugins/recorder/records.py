"""What is left of a ``.pldata`` file, wherever its writing ended and whatever got into it."""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgpack

from gazed_plugins.recorder.pldata import Extent

_PAIR = b"\x92"
# The kinds of str and bin and how many bytes their lengths have.
_LENGTH_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_LONGEST_TOPIC = 1024


@dataclass(slots=True)
class Records:
    """The intact data of a file: timestamps, extent by topic, and the bytes they take.

    ``spans`` are stretches of intact data; ``torn`` is the length of the piece at the end
    that is no datum, ``junk`` that of such pieces in between.
    """

    path: Path
    timestamps: array[float] = field(default_factory=lambda: array("d"))
    streams: dict[str, Extent] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)
    torn: int = 0
    junk: int = 0

    def pieces(self) -> Iterator[bytes]:
        """Yield the intact data, as they stand in the file."""
        with self.path.open("rb") as file:
            for start, end in self.spans:
                file.seek(start)
                yield file.read(end - start)


def read_records(path: Path) -> Records:
    """Return what is intact in a file; a datum is a topic of that file and a map."""
    records = Records(path)
    if path.stat().st_size == 0:
        return records
    key = path.stem.partition("_other")[0].encode()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        at = 0
        while at < len(data):
            found = _record_at(data, at, key)
            if found:
                topic, timestamp, end = found
                _include(records, topic, timestamp, at, end)
                at = end
                continue
            following = _next_record(data, at, key)
            if following < 0:
                records.torn = len(data) - at
                break
            records.junk += following - at
            at = following
    return records


def _include(records: Records, topic: str, timestamp: float | None, start: int, end: int) -> None:
    if timestamp is None:
        timestamp = records.timestamps[-1] if records.timestamps else 0.0
    records.timestamps.append(timestamp)
    records.streams.setdefault(topic, Extent()).include(timestamp)
    if records.spans and records.spans[-1][1] == start:
        start = records.spans.pop()[0]
    records.spans.append((start, end))


def _next_record(data: mmap.mmap, at: int, key: bytes) -> int:
    while (at := data.find(_PAIR, at + 1)) >= 0:
        if _record_at(data, at, key):
            return at
    return -1


def _record_at(data: mmap.mmap, at: int, key: bytes) -> tuple[str, float | None, int] | None:
    """Return topic, timestamp and end of the datum that begins here, None when none does."""
    if data[at : at + 1] != _PAIR:
        return None
    topic_start, topic_end = _text_at(data, at + 1)
    topic = data[topic_start:topic_end] if topic_end - topic_start <= _LONGEST_TOPIC else b""
    if topic.partition(b".")[0] != key:
        return None
    start, end = _text_at(data, topic_end)
    fields = _map_in(data[start:end]) if start < end else None
    if fields is None:
        return None
    timestamp = fields.get("timestamp")
    if isinstance(timestamp, bool) or not isinstance(timestamp, (int, float)):
        return topic.decode(errors="replace"), None, end
    return topic.decode(errors="replace"), float(timestamp), end


def _text_at(data: mmap.mmap, at: int) -> tuple[int, int]:
    """Return where the str or bin that begins here has its bytes; an empty stretch if none."""
    if at >= len(data):
        return at, at
    kind = data[at]
    if 0xA0 <= kind < 0xC0:
        start, length = at + 1, kind - 0xA0
    elif kind in _LENGTH_BYTES:
        start = at + 1 + _LENGTH_BYTES[kind]
        length = int.from_bytes(data[at + 1 : start], "big")
    else:
        return at, at
    return (start, start + length) if start + length <= len(data) else (at, at)


def _map_in(payload: bytes) -> dict[str, float] | None:
    try:
        value = msgpack.unpackb(payload, strict_map_key=False)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
