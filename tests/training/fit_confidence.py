"""Fit the detector's confidence and write it into the package.

``python tests/training/fit_confidence.py`` (with tests/ on PYTHONPATH) draws people of all
levels, adds the labelled sets of ``../shared/eyes`` where they are, alters all of that, lets
the detector look, and fits the probability that centre and area are right. It prints what the
fit is worth on sets that it has not seen. The same pictures and seed give the same numbers.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from training.pictures import EYES, LABELLED, Picture, closed, labelled, many, simulated

from gazed_plugins.detector_2d import PupilDetector
from gazed_plugins.detector_2d.confidence import DATA, Model
from gazed_plugins.detector_2d.evidence import NAMES
from gazed_plugins.detector_2d.kernels import best_kernel
from gazed_plugins.detector_2d.method import NEAR, PARTIAL, WIDE, Rounds
from gazed_plugins.detector_2d.shapes import Shape, radius

RANGES = {
    "residual": (0.0, 0.15),
    "contrast": (0.0, 5.0),
    "roundness": (0.25, 1.0),
    "size": (-5.0, -1.0),
    "closure": (0.2, 1.0),
    "gap": (-1.0, 1.0),
    "glare": (0.5, 4.0),
    "support": (0.0, 1.0),
    "weakest": (0.0, 1.0),
    "unevenness": (0.0, 1.5),
    "core": (-1.0, 1.5),
    "darker": (-1.0, 1.0),
    "sharpness": (0.0, 1.5),
    "pixels": (0.0, 4.5),
    "spread": (-9.0, -3.0),
}
LOOKS: tuple[tuple[Rounds, float], ...] = (
    (WIDE, 16.0),
    (WIDE, 8.0),
    *((rounds, 16.0) for rounds in PARTIAL),
)
ROUGH_LOOKS = 8
STARTS = 4


@dataclass
class Rows:
    """Evidence (N, F), whether it was the pupil (N,), of which picture (N,)."""

    evidence: np.ndarray
    right: np.ndarray
    picture: np.ndarray

    def those(self, chosen: np.ndarray) -> Rows:
        """Return the chosen rows."""
        return Rows(self.evidence[chosen], self.right[chosen], self.picture[chosen])


class Looker:
    """Looks at pictures as the detector does, and notes what it saw."""

    def __init__(self, seed: int, roughly: Model | None = None) -> None:
        unknown = untaught()
        self._kernel = best_kernel(known=(unknown, roughly or unknown))
        self._detector = PupilDetector(kernel=self._kernel)
        self._random = np.random.default_rng(seed)

    def closely(self, picture: Picture) -> Iterator[tuple[list[float], bool]]:
        """Yield what each close look at a picture saw, and whether it was the pupil."""
        for start in self._starts(picture):
            first = self._kernel.closely(start, WIDE, 16.0)
            if first is None:
                continue
            for rounds, fine in LOOKS:
                yield from self._one(picture, first[0], rounds, fine)
        if picture.shape is not None:
            yield from self._one(picture, self._near(picture, 0.02, 0.02), NEAR, 16.0)

    def roughly(self, picture: Picture) -> Iterator[tuple[list[float], bool]]:
        """Yield what some rough looks saw, and whether a close one then found the pupil."""
        edge = math.sqrt(picture.gray.size)
        self._kernel.look_at(picture.gray, edge, bright=False)
        shapes, _ = self._kernel.everywhere()
        known = self._kernel.rough_evidence()
        for place in self._random.permutation(len(shapes))[:ROUGH_LOOKS].tolist():
            found = self._kernel.closely(shapes[place], WIDE, 16.0)
            yield known[place], found is not None and right(found[0], picture)

    def _one(
        self, picture: Picture, start: Shape, rounds: Rounds, fine: float
    ) -> Iterator[tuple[list[float], bool]]:
        found = self._kernel.closely(start, rounds, fine)
        if found is not None and np.isfinite(found[0]).all():
            yield self._kernel.last_evidence(), right(found[0], picture)

    def _starts(self, picture: Picture) -> list[Shape]:
        starts = self._detector.candidates(picture.gray)[:STARTS]
        if picture.shape is not None:
            starts.append(self._near(picture, 0.1, 0.06))
        return starts

    def _near(self, picture: Picture, shift: float, change: float) -> Shape:
        assert picture.shape is not None
        size = radius(tuple(picture.shape))
        apart = self._random.normal(0, [shift * size] * 2 + [change * size] * 3)
        x, y, p, q, r = (picture.shape + apart).tolist()
        return x, y, p, q, r


def right(shape: Shape, picture: Picture) -> bool:
    """Tell whether the centre is right to 1 % of the picture's width, the area to 25 %."""
    if picture.shape is None:
        return False
    apart = math.dist(shape[:2], picture.shape[:2])
    ratio = (radius(shape) / radius(tuple(picture.shape))) ** 2
    return apart < 0.01 * picture.gray.shape[1] and 0.8 < ratio < 1.25


