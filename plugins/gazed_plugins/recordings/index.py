"""Where the records of a ``.pldata`` file are, found without unpacking one of them.

A record is a msgpack array of a topic (str) and a payload (bin) (spec: recording 4). The
lengths in front of both say where the next record begins, so that indexing reads a file once,
in pieces, and keeps 16 bytes for each record.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from gazed import MessageError, unpack
from gazed_plugins.recordings.problems import Problems, counted

_PIECE = 4 * 1024 * 1024
_LARGEST = 64 * 1024 * 1024
_PAIR = 0x92
# The kinds of str and bin, and how many bytes their lengths have; old writers used str for both.
_LENGTH_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
_MAPS = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))
_PAIR_AND_TEXT = rb"\x92(?:[\xa0-\xbf]|[\xd9\xc4].|[\xda\xc5]..)"
_LONGEST_TOPIC = 256
_LONGEST_START = _LONGEST_TOPIC + 8
_CUT = -1


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """The records of one file: where each payload begins, its size, and whose topic it has."""

    path: Path
    starts: NDArray[np.uint64]
    sizes: NDArray[np.uint32]
    numbers: NDArray[np.uint32]
    topics: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.starts)

    def payloads(self, records: NDArray[np.int64]) -> Iterator[tuple[str, bytes]]:
        """Yield topic and payload of some records, in the order given."""
        if not len(records):
            return
        with self.path.open("rb") as file:
            for number, start, size in zip(
                self.numbers[records].tolist(),
                self.starts[records].tolist(),
                self.sizes[records].tolist(),
                strict=True,
            ):
                file.seek(start)
                yield self.topics[number], file.read(size)


def read_index(path: Path, problems: Problems) -> Index:
    """Return where the intact records are; add to ``problems`` what else is in the file."""
    scan = _Scan(path.stem)
    try:
        with path.open("rb") as file:
            scan.run(file, path.stat().st_size)
    except OSError as error:
        problems.add(f"{path.name}: cannot be read to its end: {error}")
    scan.report(path.name, problems)
    return Index(
        path,
        np.frombuffer(scan.starts, np.uint64),
        np.frombuffer(scan.sizes, np.uint32),
        np.frombuffer(scan.numbers, np.uint32),
        tuple(name.decode(errors="replace") for name in scan.topics),
    )


class _Scan:
    """One way through a file, from piece to piece, past what is no record."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self.starts = array("Q")
        self.sizes = array("I")
        self.numbers = array("I")
        self.topics: dict[bytes, int] = {}
        self._gap: int | None = None
        self._gap_is_record = False
        self._junk: list[tuple[int, int]] = []
        self._torn = 0

    def run(self, file: BinaryIO, total: int) -> None:
        """Find the records in the first ``total`` bytes; more may be added meanwhile."""
        start, held, last = 0, b"", False
        while not last:
            wanted = min(_PIECE, total - start - len(held))
            more = file.read(wanted)
            held += more
            last = not more or start + len(held) >= total
            used = self._take(held, start, last)
            start, held = start + used, held[used:]
        self._end(start)

    def report(self, name: str, problems: Problems) -> None:
        """Say what in the file is no record."""
        if self._junk:
            size = sum(size for _, size in self._junk)
            problems.add(
                f"{name}: {counted(size, 'byte')} at {counted(len(self._junk), 'place')}, the"
                f" first at byte {self._junk[0][0]}, are no records and were left out"
            )
        if self._torn:
            problems.add(
                f"{name}: ends in the middle of a record;"
                f" {counted(self._torn, 'byte')} were left out"
            )

    def _take(self, held: bytes, start: int, last: bool) -> int:
        """Take the records that ``held`` has in full; return how many bytes are done with."""
        at = 0
        while at < len(held):
            end = self._record(held, at, start, last)
            if end == _CUT and not last:
                return at
            if end > 0:
                at = end
                continue
            self._open_gap(start + at, end == _CUT)
            found = self._beginning().search(held, at + 1)
            if not found:
                return len(held) if last else max(at + 1, len(held) - _LONGEST_START)
            at = found.start()
        return at

    def _record(self, held: bytes, at: int, start: int, last: bool) -> int:
        """Take the record at ``at``; return its end, 0 when there is none, or that it is cut."""
        try:
            topic, topic_end, payload, end = _framing(held, at)
        except IndexError:
            return _CUT
        except _NoRecordError:
            return 0
        if end > len(held) or (end == len(held) and not last):
            return _CUT
        if end < len(held) and held[end] != _PAIR and not _is_whole(held[payload:end]):
            return 0
        self._close_gap(start + at)
        name = held[topic:topic_end]
        self.starts.append(start + payload)
        self.sizes.append(end - payload)
        self.numbers.append(self.topics.setdefault(name, len(self.topics)))
        return end

    def _beginning(self) -> re.Pattern[bytes]:
        """Return what the next record begins with: this file's key or a topic seen before."""
        names = b"|".join(re.escape(name) for name in (self._key, *self.topics))
        return re.compile(_PAIR_AND_TEXT + b"(?:" + names + b")", re.DOTALL)

    def _open_gap(self, at: int, is_record: bool) -> None:
        if self._gap is None:
            self._gap, self._gap_is_record = at, is_record

    def _close_gap(self, at: int) -> None:
        if self._gap is not None:
            self._junk.append((self._gap, at - self._gap))
            self._gap = None

    def _end(self, at: int) -> None:
        if self._gap is not None and self._gap_is_record:
            self._torn = at - self._gap
        else:
            self._close_gap(at)


class _NoRecordError(Exception):
    """Something else begins here."""


def _framing(held: bytes, at: int) -> tuple[int, int, int, int]:
    """Return where topic and payload of the record at ``at`` begin and end.

    Raises IndexError where ``held`` ends before that is known.
    """
    if held[at] != _PAIR:
        raise _NoRecordError
    topic, topic_end = _value(held, at + 1, _LONGEST_TOPIC)
    payload, end = _value(held, topic_end, _LARGEST)
    if held[payload] not in _MAPS:
        raise _NoRecordError
    return topic, topic_end, payload, end


def _value(held: bytes, at: int, longest: int) -> tuple[int, int]:
    """Return where the content of the str or bin at ``at`` begins and ends."""
    kind = held[at]
    if 0xA0 <= kind < 0xC0:
        return at + 1, at + 1 + (kind & 0x1F)
    if kind not in _LENGTH_BYTES:
        raise _NoRecordError
    begin = at + 1 + _LENGTH_BYTES[kind]
    size = int.from_bytes(held[at + 1 : begin])
    if begin > len(held):
        raise IndexError
    if size > longest:
        raise _NoRecordError
    return begin, begin + size


def _is_whole(payload: bytes) -> bool:
    """Tell whether a payload is one value, so that its length was not damaged."""
    try:
        unpack(payload)
    except MessageError:
        return False
    return True
