"""What one eye's plugins said, kept in a file until both eyes are done."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgpack

_BUFFER = 1 << 20


class Item(NamedTuple):
    """One message, and the recording's time at which it was sent."""

    time: float
    topic: str
    payload: bytes


class StreamWriter:
    """Writes items; the file gets its name when the ``with`` block ends without an exception.

    Two processes that write the same stream at once do not disturb each other.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._unfinished = unfinished(path)
        self._file = self._unfinished.open("wb", buffering=_BUFFER)
        self._packer = msgpack.Packer()

    def add(self, item: Item) -> None:
        """Write one item."""
        self._file.write(self._packer.pack(item))

    def __enter__(self) -> StreamWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink()


def read_items(path: Path) -> Iterator[Item]:
    """Yield the items of a complete stream."""
    with path.open("rb") as file:
        for value in msgpack.Unpacker(file, read_size=_BUFFER, raw=False, max_buffer_size=0):
            yield Item(*value)


def write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """Write a map as text, all at once: a reader sees the whole file or none."""
    text = json.dumps(fields, indent=4, sort_keys=True, ensure_ascii=False)
    beside = unfinished(path)
    beside.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    beside.replace(path)


def unfinished(path: Path) -> Path:
    """Return where to write what is to be ``path`` when it is complete: each time elsewhere."""
    return path.with_name(f"{path.name}.{secrets.token_hex(4)}")