def untaught() -> Model:
    """Return a model that finds everything equally likely."""
    low, high = np.array([RANGES[name] for name in NAMES]).T
    return Model(low, high, np.zeros((len(NAMES) + 1,) * 2))


def fitted(rows: Rows, weights: np.ndarray, ridge: float = 1e-4) -> Model:
    """Return the ridge logistic regression on all products of evidence, by Newton's method."""
    model = untaught()
    count = len(model.weights)
    known = np.column_stack([np.ones(len(rows.right)), 2 * model.scaled(rows.evidence) - 1])
    one, other = np.triu_indices(count)
    products = (known[:, one] * known[:, other]).astype(np.float32)
    solution = _newton(products, rows.right, weights / weights.sum(), ridge)
    triangle = np.zeros((count, count))
    triangle[one, other] = solution
    return Model(model.low, model.high, _from_zero_to_one(triangle))


def _newton(
    products: np.ndarray, right: np.ndarray, weights: np.ndarray, ridge: float
) -> np.ndarray:
    solution = np.zeros(products.shape[1])
    keep = np.full(len(solution), ridge)
    keep[0] = 1e-6
    for _ in range(25):
        chance = 1 / (1 + np.exp(-np.clip(products @ solution, -30, 30)))
        slope = products.T @ (weights * (right - chance)) - keep * solution
        spread = (weights * chance * (1 - chance)).astype(np.float32)
        bend = (products * spread[:, None]).T @ products + np.diag(keep)
        step = np.linalg.solve(bend, slope)
        solution += step
        if np.abs(step).max() < 1e-4:
            break
    return solution


def _from_zero_to_one(triangle: np.ndarray) -> np.ndarray:
    """Return the weights for evidence from 0 to 1, given those for evidence from -1 to 1."""
    turn = np.diag([1.0] + [2.0] * (len(triangle) - 1))
    turn[1:, 0] = -1
    whole = turn.T @ ((triangle + triangle.T) / 2) @ turn
    return np.triu(whole) + np.triu(whole, 1)


def chosen_count_double(rows: Rows, model: Model) -> np.ndarray:
    """Return weights: each picture one, half of it for the look that the detector would take."""
    _, where, count = np.unique(rows.picture, return_inverse=True, return_counts=True)
    weights = 0.5 / count[where]
    order = np.lexsort((model.logit(rows.evidence), where))
    last = np.flatnonzero(np.diff(where[order], append=-1))
    weights[order[last]] += 0.5
    return weights


def fit_twice(rows: Rows, share: float = 1.0) -> Model:
    """Return a fit to all looks alike, then one to what the first would choose.

    ``share`` of the pictures are used.
    """
    rows = rows.those(rows.picture % 100 < 100 * share)
    _, where, count = np.unique(rows.picture, return_inverse=True, return_counts=True)
    return fitted(rows, chosen_count_double(rows, fitted(rows, 1 / count[where])))


