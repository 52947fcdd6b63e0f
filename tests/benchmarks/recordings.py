"""Print what reading recordings costs: ``python tests/benchmarks/recordings.py [--minutes 1]``.

The recording is one of two eyes at 200 pictures a second with 2D, 3D and gaze data, without
videos. Each line is one step in a process of its own: records read or rows written, processor
seconds, microseconds for each, and the most memory that the process took beyond what it took
before the step. The videos are those of ten seconds, 192x192.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "kernel"), str(ROOT / "plugins"), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from recordings_made import make_recording  # noqa: E402

import gazed  # noqa: E402
from gazed_plugins.recordings.export import export_bids, export_csv, export_parquet  # noqa: E402
from gazed_plugins.recordings.picture import png  # noqa: E402
from gazed_plugins.recordings.verify import verified  # noqa: E402

RATE = 200.0
MINUTE = 60.0
START = 100.0
HEADINGS = ("step", "count", "seconds", "us each", "MB more")

Step = Callable[[Path, Path], int]


def main() -> None:
    """Make a recording, and print a line for each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=int, default=1)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        long = make_long(folder, minutes)
        films = make_recording(folder / "films", seconds=10.0, rate=RATE).path
        print(f"{minutes} min, {sum(f.stat().st_size for f in long.iterdir()) / 1e6:.0f} MB")
        print_cells(*HEADINGS)
        for step in STEPS:
            path = films if step in (index_films, decode) else long
            print_cells(*measured(step, path, folder / f"out_{step.__name__}"))


def make_long(folder: Path, minutes: int) -> Path:
    """Write a minute after the other, and put them into one recording."""
    for minute in range(minutes):
        made = make_recording(
            folder / f"minute{minute}",
            seconds=MINUTE,
            rate=RATE,
            start=START + minute * MINUTE,
            codec=None,
            manifest=False,
        )
        if minute:
            join(folder / "minute0", made.path)
    return folder / "minute0"


def join(first: Path, more: Path) -> None:
    """Append the data of a recording to another's."""
    for path in more.glob("*.pldata"):
        with (first / path.name).open("ab") as file:
            file.write(path.read_bytes())
        beside = f"{path.stem}_timestamps.npy"
        np.save(first / beside, np.concatenate([np.load(first / beside), np.load(more / beside)]))


def measured(step: Step, path: Path, out: Path) -> tuple[str, ...]:
    """Run a step in a fresh process; return its line."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        count, seconds, megabytes = pool.apply(run, (step, path, out))
    each = f"{1e6 * seconds / count:.1f}"
    return step.__name__, str(count), f"{seconds:.2f}", each, f"{megabytes:.0f}"


def run(step: Step, path: Path, out: Path) -> tuple[int, float, float]:
    """Return how many a step dealt with, processor seconds, and megabytes of memory."""
    before, start = memory(), time.process_time()
    count = step(path, out)
    return count, time.process_time() - start, memory() - before


def memory() -> float:
    """Return the most memory this process has taken so far, in megabytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if "VmHWM" in line) / 1024.0


def index(path: Path, _: Path) -> int:
    """Find all records and their times."""
    recording = gazed.open_recording(path)
    return sum(len(recording.data(key).timestamps) for key in recording.keys)


def unpack(path: Path, _: Path) -> int:
    """Find and unpack all data, one at a time."""
    recording = gazed.open_recording(path)
    return sum(1 for key in recording.keys for _ in recording.data(key))


def column(path: Path, _: Path) -> int:
    """Make one array of a field of all pupil data."""
    return len(gazed.open_recording(path).pupil.column("confidence"))


def frame(path: Path, _: Path) -> int:
    """Make a pandas frame of all pupil data."""
    return len(gazed.open_recording(path).pupil.frame())


def verify(path: Path, _: Path) -> int:
    """Look into every datum."""
    recording = gazed.open_recording(path)
    assert verified(recording).problems == ()
    return sum(len(recording.data(key)) for key in recording.keys)


def csv(path: Path, out: Path) -> int:
    """Export as CSV."""
    return sum(rows for _, rows in export_csv(gazed.open_recording(path), out))


def parquet(path: Path, out: Path) -> int:
    """Export as Parquet."""
    return sum(rows for _, rows in export_parquet(gazed.open_recording(path), out))


def bids(path: Path, out: Path) -> int:
    """Export as BIDS."""
    return sum(rows for _, rows in export_bids(gazed.open_recording(path), out))


def picture(path: Path, _: Path) -> int:
    """Draw the summary."""
    recording = gazed.open_recording(path)
    png(recording)
    return len(recording.pupil) + len(recording.gaze)


def index_films(path: Path, _: Path) -> int:
    """Find the frames of both eyes and their times, without decoding."""
    return sum(len(video) for video in gazed.open_recording(path).eyes)


def decode(path: Path, _: Path) -> int:
    """Read all frames of both eyes."""
    return sum(1 for video in gazed.open_recording(path).eyes for _ in video.frames())


STEPS = (index, unpack, column, frame, verify, csv, parquet, bids, picture, index_films, decode)


def print_cells(*cells: str) -> None:
    """Print one line of the table."""
    print("".join(f"{cell:>13}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
