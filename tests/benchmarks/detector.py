"""The 2D detector on labelled pictures and on the simulated headset, in one table.

``python tests/benchmarks/detector.py``; the pictures are looked for in ``../shared/eyes``.
"""

from __future__ import annotations

import csv
import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.simulated_headset import sequence
from gazed_plugins.video import read_pictures

EYES = Path(__file__).parents[3] / "shared" / "eyes"
VIDEOS = ("eyeloop", "pupilext_1", "vrhmd_demo2")
CONFIDENT = 0.6
PEOPLE = 4
SECONDS = 2.0

Center = tuple[float, float]


@dataclass(frozen=True)
class Case:
    """A picture; where its pupil is, if known; whether it is known that there is none."""

    gray: np.ndarray
    center: Center | None
    closed: bool = False


@dataclass
class Score:
    """What a detector did on a set of pictures."""

    distances: list[float] = field(default_factory=list)
    sure_distances: list[float] = field(default_factory=list)
    closed: int = 0
    closed_but_sure: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, case: Case, found: Center, confidence: float) -> None:
        """Count one picture."""
        if case.closed:
            self.closed += 1
            self.closed_but_sure += confidence >= CONFIDENT
        elif case.center is not None:
            self.distances.append(math.dist(found, case.center))
            if confidence >= CONFIDENT:
                self.sure_distances.append(self.distances[-1])

    def row(self) -> str:
        """Return the figures of one line of the table."""
        distances, sure = np.array(self.distances), np.array(self.sure_distances)
        shares = " ".join(f"{100 * np.mean(distances < limit):5.1f}" for limit in (1, 2, 5))
        confident = f"{100 * len(sure) / len(distances):5.1f}"
        right = f"{100 * np.mean(sure < 5):5.1f}" if len(sure) else "    -"
        took = np.percentile(np.array(self.seconds) * 1e3, (50, 95))
        return (
            f"{len(distances):5d}  {shares}  {np.median(distances):6.3f}  {confident}  {right}"
            f"  {self.closed_but_sure:4d} of {self.closed:<4d}  {took[0]:5.2f} {took[1]:5.2f}"
        )


def scored(cases: Iterable[Case], tracking: bool) -> Score:
    """Run a fresh detector over pictures: one after the other, or each by itself."""
    detector, score = PupilDetector(), Score()
    for case in cases:
        if not tracking:
            detector.reset()
        began = time.thread_time()
        ellipse, confidence = detector.detect(case.gray)
        score.seconds.append(time.thread_time() - began)
        score.add(case, ellipse.center, confidence)
    return score


def labelled(name: str) -> Iterator[Case]:
    """Yield the pictures of one set in order, those without a label too."""
    with (EYES / name / "gt.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if rows[0]["file"]:
        for row in rows:
            (picture,) = read_pictures(EYES / name / row["file"])
            yield _case(picture.gray, row)
        return
    by_frame = {int(row["frame"]): row for row in rows}
    for picture in read_pictures(next((EYES / name).glob("clip.*"))):
        yield _case(picture.gray, by_frame.get(picture.index))


def _case(gray: np.ndarray, row: dict[str, str] | None) -> Case:
    if row is None:
        return Case(gray, None)
    if row["pupil_visible"] == "0":
        return Case(gray, None, closed=True)
    return Case(gray, (float(row["cx"]), float(row["cy"])))


def simulated(level: str, size: int, seed: int) -> Iterator[Case]:
    """Yield frames of one simulated person; closed when next to nothing of the pupil shows."""
    for frame, truth in sequence(level, size=size, seconds=SECONDS, seed=seed):
        visible = truth.visible_share
        center = truth.ellipse.center if visible >= 0.5 else None
        yield Case(frame.gray, center, closed=visible < 0.1)


def main() -> None:
    """Print the table."""
    cv2.setNumThreads(1)
    print("percent within 1, 2, 5 px; median px; percent sure; of those within 5 px;")
    print("closed eyes called sure; milliseconds median and p95\n")
    if EYES.is_dir():
        for name in ("mrgaze_a", *VIDEOS):
            cases = list(labelled(name))
            known = [case for case in cases if case.center or case.closed]
            print(f"{name:24s} search ", scored(known, tracking=False).row())
            if name in VIDEOS:
                print(f"{name:24s} track  ", scored(cases, tracking=True).row())
    for level in ("easy", "medium", "hard"):
        for size in (192, 400):
            people = [list(simulated(level, size, seed)) for seed in range(PEOPLE)]
            for kind, tracking in (("search ", False), ("track  ", True)):
                total = Score()
                for cases in people:
                    part = scored(cases if tracking else cases[::8], tracking)
                    for name in ("distances", "sure_distances", "seconds"):
                        getattr(total, name).extend(getattr(part, name))
                    total.closed += part.closed
                    total.closed_but_sure += part.closed_but_sure
                print(f"simulated {level:7s} {size:4d}   {kind}", total.row())


if __name__ == "__main__":
    main()