def report(name: str, rows: Rows, model: Model) -> None:
    """Print what a model is worth for the looks that it would take."""
    logit = model.logit(rows.evidence)
    taken = chosen_count_double(rows, model) > 0.5
    chance, right = 1 / (1 + np.exp(-logit[taken])), rows.right[taken]
    bins = [(0.0, 0.3), (0.3, 0.6), (0.6, 0.8), (0.8, 0.9), (0.9, 1.01)]
    shares = [right[(chance >= low) & (chance < high)] for low, high in bins]
    text = " ".join(
        f"{100 * s.mean():4.0f}% of {len(s):<4d}" if len(s) else " " * 13 for s in shares
    )
    print(f"{name:26s} {text}  AUC of all looks {area(logit, rows.right):.3f}", flush=True)


def area(score: np.ndarray, right: np.ndarray) -> float:
    """Return the area under the curve of hits against false alarms."""
    _, rank, count = np.unique(score, return_inverse=True, return_counts=True)
    places = (np.cumsum(count) - (count - 1) / 2)[rank]
    hits = right.sum()
    others = len(right) - hits
    return float((places[right > 0].sum() - hits * (hits + 1) / 2) / max(1, hits * others))


def pictures() -> Iterator[tuple[str, list[Picture]]]:
    """Yield the pictures of each set; the same each time."""
    random = np.random.default_rng(1)
    for name in LABELLED if EYES.is_dir() else ():
        originals = list(labelled(name))
        yield name, originals * 2 + list(many(originals, 400, random))
    for level in ("easy", "medium", "hard"):
        for size in (192, 400):
            originals = list(simulated(level, size))
            every = 1 if level == "hard" else 3
            altered = list(many(originals, 200, random))
            shut = list(closed(level, size)) if size == 192 else []
            yield (
                f"{level} {size}",
                originals[::every] + altered + shut + list(many(shut, len(shut), random)),
            )


def main() -> None:
    """Fit, write, report."""
    cv2.setNumThreads(1)
    everything = [(name, one) for name, seen in pictures() for one in seen]
    print(f"{len(everything)} pictures", flush=True)
    looker = Looker(seed=2)
    rough = _rows([looker.roughly(one) for _, one in everything])
    roughly = fitted(rough, np.ones(len(rough.right)), ridge=1e-3)
    looker = Looker(seed=3, roughly=roughly)
    rows = _rows([looker.closely(one) for _, one in everything])
    write(fit_twice(rows), roughly)
    sets = np.array([name for name, _ in everything])
    _validate(rows, sets, np.array([one.person for _, one in everything]))


def _rows(looks: list[Iterator[tuple[list[float], bool]]]) -> Rows:
    numbered = [(*look, place) for place, some in enumerate(looks) for look in some]
    evidence, right, picture = zip(*numbered, strict=True)
    return Rows(np.array(evidence), np.array(right, float), np.array(picture))


def _validate(rows: Rows, sets: np.ndarray, people: np.ndarray) -> None:
    print("share right at confidence       <.3     .3-.6     .6-.8     .8-.9       >=.9")
    for name in dict.fromkeys(sets.tolist()):
        out = (sets == name)[rows.picture]
        report(f"without set {name}", rows.those(out), fit_twice(rows.those(~out), share=0.4))
    fold = np.unique(people, return_inverse=True)[1] % 4
    for part in range(4):
        out = (fold == part)[rows.picture]
        report(
            f"without people fold {part}", rows.those(out), fit_twice(rows.those(~out), share=0.4)
        )


def write(closely: Model, roughly: Model) -> None:
    """Write both models into the package."""
    lines = {
        "low": closely.low.tolist(),
        "high": closely.high.tolist(),
        "closely": _rounded(closely.weights),
        "roughly": _rounded(roughly.weights),
    }
    text = ",\n".join(f'"{name}": {json.dumps(value)}' for name, value in lines.items())
    DATA.write_text("{\n" + text.replace("], [", "],\n [") + "\n}\n", encoding="utf-8")
    print(f"written: {DATA}")


def _rounded(weights: np.ndarray) -> list[list[float]]:
    return [[float(f"{value:.6g}") for value in row] for row in weights.tolist()]


if __name__ == "__main__":
    main()
