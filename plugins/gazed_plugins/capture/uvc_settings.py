"""What a UVC camera is told when it is opened (spec: features 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gazed_plugins.capture.cameras import Mode
from gazed_plugins.capture.exposure import longest_exposure

EXPOSURE = "Absolute Exposure Time"


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model of camera is to be treated.

    ``trusted`` says that its own time is worth a trial, ``auto_exposure`` that its exposure
    is set in software, ``striped`` that its pictures may come with lines out of place.
    """

    bandwidth_factor: float = 2.0
    controls: Mapping[str, Any] = field(default_factory=dict)
    trusted: bool = False
    auto_exposure: bool = False
    striped: bool = False


_STEADY = {"Auto Exposure Priority": 0, "Auto Exposure Mode": 1, "Saturation": 0}
_CAM1 = Settings(
    bandwidth_factor=1.3,
    controls={**_STEADY, EXPOSURE: 63, "Backlight Compensation": 2, "Gamma": 100},
    trusted=True,
)
_CAM1_WORLD = Settings(controls={"Auto Exposure Priority": 1}, trusted=True)
_CAM3 = Settings(controls={**_STEADY, "Gamma": 200}, trusted=True, auto_exposure=True)
_CAM2 = replace(_CAM3, striped=True)
_OTHER = Settings(controls={"Auto Focus": 0})

_KNOWN = {
    r"Pupil Cam1 ID[01]": _CAM1,
    r"Pupil Cam1 ID2": _CAM1_WORLD,
    r"Pupil Cam2 ID[01]": _CAM2,
    r"Pupil Cam3 ID[01]": _CAM3,
}


def settings_for(name: str) -> Settings:
    """Return the settings of a camera by its name; safe ones for models nobody knows."""
    return next((known for model, known in _KNOWN.items() if re.match(model, name)), _OTHER)


def wished_mode(name: str, mode: Mode) -> Mode:
    """Return the mode to look for: 192x192 where a Cam2 or Cam3 is asked for 320x240."""
    if settings_for(name).auto_exposure and (mode.width, mode.height) == (320, 240):
        return Mode(192, 192, mode.rate)
    return mode


def controls_at_start(name: str, mode: Mode) -> dict[str, Any]:
    """Return the values that a camera's controls get when it is opened in a mode."""
    settings = settings_for(name)
    if settings.auto_exposure:
        return {**settings.controls, EXPOSURE: longest_exposure(mode.rate)}
    return dict(settings.controls)
