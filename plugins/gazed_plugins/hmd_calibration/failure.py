"""Why there is no result, in the reason that clients know and in fields that programs read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gazed import Fields
from gazed_plugins.hmd_calibration.collection import Collection
from gazed_plugins.hmd_calibration.shown import Shown

_HINTS = {
    "pupil_data": "No pupil data came: start the eyes, and look whether their cameras work.",
    "3d_pupil_data": "3D references (mm_pos) need 3D pupil data: start Detector_3D in both eyes.",
    "2d_pupil_data": "2D references (norm_pos) need 2D pupil data: start Detector_2D in the eyes.",
    "confidence": "The pupils were not seen well enough: look at the pictures of the eyes.",
    "references": "No usable reference came: send calibration.add_ref_data before should_stop.",
    "time_overlap": "The references' times are not the pupil data's: send the service's clock (t).",
    "matches": "No reference has confident pupil data near in time: did both come at once?",
    "fit": "Data and targets do not belong together: was the wearer looking at the targets?",
}


class ObstacleError(Exception):
    """There is nothing to fit; the text is the reason that clients read."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a calibration or validation has no result.

    ``code`` says what kind of failure this is: the first thing that is ``missing``, ``fit``,
    ``refused``, ``stopped``, ``fit_process`` or ``mapper``. ``figures`` are those of the fit.
    """

    code: str
    reason: str
    missing: Sequence[str] = ()
    figures: Fields = field(default_factory=dict)

    def to_wire(self) -> Fields:
        """Return the fields that explain the failure."""
        return {
            "reason": self.reason,
            "code": self.code,
            "missing": list(self.missing),
            "hint": _HINTS.get(self.code, ""),
            "matched": self.figures.get("matched", {"0": 0, "1": 0}),
            "quality": self.figures.get("quality", {}),
        }


def missing_from(collection: Collection, shown: Shown, kind: str) -> Iterator[str]:
    """Yield what a fit to this kind of references lacks, the most basic first."""
    if not collection.pupil_data:
        yield "pupil_data"
    elif not collection.pupils[kind]:
        yield "3d_pupil_data" if kind == "mm_pos" else "2d_pupil_data"
    elif not collection.rows[kind]:
        yield "confidence"
    if not collection.targets[kind]:
        yield "references"
    elif _apart(collection.census.span(), shown):
        yield "time_overlap"


def _apart(seen: tuple[float, float] | None, shown: Shown) -> bool:
    return seen is not None and (shown.first > seen[1] or shown.last < seen[0])
