"""Pictures with known pupils: of simulated people, and of the labelled sets where they are."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from training.augment import Gray, Outline, altered, beside, degraded, outline

from gazed_plugins.simulated_headset import sequence
from gazed_plugins.video import read_pictures

EYES = Path(__file__).parents[3] / "shared" / "eyes"
LABELLED = ("mrgaze_a", "eyeloop", "pupilext_1", "vrhmd_demo2")
PEOPLE = range(100, 150)
"""Seeds of the people for training: tests use others."""

FRAME_RATE = 5.0
SECONDS = 2.4
MOST_SHUT = 5


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, the outline of its pupil (None: there is none), and who is to be seen."""

    gray: Gray
    shape: Outline | None
    person: str


def simulated(level: str, size: int, people: range = PEOPLE) -> Iterator[Picture]:
    """Yield frames of simulated people, without those in which the pupil is half hidden."""
    for seed in people:
        frames = sequence(level, size=size, seconds=SECONDS, frame_rate=FRAME_RATE, seed=seed)
        for frame, truth in frames:
            seen, it = truth.visible_share, truth.ellipse
            if 0.1 <= seen < 0.5:
                continue
            shape = outline(it.center, it.axes, it.angle) if seen >= 0.5 else None
            yield Picture(frame.gray.copy(), shape, f"{level} {seed}")


def closed(level: str, size: int, people: range = PEOPLE) -> Iterator[Picture]:
    """Yield frames of simulated people with their eyes shut, some of each person."""
    for seed in people:
        frames = sequence(level, size=size, seconds=6.0, frame_rate=FRAME_RATE, seed=seed)
        shut = (frame.gray for frame, truth in frames if truth.visible_share < 0.1)
        for gray in islice(shut, MOST_SHUT):
            yield Picture(gray.copy(), None, f"{level} {seed}")


def labelled(name: str) -> Iterator[Picture]:
    """Yield the labelled pictures of one set."""
    with (EYES / name / "gt.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if rows[0]["file"]:
        for row in rows:
            (picture,) = read_pictures(EYES / name / row["file"])
            yield _of_row(picture.gray, row, row["file"][:5])
        return
    by_frame = {int(row["frame"]): row for row in rows}
    for picture in read_pictures(next((EYES / name).glob("clip.*"))):
        if row := by_frame.get(picture.index):
            yield _of_row(picture.gray, row, name)


def _of_row(gray: Gray, row: dict[str, str], person: str) -> Picture:
    shape = None
    if row["pupil_visible"] == "1":
        x, y, major, minor, angle = (
            float(row[key]) for key in ("cx", "cy", "major", "minor", "angle_deg")
        )
        shape = outline((x, y), (major, minor), angle)
    return Picture(gray.copy(), shape, person)


def many(originals: list[Picture], count: int, random: np.random.Generator) -> Iterator[Picture]:
    """Yield altered pictures: a third tiny, one in eight without a pupil."""
    for index in range(count):
        one = originals[random.integers(len(originals))]
        tiny = index % 3 == 0
        aside = None
        if one.shape is not None and index % 8 == 0:
            aside = beside(one.gray, one.shape, random)
        if aside is not None:
            yield Picture(degraded(aside, random, tiny), None, one.person)
            continue
        gray, shape = altered(one.gray, one.shape, random, tiny)
        if shape is None or (0 < shape[0] < gray.shape[1] and 0 < shape[1] < gray.shape[0]):
            yield Picture(gray, shape, one.person)
