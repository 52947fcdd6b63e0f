"""What is wrong with a calibration while there is time to put it right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gazed import Fields, Pupil
from gazed_plugins.hmd_calibration.census import Census, EyeCensus
from gazed_plugins.hmd_calibration.kinds import Numbers
from gazed_plugins.hmd_calibration.shown import Shown, Sights, mirrored
from gazed_plugins.hmd_calibration.start import Start

_FEW_SECONDS = 1.0
_CLOCK_SECONDS = 2.0
_NEAREST_EYES_MM, _FARTHEST_EYES_MM = 40.0, 90.0


@dataclass(frozen=True, slots=True)
class Concern:
    """One thing that is wrong: a code for programs, a sentence for people, the eye if it is one's.

    ``offset`` says by how many seconds a client's clock is ahead.
    """

    code: str
    text: str
    eye: int | None = None
    offset: float | None = None

    def to_wire(self) -> Fields:
        """Return the map that clients read."""
        fields: Fields = {"code": self.code, "text": self.text}
        if self.eye is not None:
            fields["eye"] = self.eye
        if self.offset is not None:
            fields["offset"] = self.offset
        return fields


class Preflight:
    """Watches a calibration's data; each concern is told once."""

    def __init__(self, start: Start, census: Census) -> None:
        self.raised: list[Concern] = []
        self.shown = Shown()
        self._start = start
        self._census = census
        self._sights = (Sights(), Sights())

    def add_pupil(self, pupil: Pupil) -> None:
        """Look at a pupil datum that the census has counted."""
        if pupil.confidence >= self._census.threshold:
            self._sights[pupil.eye].add(pupil)

    def add_target(self, kind: str, target: Numbers) -> None:
        """Look at a reference's (eye, timestamp, position)."""
        self.shown.add(kind, target)

    def new_concerns(self, seconds: float) -> list[Concern]:
        """Return what is wrong ``seconds`` after the start and has not been told yet."""
        told = {(concern.code, concern.eye) for concern in self.raised}
        found = [
            concern
            for concern in self._concerns(seconds)
            if (concern.code, concern.eye) not in told
        ]
        self.raised += found
        return found

    def _concerns(self, seconds: float) -> Iterator[Concern]:
        if seconds >= _FEW_SECONDS:
            yield from eye_concerns(self._census)
        if not self.shown.count:
            return
        yield from self._about_clock()
        if not self.shown.farthest:
            return
        yield from about_translations(self._start)
        if self.shown.in_metres:
            yield Concern("units", "mm_pos is within 10 mm of the eyes: is it in metres?")
        if seconds >= _FEW_SECONDS and not any(eye.data_3d for eye in self._census):
            yield Concern(
                "no_3d_pupil_data",
                "mm_pos references need 3D pupil data, and none arrive: start Detector_3D.",
            )
        if self._upside_down():
            yield Concern(
                "y_inverted",
                "The eyes see the targets mirrored: mm_pos is x right, y up, z forward.",
            )

    def _about_clock(self) -> Iterator[Concern]:
        span = self._census.span()
        offset = clock_offset(span, (self.shown.first, self.shown.last)) if span else 0.0
        if offset:
            side = "ahead of" if offset > 0 else "behind"
            yield Concern(
                "clock_off",
                f"The references' timestamps are {abs(offset):.1f} s {side} the pupil data;"
                " ask Pupil Remote for the time (t) and send its clock.",
                offset=offset,
            )

    def _upside_down(self) -> bool:
        eyes = [mirrored(self.shown.pairs(sights)) for sights in self._sights]
        return True in eyes and False not in eyes


def eye_concerns(census: Census) -> Iterator[Concern]:
    """Yield what is wrong with the eyes' data, once some have had time to come."""
    for eye, figures in enumerate(census):
        yield from _about_eye(eye, figures, census.threshold)
    blind = [eye for eye, figures in enumerate(census) if figures.blind]
    if len(blind) == 1:
        yield Concern("one_eye", f"Only eye {1 - blind[0]} is seen well enough.", 1 - blind[0])


def about_translations(start: Start) -> Iterator[Concern]:
    """Yield what is wrong with the eyes' positions that the client gave for a 3D calibration."""
    right, left = start.translations
    apart = math.dist(right, left)
    if start.assumed:
        yield Concern(
            "translations_assumed",
            "No translations of both eyes were given; those of usual eyes are assumed.",
        )
    if right[0] < left[0]:
        yield Concern(
            "eyes_swapped",
            "translation_eye0 is left of translation_eye1; eye 0 is the right eye, x points right.",
        )
    if not _NEAREST_EYES_MM <= apart <= _FARTHEST_EYES_MM:
        yield Concern(
            "translations",
            f"The translations put the eyes {apart:g} mm apart; they are in millimetres.",
        )


def clock_offset(seen: tuple[float, float], shown: tuple[float, float]) -> float:
    """Return how far the references' times lie outside of the pupil data's, 0 when they do not.

    Positive: the references are later. A couple of seconds count as none.
    """
    if shown[0] > seen[1] + _CLOCK_SECONDS:
        return shown[0] - seen[1]
    if shown[1] < seen[0] - _CLOCK_SECONDS:
        return shown[1] - seen[0]
    return 0.0


def to_wire(concerns: Iterable[Concern]) -> list[Fields]:
    """Return concerns as clients read them."""
    return [concern.to_wire() for concern in concerns]


def _about_eye(eye: int, figures: EyeCensus, threshold: float) -> Iterator[Concern]:
    if figures.absent:
        yield Concern("no_pupil_data", f"No pupil data of eye {eye} arrive: does it run?", eye)
    elif figures.blind:
        yield Concern(
            "no_pupil_seen",
            f"Eye {eye} is not seen: almost all confidences are below {threshold:g}.",
            eye,
        )
    elif figures.unsure:
        yield Concern(
            "low_confidence",
            f"Only {100 * figures.share_sure:.0f} % of eye {eye}'s data have a confidence of"
            f" {threshold:g} or more.",
            eye,
        )
