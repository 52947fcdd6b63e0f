"""How many pupil data each eye has delivered, and how sure it was of them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gazed import Fields, Pupil

_BINS = 100
_GOOD_SHARE, _LEAST_SHARE = 0.6, 0.05


@dataclass(slots=True)
class EyeCensus:
    """The figures of one eye; ``first`` and ``last`` are timestamps, NaN without data.

    ``sure`` data have at least the confidence that calibrating asks for. ``bins`` counts data
    by confidence, in hundredths.
    """

    data: int = 0
    data_3d: int = 0
    sure: int = 0
    first: float = math.nan
    last: float = math.nan
    bins: list[int] = field(default_factory=lambda: [0] * (_BINS + 1))

    @property
    def share_sure(self) -> float:
        """The share of the data that calibrating can use, 0 without data."""
        return self.sure / self.data if self.data else 0.0

    @property
    def absent(self) -> bool:
        """Whether nothing has arrived."""
        return not self.data

    @property
    def blind(self) -> bool:
        """Whether (almost) no data are sure: the pupil is not seen."""
        return self.share_sure < _LEAST_SHARE

    @property
    def unsure(self) -> bool:
        """Whether too many data are not sure."""
        return self.share_sure < _GOOD_SHARE

    def add(self, pupil: Pupil, threshold: float) -> None:
        """Count one datum."""
        self.data += 1
        self.data_3d += "3d" in pupil.method
        self.sure += pupil.confidence >= threshold
        self.bins[min(_BINS, max(0, int(pupil.confidence * _BINS)))] += 1
        self.first = pupil.timestamp if self.data == 1 else min(self.first, pupil.timestamp)
        self.last = pupil.timestamp if self.data == 1 else max(self.last, pupil.timestamp)

    def confidence_at(self, share: float) -> float:
        """Return the confidence (in hundredths) below which this share of the data lies."""
        left = share * self.data
        for number, count in enumerate(self.bins):
            left -= count
            if left < 0:
                return number / _BINS
        return 1.0

    def brief(self) -> Fields:
        """Return the live figures."""
        return {
            "pupil_data": self.data,
            "pupil_data_3d": self.data_3d,
            "share_confident": self.share_sure,
        }

    def facts(self) -> Fields:
        """Return all figures, for a result; None stands for what cannot be without data."""
        quartiles = [self.confidence_at(share) for share in (0.25, 0.5, 0.75)]
        return {
            "pupil_data": self.data,
            "pupil_data_3d": self.data_3d,
            "confident": self.sure,
            "confidence_quartiles": quartiles if self.data else None,
            "first": self.first if self.data else None,
            "last": self.last if self.data else None,
        }


class Census:
    """Both eyes' figures; ``threshold`` is the confidence that calibrating asks for."""

    def __init__(self, threshold: float = 0.8) -> None:
        self.threshold = threshold
        self.eyes: Sequence[EyeCensus] = (EyeCensus(), EyeCensus())

    def __iter__(self) -> Iterator[EyeCensus]:
        return iter(self.eyes)

    def add(self, pupil: Pupil) -> None:
        """Count one datum."""
        self.eyes[pupil.eye].add(pupil, self.threshold)

    def span(self) -> tuple[float, float] | None:
        """Return the first and the last timestamp of both eyes, None without data."""
        eyes = [eye for eye in self.eyes if eye.data]
        if not eyes:
            return None
        return min(eye.first for eye in eyes), max(eye.last for eye in eyes)
