"""What one detector made of one picture."""

from __future__ import annotations

import math
from dataclasses import dataclass

from gazed import Ellipse, Frame, Point, Pupil
from gazed_plugins.bench.cases import Case
from gazed_plugins.bench.overlap import iou

WIDTHS = 0.01
"""How far from the truth a centre may be to count as right, in picture widths."""

_AREAS = 1.25


@dataclass(frozen=True, slots=True)
class Outcome:
    """One picture and one answer.

    ``labelled`` says that the picture's pupil is known, ``closed`` that there is none.
    ``center`` and ``axes`` are those of the answer in pixels, None without one. ``distance`` is
    that of the centres and ``diameter_error`` the difference of the major axes, in pixels;
    infinite without an answer, nan without a label. ``right`` means the centre within 1 % of
    the width and the area within 25 %: what a confidence promises.
    """

    width: int
    labelled: bool
    closed: bool
    confidence: float
    seconds: float
    center: Point | None
    distance: float = math.nan
    diameter_error: float = math.nan
    iou: float = 0.0
    near: bool = False
    right: bool = False


def judged(case: Case, pupil: Pupil | None, seconds: float) -> Outcome:
    """Compare an answer with what is known of the picture."""
    found = None if pupil is None else outline(pupil, case.frame)
    confidence = 0.0 if pupil is None or found is None else _share(pupil.confidence)
    width = case.frame.width
    center = found.center if found else None
    if case.label is None:
        return Outcome(width, False, case.closed, confidence, seconds, center)
    if found is None:
        return Outcome(width, True, False, 0.0, seconds, None, math.inf, math.inf)
    distance = math.dist(found.center, case.label.center)
    near = distance <= WIDTHS * width
    return Outcome(
        width,
        True,
        False,
        confidence,
        seconds,
        center,
        distance,
        found.diameter - case.label.diameter,
        iou(case.label, found),
        near,
        near and _same_area(found, case.label),
    )


def outline(pupil: Pupil, frame: Frame) -> Ellipse | None:
    """Return the ellipse of a datum in pixels; a circle when it has only place and diameter.

    None when it says that there is no pupil.
    """
    ellipse = pupil.ellipse
    if ellipse is None:
        x, y = pupil.norm_pos
        center = (x * frame.width, (1.0 - y) * frame.height)
        ellipse = Ellipse(center, (pupil.diameter, pupil.diameter), 0.0)
    figures = (*ellipse.center, *ellipse.axes, ellipse.angle)
    usable = all(math.isfinite(value) for value in figures) and min(ellipse.axes) > 0
    return ellipse if usable else None


def _share(confidence: float) -> float:
    return min(1.0, max(0.0, confidence)) if math.isfinite(confidence) else 0.0


def _same_area(found: Ellipse, label: Ellipse) -> bool:
    ratio = math.prod(found.axes) / math.prod(label.axes)
    return 1 / _AREAS <= ratio <= _AREAS
