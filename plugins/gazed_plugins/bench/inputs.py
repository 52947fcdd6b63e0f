"""Folders and videos from the command line as sets of pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path

from gazed import Frame, GazedError
from gazed_plugins.bench.cases import Case, PictureSet
from gazed_plugins.bench.labels import LABELS, Label, LabelError, check_inside, read_labels
from gazed_plugins.detector_2d.command import VIDEOS
from gazed_plugins.video import Picture, read_pictures

EVERY = 8
"""Of frames without a label each so many-th is also shown alone."""

_FRAME_SECONDS = 1 / 30


class InputError(GazedError):
    """A path that holds nothing a detector could be tried on."""


def sets_in(paths: Sequence[Path], most: int | None = None) -> list[PictureSet]:
    """Return the sets in folders and files, each with a name of its own.

    A folder with a table of labels is a labelled set; any other video is an unlabelled one;
    other folders are looked into. Of each set the first ``most`` pictures are taken. Raises
    InputError and LabelError; pictures are read later, and raise then.
    """
    return _distinct([found for path in paths for found in _sets_at(path, most)])


def _sets_at(path: Path, most: int | None) -> list[PictureSet]:
    if path.is_file():
        return [_unlabelled(path, most)]
    if not path.is_dir():
        raise InputError(f"{path}: there is no such file or folder; check the path")
    found = list(_walk(path, most))
    if not found:
        raise InputError(
            f"{path}: there is no {LABELS} and no video in it or in its folders; docs/bench.md"
            " says how to label pictures"
        )
    return found


def _walk(folder: Path, most: int | None) -> Iterator[PictureSet]:
    if (folder / LABELS).is_file():
        yield _labelled(folder, most)
        return
    for video in _videos(folder):
        yield _unlabelled(video, most)
    for inner in sorted(folder.iterdir()):
        if inner.is_dir() and not inner.name.startswith("."):
            yield from _walk(inner, most)


def _videos(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.suffix.lower() in VIDEOS]


def _labelled(folder: Path, most: int | None) -> PictureSet:
    table = folder / LABELS
    labels = read_labels(table)
    if not labels[0].file:
        frames = partial(_labelled_frames, table, _clip(folder), labels, most)
        return PictureSet(folder.resolve().name, "labelled", True, (frames,))
    for label in labels:
        if not (folder / label.file).is_file():
            raise LabelError(table, f"there is no picture {label.file} beside it", label.line)
    stills = partial(_labelled_stills, table, labels[:most])
    return PictureSet(folder.resolve().name, "labelled", False, (stills,))


def _clip(folder: Path) -> Path:
    videos = _videos(folder)
    named = [video for video in videos if video.stem == "clip"] or videos
    if len(named) != 1:
        names = ", ".join(video.name for video in videos) or "none"
        raise LabelError(
            folder / LABELS,
            f"its lines name frames of a video, and the videos beside it are: {names};"
            " there must be one, or one named clip",
        )
    return named[0]


def _labelled_stills(table: Path, labels: Sequence[Label]) -> Iterator[Case]:
    for label in labels:
        (picture,) = read_pictures(table.parent / label.file)
        yield _case(table, picture, label)


def _labelled_frames(
    table: Path, clip: Path, labels: Sequence[Label], most: int | None
) -> Iterator[Case]:
    waiting = {label.frame: label for label in labels}
    count = 0
    for picture in islice(read_pictures(clip), most):
        yield _case(table, picture, waiting.pop(picture.index, None))
        count += 1
    if waiting and most is None:
        label = next(iter(waiting.values()))
        problem = f"frame {label.frame} is not in {clip.name}, which has {count}, counted from 0"
        raise LabelError(table, problem, label.line)


def _case(table: Path, picture: Picture, label: Label | None) -> Case:
    frame = _frame(picture)
    if label is None:
        return Case(frame, alone=False)
    check_inside(table, label, frame.width, frame.height)
    return Case(frame, label.ellipse, closed=label.ellipse is None)


def _unlabelled(video: Path, most: int | None) -> PictureSet:
    name = video.resolve().parent.name if video.stem == "clip" else video.stem
    return PictureSet(name, "unlabelled", True, (partial(_unlabelled_frames, video, most),))


def _unlabelled_frames(video: Path, most: int | None) -> Iterator[Case]:
    for picture in islice(read_pictures(video), most):
        yield Case(_frame(picture), alone=picture.index % EVERY == 0)


def _frame(picture: Picture) -> Frame:
    time = picture.timestamp
    timestamp = picture.index * _FRAME_SECONDS if time is None else time
    return Frame(0, picture.index, timestamp, timestamp, picture.gray)


def _distinct(sets: Sequence[PictureSet]) -> list[PictureSet]:
    seen: Counter[str] = Counter()
    distinct = []
    for found in sets:
        seen[found.name] += 1
        count = seen[found.name]
        distinct.append(replace(found, name=f"{found.name} ({count})") if count > 1 else found)
    return distinct
