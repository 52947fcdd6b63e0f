"""The numbers of a 3D pupil datum that the calibration reads; no numpy, for the host's sake."""

from __future__ import annotations

from gazed import Pupil

Numbers = tuple[float, ...]


def row_3d(pupil: Pupil) -> Numbers | None:
    """Return (eye, timestamp, confidence, model_confidence, center(3), normal(3)) of a 3D datum.

    Centre (mm) and unit normal of the eyeball are in the eye camera's frame. None for other data
    and for third parties' 3D data that lack these numbers.
    """
    if "3d" not in pupil.method:
        return None
    sphere, circle = pupil.extra.get("sphere"), pupil.extra.get("circle_3d")
    if not (isinstance(sphere, dict) and isinstance(circle, dict)):
        return None
    sure = pupil.extra.get("model_confidence", 1.0)
    try:
        x, y, z = map(float, sphere["center"])
        nx, ny, nz = map(float, circle["normal"])
        return (pupil.eye, pupil.timestamp, pupil.confidence, float(sure), x, y, z, nx, ny, nz)
    except (KeyError, TypeError, ValueError):
        return None
