"""One calibration, from its start to its result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from gazed import Fields
from gazed_plugins.hmd_calibration.collection import Collection
from gazed_plugins.hmd_calibration.fitter import Fitter
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS, Fit, fit_modules
from gazed_plugins.hmd_calibration.start import Start

NOT_ESTIMATED = "Parameters could not be estimated from data."
_NO_PUPILS = "No pupil data to match"
_NO_REFERENCES = "No reference data to match"
_NO_ANSWER = "The fit process gave no answer."


class ObstacleError(Exception):
    """A calibration has no data or no fit; the text is the reason that clients read."""


class Run:
    """Collects, then fits in a process of its own, which gets ready meanwhile.

    ``stopping`` is set when the client has asked for the result, ``fitting`` when no more
    data are taken. Raises OSError when the process cannot be started.
    """

    def __init__(self, start: Start) -> None:
        self.collection = Collection()
        self.stopping = False
        self.fitting = False
        self._start = start
        self._deadline = math.inf
        self._fitter = Fitter(fit_modules())

    @property
    def gazer(self) -> str:
        """The plugin that maps with the result."""
        return KINDS[self.collection.kind() or DEFAULT_KIND].gazer

    @property
    def patience(self) -> float:
        """Seconds left to wait for data that are on their way."""
        return self._deadline - time.monotonic()

    def stop(self, patience: float) -> None:
        """Wait at most ``patience`` seconds for data that are on their way."""
        self.stopping = True
        self._deadline = time.monotonic() + patience

    def abandon(self) -> None:
        """End the fit process."""
        self._fitter.stop()

    def fit(self, confidence: float, timeout: float) -> Callable[[], Fields]:
        """Return the work, for a thread, of fitting the data with at least this confidence.

        Raises ObstacleError when there is nothing to fit.
        """
        self.fitting = True
        kind, fit = self._kind(confidence)
        request = {
            "fit": fit.module,
            "pupils": self.collection.sure_rows(kind, confidence),
            "references": self.collection.targets[kind],
            **self._start.to_wire(),
        }
        return self._fitter.question(request, timeout)

    def _kind(self, confidence: float) -> tuple[str, Fit]:
        kind = self.collection.kind()
        if kind is None:
            usable = self.collection.sure_rows(DEFAULT_KIND, confidence)
            raise ObstacleError(_NO_REFERENCES if usable else _NO_PUPILS)
        fit = KINDS[kind].fit
        if fit is None:
            raise ObstacleError(KINDS[kind].missing)
        return kind, fit


def reason_of(answer: Any) -> str | None:
    """Return why an answer of the fit process, or an exception instead of it, is no result."""
    if isinstance(answer, Exception):
        return str(answer) or type(answer).__name__
    if "reason" in answer:
        return str(answer["reason"])
    if "params" not in answer:
        return _NO_ANSWER
    return None if _all_finite(answer["params"]) else NOT_ESTIMATED


def _all_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_all_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_all_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
