"""Finding what is wrong with the files of a recording, and how each is put right."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gazed_plugins.recorder.boxes import TIME_BASE
from gazed_plugins.recorder.files import WRITING, replace_file, sync_directory, to_disk, write_all
from gazed_plugins.recorder.film import Film
from gazed_plugins.recorder.records import Records
from gazed_plugins.recorder.timestamps import HEADER_BYTES, header

DAMAGED = ".damaged"
_HEAD_BYTES = 60  # of a header, up to the number of values


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong, in words, and what puts it right (None: nothing can)."""

    text: str
    fix: Callable[[], None] | None = None


def wrong_with_records(records: Records) -> Iterator[Finding]:
    """Yield what is wrong with a ``.pldata`` file and its timestamps."""
    path = records.path
    if records.junk:
        text = (
            f"{path.name}: {records.junk} bytes in the middle are no data and are taken out;"
            f" the file as it was stays as {path.name}{DAMAGED}"
        )
        yield Finding(text, lambda: _take_out_junk(records))
    elif records.torn:
        text = f"{path.name}: the last {records.torn} bytes are half a datum and are cut off"
        yield Finding(text, lambda: _truncate(path, records.spans[-1][1] if records.spans else 0))
    beside = path.with_name(f"{path.stem}_timestamps.npy")
    there = timestamps_in(beside)
    if there is None or there.tobytes() != records.timestamps.tobytes():
        had = "cannot be read" if there is None else f"had {len(there)} entries"
        text = f"{beside.name}: {had}; rebuilt from {len(records.timestamps)} data"
        yield Finding(text, lambda: write_timestamps(beside, records.timestamps))


def wrong_with_film(film: Film, origin: float) -> Iterator[Finding]:
    """Yield what is wrong with a video and its timestamps; ``origin`` is when pts 0 is."""
    final = film.path.with_name(film.path.name.removesuffix(WRITING))
    stamps = final.with_name(f"{final.stem}_timestamps.npy")
    there = timestamps_in(stamps)
    if not film.pts:
        text = f"{final.name}: holds no whole frame and is removed"
        yield Finding(text, lambda: _remove(film.path, stamps))
        return
    if film.torn:
        frames = len(film.pts)
        text = f"{final.name}: {film.torn} bytes are half written; {frames} frames are whole"
        yield Finding(text)
    if not film.complete or final != film.path:
        text = f"{final.name}: its writing was not finished; the index is rebuilt"
        yield Finding(text, lambda: _finish(film, final))
    if there is None or len(there) != len(film.pts):
        known = _salvaged(stamps) if there is None else there
        times, made = _times_of(film, known, origin)
        had = "cannot be read" if there is None else f"had {len(there)} entries"
        rebuilt = f", {made} of them taken from the video to 1/{TIME_BASE} s" if made else ""
        text = f"{stamps.name}: {had}; now one for each of {len(times)} frames{rebuilt}"
        yield Finding(text, lambda: write_timestamps(stamps, times))


def timestamps_in(path: Path) -> array[float] | None:
    """Return the float64 values of a ``.npy`` file; None when it is missing or damaged."""
    try:
        values = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if values.ndim != 1 or values.dtype != np.float64:
        return None
    return array("d", values.tobytes())


def write_timestamps(path: Path, times: array[float]) -> None:
    """Write or replace a ``.npy`` file of float64 values."""
    replace_file(path, header(len(times)) + times.tobytes())


def _salvaged(path: Path) -> array[float]:
    """Return the whole values of a ``.npy`` file of ours whose end, or head, is not as it was."""
    content = path.read_bytes() if path.exists() else b""
    values = content[HEADER_BYTES:]
    is_ours = content.startswith(header(0)[:_HEAD_BYTES])
    return array("d", values[: len(values) // 8 * 8]) if is_ours else array("d")


def _times_of(film: Film, there: array[float], origin: float) -> tuple[array[float], int]:
    """Return a timestamp for each frame, and how many had to be made from its pts.

    The writer derived each pts from its timestamp; doing that again tells which belongs where.
    """
    known: dict[int, float] = {}
    last = -1
    begin = min(origin, there[0]) if there else origin
    for timestamp in there:
        last = max(int((timestamp - begin) * TIME_BASE), last + 1)
        known[last] = timestamp
    times = array("d", (known.get(pts, begin + pts / TIME_BASE) for pts in film.pts))
    return times, sum(pts not in known for pts in film.pts)


def _take_out_junk(records: Records) -> None:
    path = records.path
    beside = path.with_name(path.name + ".new")
    with beside.open("wb", buffering=0) as file:
        for piece in records.pieces():
            write_all(file, piece)
        to_disk(file)
    kept = path.with_name(path.name + DAMAGED)
    if not kept.exists():
        replace_file(kept, path.read_bytes())
    beside.replace(path)
    sync_directory(path.parent)


def _truncate(path: Path, length: int) -> None:
    with path.open("r+b", buffering=0) as file:
        file.truncate(length)
        to_disk(file)


def _finish(film: Film, final: Path) -> None:
    film.finish()
    film.path.replace(final)
    sync_directory(final.parent)


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
