"""The kinds of reference a client may send, and which fit each of them needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from gazed import Pupil
from gazed_plugins.calibration_3d.rows import row_3d

Numbers = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How pupil data and references of one kind become a mapper.

    ``module`` has the function ``answer`` that the fit process calls. ``row`` returns the
    numbers of a pupil datum that this fit reads, its eye and timestamp first, or None for a
    datum it has no use for.
    """

    module: str
    row: Callable[[Pupil], Numbers | None]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of reference: the position's length, the mapper's plugin name, and the fit.

    ``as_original`` are the arguments with which the mapper does as that of Pupil 3.
    """

    length: int
    gazer: str
    fit: Fit
    as_original: Mapping[str, str] = field(default_factory=dict)


def row_2d(pupil: Pupil) -> Numbers | None:
    """Return (eye, timestamp, x, y) of a 2D datum."""
    return (pupil.eye, pupil.timestamp, *pupil.norm_pos) if "2d" in pupil.method else None


# In order of preference, for clients that send several kinds.
KINDS = {
    "mm_pos": Kind(
        length=3,
        gazer="GazerHMD3D",
        fit=Fit(module="gazed_plugins.hmd_calibration.fit_3d", row=row_3d),
        as_original={"depth": "pupil-3"},
    ),
    "norm_pos": Kind(
        length=2,
        gazer="Gaze_Mapper_HMD_2D",
        fit=Fit(module="gazed_plugins.hmd_calibration.fit", row=row_2d),
    ),
}
DEFAULT_KIND = "norm_pos"


def fit_modules() -> list[str]:
    """Return the modules that a fit process should load."""
    return [kind.fit.module for kind in KINDS.values()]
