"""The data of one key of a recording, unpacked when they are looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gazed import Fields, MessageError
from gazed_plugins.recordings.arrays import column_of, frame_of, numbers
from gazed_plugins.recordings.index import Index
from gazed_plugins.recordings.payload import fields_of
from gazed_plugins.recordings.problems import Problems, counted
from gazed_plugins.recordings.stamps import Times, read_stamps
from gazed_plugins.recordings.table import table_of

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Data:
    """Topics, times and fields of one key, in the order in which they were recorded.

    Iterating yields (topic, fields) and unpacks one datum at a time; a payload that cannot be
    unpacked is left out there, is a NaN in ``timestamps`` and ``column``, and becomes one of
    the recording's problems.
    """

    key: str
    index: Index = field(repr=False)
    records: NDArray[np.int64] = field(repr=False)
    problems: Problems = field(repr=False)
    stored_times: StoredTimes = field(repr=False)

    def __len__(self) -> int:
        return len(self.records)

    def __iter__(self) -> Iterator[tuple[str, Fields]]:
        return ((topic, fields) for topic, fields in self.each() if fields is not None)

    def __getitem__(self, number: int) -> tuple[str, Fields]:
        ((topic, payload),) = self.index.payloads(self.records[[number]])
        return topic, fields_of(payload)

    @cached_property
    def timestamps(self) -> Times:
        """Seconds on the recording's clock, shape (len,)."""
        stored = self.stored_times.get()
        if stored is not None:
            return stored[self.records]
        said = [fields.get("timestamp") if fields else None for _, fields in self.each()]
        return np.array(numbers(said, float), np.float64)

    @property
    def topics(self) -> tuple[str, ...]:
        """The different topics, in the order in which they first come."""
        return tuple(self.index.topics[n] for n in np.unique(self.index.numbers[self.records]))

    def with_topic(self, prefix: str) -> Data:
        """Return the data whose topic begins so, as a subscription on the bus has it."""
        return self.with_topics([topic for topic in self.topics if topic.startswith(prefix)])

    def with_topics(self, topics: Collection[str]) -> Data:
        """Return the data that have one of these topics."""
        wanted = [n for n, topic in enumerate(self.index.topics) if topic in topics]
        records = self.records[np.isin(self.index.numbers[self.records], wanted)]
        return replace(self, records=records)

    def payloads(self) -> Iterator[tuple[str, bytes]]:
        """Yield topics and payloads as they are in the file."""
        return self.index.payloads(self.records)

    def each(self) -> Iterator[tuple[str, Fields | None]]:
        """Yield topic and fields of every record, None for fields that cannot be unpacked."""
        for topic, payload in self.payloads():
            try:
                yield topic, fields_of(payload)
            except MessageError as error:
                self.problems.add(f"{self.index.path.name}: a payload is damaged: {error}")
                yield topic, None

    def column(self, name: str) -> NDArray[Any]:
        """Return one field of all data as an array; dots lead into maps (``ellipse.center``).

        Numbers have shape (len,), lists of numbers (len, n), NaN where a datum lacks the field;
        everything else is an array of objects, None where a datum lacks it.
        """
        return column_of((fields for _, fields in self.each()), name)

    def frame(self) -> pd.DataFrame:
        """Return a pandas frame with the columns that Pupil Player exports for this key."""
        return frame_of(table_of(self))


@dataclass(frozen=True, eq=False)
class StoredTimes:
    """The file of timestamps beside a file of data."""

    index: Index
    problems: Problems

    def get(self) -> Times | None:
        """Return a time for each record; None when the file is missing or counts otherwise."""
        return self._read

    @cached_property
    def _read(self) -> Times | None:
        path = self.index.path
        beside = path.with_name(f"{path.stem}_timestamps.npy")
        stored = read_stamps(beside, self.problems)
        if stored is None or len(stored) == len(self.index):
            return stored
        self.problems.add(
            f"{path.name}: has {counted(len(self.index), 'record')} and"
            f" {counted(len(stored), 'timestamp')}; the times are taken from the records"
        )
        return None
