"""A look at the eyes before anybody calibrates."""

from __future__ import annotations

import time

from gazed import Context, Pupil
from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.preflight import eye_concerns, to_wire

_SECONDS = 1.0


class Check:
    """Answers ``calibration.should_check`` with what the eyes deliver in a second or two."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._census: Census | None = None
        self._began = 0.0

    def begin(self, confidence: float) -> None:
        """Begin to look; who asks meanwhile shares the answer."""
        if self._census is None:
            self._census = Census(confidence)
            self._began = time.monotonic()

    def add(self, pupil: Pupil) -> None:
        """Count a pupil datum while looking."""
        if self._census:
            self._census.add(pupil)

    def tick(self) -> float | None:
        """Answer when it is time; return in how many seconds that is, None when nobody asked."""
        if self._census is None:
            return None
        seconds = time.monotonic() - self._began
        if seconds < _SECONDS:
            return _SECONDS - seconds
        self._context.notify(
            "calibration.checked",
            seconds=seconds,
            min_calibration_confidence=self._census.threshold,
            eyes={str(eye): figures.facts() for eye, figures in enumerate(self._census)},
            warnings=to_wire(eye_concerns(self._census)),
        )
        self._census = None
        return None
