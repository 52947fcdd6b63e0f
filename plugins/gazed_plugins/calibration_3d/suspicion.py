"""What the client may have got wrong when the eyes seem not to follow the targets."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from gazed_plugins.calibration_3d.calibrate import follows
from gazed_plugins.calibration_3d.eyes import EyeData
from gazed_plugins.calibration_3d.timeline import Timeline, timeline_of
from gazed_plugins.calibration_3d.vectors import Floats

_SHIFTS = sorted((0.25 * k for k in range(-40, 41) if k), key=abs)
_MIRRORED = np.array([1.0, 1.0, -1.0, 1.0])
_FEWEST_TARGETS, _MOST_TARGETS, _EVERY = 5, 60, 3


def suspicion(data: Sequence[EyeData], references: Floats, positions: Sequence[Floats]) -> str:
    """Return a sentence about what would make an eye follow the targets, or an empty text.

    Tried are references (m, 4) with y the other way, and up to ten seconds earlier or later; but
    not for fewer than five targets, which chance explains.
    """
    eye = 0 if len(data[0]) >= len(data[1]) else 1
    some = data[eye].chosen(np.arange(0, len(data[eye]), _EVERY))

    def explains(shown: Timeline) -> bool:
        return len(shown.first) >= _FEWEST_TARGETS and follows(some, shown, positions[eye])

    if explains(timeline_of(references * _MIRRORED, positions, _MOST_TARGETS)):
        return "They would if y pointed the other way: mm_pos has y up."
    shown = timeline_of(references, positions, _MOST_TARGETS)
    for shift in _SHIFTS:
        if explains(shown.shifted(shift)):
            when = "later" if shift > 0 else "earlier"
            return (
                f"They would if the references came about {abs(shift):g} s {when}: check the clock."
            )
    return ""
