"""A BIDS dataset with eye-tracking recordings (BIDS 1.11: physio of type eyetrack)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from gazed import __version__
from gazed_plugins.recordings.export.bids_events import annotation_events, eye_events
from gazed_plugins.recordings.export.bids_streams import streams
from gazed_plugins.recordings.export.folders import ExportError, new_file
from gazed_plugins.recordings.recording import Recording

BIDS_VERSION = "1.11.1"

_DATATYPE = "beh"
_MISSING = "n/a"
_README = """# Eye tracking

Exported by gazed. Each recording has a file for each eye's pupil (recording-eye1 is the right
eye, recording-eye2 the left one) and one for gaze from both eyes (recording-eye3). Gaze that was
made from one eye only is in recording-gaze1 (right) and recording-gaze2 (left). Timestamps are
seconds on the clock of the recording; StartTime is relative to the start of the recording.
Annotations are in the events files, blinks and fixations in the physioevents files.
"""


@dataclass(frozen=True, slots=True)
class Labels:
    """Who did what: the labels of BIDS, letters and digits only."""

    subject: str = "01"
    session: str = ""
    task: str = "eyetracking"

    def checked(self) -> Labels:
        """Return the labels; raise ExportError when one is none of BIDS."""
        for name, value in (
            ("subject", self.subject),
            ("session", self.session),
            ("task", self.task),
        ):
            alphanumeric = value.isascii() and value.isalnum()
            if not alphanumeric and not (name == "session" and not value):
                raise ExportError(
                    Path(value), f"is no {name} for BIDS; use letters and digits only"
                )
        return self


def export_bids(
    recording: Recording, dataset: Path, labels: Labels | None = None
) -> Iterator[tuple[Path, int]]:
    """Add a recording to a dataset as the subject's next run; make the dataset if need be.

    Yields each data file and its number of rows when it is done. Raises ExportError when
    the recording holds neither pupil data nor gaze, or the labels cannot be used.
    """
    labels = (labels or Labels()).checked()
    found = streams(recording)
    if not found:
        raise ExportError(recording.path, "holds neither pupil data nor gaze for a BIDS export")
    _write_dataset(dataset, labels)
    stem = _next_stem(dataset, labels)
    for stream in found:
        path = stem.with_name(f"{stem.name}_recording-{stream.label}_physio.tsv.gz")
        rows = _write_rows(path, stream.rows())
        _write_json(path, labels, stream.sidecar)
        yield path, rows
    yield from _write_events(recording, stem, found[-1].label, labels)


def _write_events(
    recording: Recording, stem: Path, label: str, labels: Labels
) -> Iterator[tuple[Path, int]]:
    blinks = eye_events(recording)
    if blinks.rows:
        path = stem.with_name(f"{stem.name}_recording-{label}_physioevents.tsv.gz")
        yield path, _write_rows(path, blinks.rows)
        _write_json(path, labels, blinks.sidecar)
    annotations = annotation_events(recording)
    if annotations.rows:
        path = stem.with_name(f"{stem.name}_events.tsv")
        with new_file(path) as part:
            part.write_text("".join(map(_line, [annotations.columns, *annotations.rows])))
        _write_json(path, labels, annotations.sidecar)
        yield path, len(annotations.rows)


def _write_dataset(dataset: Path, labels: Labels) -> None:
    dataset.mkdir(parents=True, exist_ok=True)
    about = {
        "Name": "Eye tracking",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "GeneratedBy": [{"Name": "gazed", "Version": __version__}],
    }
    description, readme = dataset / "dataset_description.json", dataset / "README.md"
    if not description.exists():
        description.write_text(json.dumps(about, indent=4) + "\n")
    if not any(dataset.glob("README*")):
        readme.write_text(_README)
    _add_participant(dataset / "participants.tsv", f"sub-{labels.subject}")


def _add_participant(path: Path, name: str) -> None:
    lines = path.read_text().splitlines() if path.exists() else ["participant_id"]
    if name not in [line.partition("\t")[0] for line in lines]:
        others = lines[0].count("\t")
        lines.append("\t".join([name, *[_MISSING] * others]))
        path.write_text("\n".join(lines) + "\n")


def _next_stem(dataset: Path, labels: Labels) -> Path:
    """Return folder and beginning of the names of the next free run."""
    parts = [f"sub-{labels.subject}"] + ([f"ses-{labels.session}"] if labels.session else [])
    folder = dataset.joinpath(*parts, _DATATYPE)
    names = ("_".join([*parts, f"task-{labels.task}", f"run-{run}"]) for run in count(1))
    return folder / next(name for name in names if not any(folder.glob(f"{name}_*")))


def _write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> int:
    """Write lines without a header; the same rows give the same bytes."""
    number = 0
    with (
        new_file(path) as part,
        part.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=6, fileobj=raw, mtime=0) as file,
    ):
        for number, row in enumerate(rows, 1):  # noqa: B007 - counts the rows
            file.write(_line(row).encode())
    return number


def _line(row: Sequence[Any]) -> str:
    return "\t".join(map(_cell, row)) + "\n"


def _cell(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN
        return _MISSING
    return " ".join(str(value).split()) or _MISSING


def _write_json(data: Path, labels: Labels, sidecar: dict[str, Any]) -> None:
    name = data.name.removesuffix(".gz").removesuffix(".tsv") + ".json"
    with new_file(data.with_name(name)) as part:
        part.write_text(json.dumps({"TaskName": labels.task, **sidecar}, indent=4) + "\n")
