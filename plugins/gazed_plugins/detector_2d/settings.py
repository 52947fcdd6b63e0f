"""What a client may change of the 2D detector, in our own words and in the old ones."""

from __future__ import annotations

import numpy as np

from gazed import Arg, MessageError
from gazed_plugins.detector_2d.detector import FLATTEST, LARGEST, SMALLEST
from gazed_plugins.detector_2d.legacy import LEGACY_PROPERTIES
from gazed_plugins.detector_properties import Properties

BRIGHT = Arg(live=True, text="the pupil is brighter than the iris: a light beside the lens")
LEAST = Arg("picture widths", 0.01, 1.0, live=True, text="smallest diameter of a pupil")
MOST = Arg("picture widths", 0.01, 1.0, live=True, text="largest diameter of a pupil")
FLAT = Arg("", 0.05, 1.0, live=True, text="least ratio of the short to the long axis")

RANGES = {
    "bright_pupil": BRIGHT,
    "smallest_diameter": LEAST,
    "largest_diameter": MOST,
    "flattest": FLAT,
}

OWN_PROPERTIES: Properties = {
    "bright_pupil": False,
    "smallest_diameter": SMALLEST,
    "largest_diameter": LARGEST,
    "flattest": FLATTEST,
}

PROPERTIES: Properties = {**OWN_PROPERTIES, **LEGACY_PROPERTIES}

IN_PIXELS = {"pupil_size_min": "smallest_diameter", "pupil_size_max": "largest_diameter"}
"""Old names that mean one of ours, counted in pixels of the camera's picture."""

SAME = {"ellipse_roundness_ratio": "flattest"}
"""Old names that mean the very same as one of ours."""


def bounded(name: str, value: float) -> float:
    """Return the nearest value that one of our properties may have."""
    return float(np.clip(value, RANGES[name].low, RANGES[name].high))


def check(values: Properties) -> None:
    """Raise MessageError for bounds of the diameter between which there is no pupil.

    Not so for the old names in pixels: old clients set one after the other.
    """
    least, most = values["smallest_diameter"], values["largest_diameter"]
    if least >= most:
        raise MessageError(
            f"smallest_diameter is {least:g}, not below largest_diameter, {most:g}; set both"
        )


def without_effect(names: set[str]) -> list[str]:
    """Return those properties that this detector has no use for: it adapts by itself."""
    return sorted(names - set(OWN_PROPERTIES) - set(IN_PIXELS) - set(SAME))
