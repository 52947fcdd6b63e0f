"""``<key>.pldata`` and its timestamps: data in the order they were published (spec 4)."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack

from gazed_plugins.recorder.files import Journal, Opener, create_file, removed_on_error
from gazed_plugins.recorder.timestamps import TimestampsWriter


@dataclass(slots=True)
class Extent:
    """How many data there are, and the timestamps of the first and the last, in seconds."""

    count: int = 0
    first: float | None = None
    last: float | None = None

    def include(self, timestamp: float) -> None:
        """Count one more datum."""
        self.count += 1
        self.first = timestamp if self.first is None else self.first
        self.last = timestamp


def event_key(topic: str) -> str:
    """Return the name of the file a datum belongs into: the first part of its topic."""
    return topic.partition(".")[0]


class PldataWriter:
    """Appends data of one event key to ``<key>.pldata`` and ``<key>_timestamps.npy``.

    Data are in memory until ``write`` and safe from a power failure after ``flush``; ``sync``
    does both. ``streams`` is the extent by topic, ``extent`` that of the whole file; both
    count what is in the file. When the disk refuses, an OSError is raised, ``lost`` counts by
    topic what is not in the file, and what is there stays intact.
    """

    def __init__(self, directory: Path, key: str, open_file: Opener = create_file) -> None:
        self.extent = Extent()
        self.streams: dict[str, Extent] = {}
        self.lost: dict[str, int] = {}
        self._waiting: list[tuple[str, float]] = []
        self._prefixes: dict[str, bytes] = {}
        self.journal = Journal(directory / f"{key}.pldata", open_file)
        with removed_on_error(self.journal, self.journal.path):
            self.timestamps = TimestampsWriter(directory / f"{key}_timestamps.npy", open_file)

    def add(self, topic: str, payload: bytes, timestamp: float) -> None:
        """Keep a datum: its topic, its map as msgpack, and the timestamp in that map."""
        prefix = self._prefixes.get(topic)
        if prefix is None:
            prefix = self._prefixes[topic] = b"\x92" + _packed(topic)
        self.journal.add(prefix)
        self.journal.add(_packed(payload))
        self._waiting.append((topic, timestamp))

    def write(self) -> None:
        """Hand what waits to the system; it outlives this process then."""
        waiting, self._waiting = self._waiting, []
        try:
            self.journal.write()
        except OSError:
            for topic, _ in waiting:
                self.lost[topic] = self.lost.get(topic, 0) + 1
            raise
        for topic, timestamp in waiting:
            self.extent.include(timestamp)
            self.streams.setdefault(topic, Extent()).include(timestamp)
            self.timestamps.add(timestamp)
        self.timestamps.write()

    def flush(self) -> None:
        """Wait until what was written is on the disk; the timestamps can be made from the data."""
        self.journal.flush()

    def sync(self) -> None:
        """Bring what waits to the disk."""
        self.write()
        self.flush()

    def close(self) -> None:
        """Write what waits and close both files, also when the disk refuses (OSError)."""
        with ExitStack() as stack:
            stack.callback(self.timestamps.close)
            stack.callback(self.journal.close)
            self.sync()


def record(topic: str, payload: bytes) -> bytes:
    """Return one datum as it stands in a file."""
    return b"\x92" + _packed(topic) + _packed(payload)


def _packed(value: Any) -> bytes:
    packed: bytes = msgpack.packb(value)
    return packed
