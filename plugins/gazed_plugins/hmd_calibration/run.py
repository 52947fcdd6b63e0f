"""One calibration or validation, from its start to its result."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Literal

from gazed import Fields, MessageError, Pupil
from gazed_plugins.hmd_calibration.census import Census
from gazed_plugins.hmd_calibration.collection import Collection
from gazed_plugins.hmd_calibration.failure import Failure, ObstacleError, missing_from
from gazed_plugins.hmd_calibration.fitter import Fitter
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS, Fit, fit_modules
from gazed_plugins.hmd_calibration.packing import PackedList, packed_map
from gazed_plugins.hmd_calibration.preflight import Preflight, to_wire
from gazed_plugins.hmd_calibration.references import entries_of
from gazed_plugins.hmd_calibration.start import Start

Mode = Literal["calibration", "validation"]

_NO_PUPILS = "No pupil data to match"
_NO_PUPILS_2D = "Not enough ref points or pupil data available for calibration."
_NO_REFERENCES = "No reference data to match"
_OTHER_REFERENCES = "{} needs {} references, and none were sent."
_ENTRIES_AT_ONCE = 100


class Run:
    """Collects, then fits in a process of its own, which gets ready meanwhile.

    ``judged`` are the parameters of the mapper ``gazer`` that a validation judges; a
    calibration has none and finds its gazer by the references. ``stopping`` is set when the
    client has asked for the result, ``fitting`` when no more data are taken, ``told`` when
    all data have been published. Raises OSError when the process cannot be started.
    """

    def __init__(
        self, start: Start, confidence: float, gazer: str = "", judged: Fields | None = None
    ) -> None:
        census = Census(confidence)
        self.mode: Mode = "calibration" if judged is None else "validation"
        self.judged = judged
        self.stopping = False
        self.fitting = False
        self.told = False
        self.preflight = Preflight(start, census)
        self.collection = Collection(census, self.preflight.add_target)
        self._start = start
        self._gazer = gazer
        self._began = time.monotonic()
        self._deadline = math.inf
        self._reading: Iterator[bytes] | None = None
        self._fitter = Fitter(fit_modules())

    @property
    def gazer(self) -> str:
        """The plugin that maps with the result."""
        return self._gazer or KINDS[self._kind_meant()].gazer

    @property
    def as_original(self) -> Mapping[str, str]:
        """The arguments with which that plugin does as the original's."""
        return KINDS[self._kind_meant()].as_original

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    @property
    def patience(self) -> float:
        """Seconds left to wait for data that are on their way."""
        return self._deadline - time.monotonic()

    @property
    def reading(self) -> bool:
        """Whether references that came wait to be read."""
        return self._reading is not None

    def add_pupil(self, pupil: Pupil) -> None:
        """Take a pupil datum."""
        self.collection.add_pupil(pupil)
        self.preflight.add_pupil(pupil)

    def add_references(self, payload: bytes) -> None:
        """Take a message with references; ``read_on`` until ``reading`` is over."""
        self._reading = entries_of(payload)
        self.read_on()

    def read_on(self) -> None:
        """Read some more of the references that wait."""
        try:
            entries = list(islice(self._reading or (), _ENTRIES_AT_ONCE))
        except MessageError:
            entries, self._reading = [], None
            self.collection.malformed += 1
        for entry in entries:
            self.collection.add_reference(entry)
        if len(entries) < _ENTRIES_AT_ONCE:
            self._reading = None

    def stop(self, patience: float) -> None:
        """Wait at most ``patience`` seconds for data that are on their way."""
        self.stopping = True
        self._deadline = time.monotonic() + patience

    def abandon(self) -> None:
        """End the fit process."""
        self._fitter.stop()

    def fit(self, parity: bool, timeout: float) -> Callable[[], Fields]:
        """Return the work, for a thread, of fitting the data, or of judging a mapper by them.

        Raises ObstacleError when there is nothing to fit.
        """
        self.fitting = True
        kind, fit = self._kind()
        fields = {
            "fit": fit.module,
            "parity": parity,
            "confidence": self.collection.census.threshold,
            **self._start.to_wire(),
            **({"params": self.judged} if self.judged is not None else {}),
        }
        rows, targets = self.collection.rows[kind], self.collection.targets[kind]
        request = packed_map(fields, {"pupils": rows, "references": targets})
        return self._fitter.question(request, timeout)

    def data(self) -> Mapping[str, PackedList]:
        """Return the references, and the pupil data that a fit to them reads, as they came."""
        return self.collection.lists(self._kind_meant())

    def progress(self) -> Fields:
        """Return the live counts."""
        eyes = {str(eye): figures.brief() for eye, figures in enumerate(self.collection.census)}
        counts = self.collection.counts()
        wanted = ("references", "malformed_references", "pupil_data")
        return {"seconds": self.seconds, **{key: counts[key] for key in wanted}, "eyes": eyes}

    def facts(self) -> Fields:
        """Return what was gathered, for the result."""
        shown = self.preflight.shown
        census = self.collection.census
        return {
            **self.collection.counts(),
            "seconds": self.seconds,
            "reference_span": [shown.first, shown.last] if shown.count else None,
            "min_calibration_confidence": census.threshold,
            "eyes": {str(eye): figures.facts() for eye, figures in enumerate(census)},
            "headset": self._start.to_wire(),
            "warnings": to_wire(self.preflight.raised),
        }

    def failure(self, reason: str, code: str = "", figures: Fields | None = None) -> Failure:
        """Return what a failure with this reason was due to.

        Without a ``code`` that is the first thing the fit lacked, or the fit itself.
        """
        missing = list(missing_from(self.collection, self.preflight.shown, self._kind_meant()))
        matched = (figures or {}).get("matched", {})
        if matched and not (missing or any(matched.values())):
            missing = ["matches"]
        return Failure(code or [*missing, "fit"][0], reason, missing, figures or {})

    def _kind_meant(self) -> str:
        """Return the kind of reference that the mapper to judge, the data or the start ask for."""
        judged = (name for name, kind in KINDS.items() if kind.gazer == self._gazer)
        usual = DEFAULT_KIND if self._start.assumed else "mm_pos"
        return next(judged, None) or self.collection.kind() or usual

    def _kind(self) -> tuple[str, Fit]:
        kind = self._kind_meant()
        usable = self.collection.rows[kind]
        if self.collection.kind() is None:
            raise ObstacleError(_NO_REFERENCES if usable else _NO_PUPILS)
        if not self.collection.targets[kind]:
            raise ObstacleError(_OTHER_REFERENCES.format(self._gazer, kind))
        if not usable:
            raise ObstacleError(_NO_PUPILS if kind == "mm_pos" else _NO_PUPILS_2D)
        return kind, KINDS[kind].fit
