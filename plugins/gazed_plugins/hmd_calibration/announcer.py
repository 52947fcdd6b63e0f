"""What a calibration tells the world, in the order that clients rely on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gazed import Context, Fields
from gazed_plugins.hmd_calibration.collection import Collection
from gazed_plugins.hmd_calibration.setup_message import setup_payload

EventOrder = Literal["gazed", "pupil-2"]

_SETUP = "calibration.setup.v2"
_NO_FIGURES: Fields = {"matched": {"0": 0, "1": 0}, "quality": {}}


class Announcer:
    """Publishes the facts of spec: notifications 4.2, with the figures behind each result.

    By default ``calibration.stopped`` is the last one, because PsychoPy takes it for an
    abort; ``pupil-2`` is the original order, where it is the first after ``should_stop``.
    """

    def __init__(self, context: Context, order: EventOrder) -> None:
        self._context = context
        self._stopped_first = order == "pupil-2"

    def started(self) -> None:
        """Say that data are being collected."""
        self._context.notify("calibration.started")

    def stopping(self) -> None:
        """Say that collecting ends, if this order says so now."""
        if self._stopped_first:
            self._context.notify("calibration.stopped")

    def setup(self, gazer: str, collection: Collection) -> None:
        """Publish all collected data."""
        topic = f"notify.{_SETUP}"
        fields = {"subject": _SETUP, "topic": topic, **self._stamp(gazer), "version": 2}
        payload = setup_payload(fields, collection.references.items, collection.pupils.items)
        self._context.forward([topic.encode(), payload])

    def succeeded(self, gazer: str, collection: Collection, answer: Fields) -> None:
        """Publish the result and start the mapper with it."""
        facts = {**collection.counts(), **_figures(answer)}
        params = answer["params"]
        self._log_quality(facts["quality"])
        self._context.notify("calibration.successful", **self._stamp(gazer), **facts)
        self._context.notify(
            "calibration.result.v2", **self._stamp(gazer), params=params, version=2
        )
        self._context.notify("start_plugin", name=gazer, args=params)
        self._ended()

    def failed(
        self, gazer: str, collection: Collection, reason: str, answer: Mapping[str, Any]
    ) -> None:
        """Publish why there is no result; the mapper that runs goes on."""
        self._failed(gazer, reason, {**collection.counts(), **_figures(answer)})
        self._ended()

    def refused(self, gazer: str, reason: str) -> None:
        """Publish the failure of a calibration that never started."""
        self._failed(gazer, reason, {**Collection().counts(), **_NO_FIGURES})

    def _failed(self, gazer: str, reason: str, facts: Fields) -> None:
        self._context.log.error("Calibration Failed!")
        self._context.log.error("%s", reason)
        self._context.notify("calibration.failed", reason=reason, **self._stamp(gazer), **facts)

    def _log_quality(self, quality: Fields) -> None:
        for eye, figures in quality.items():
            if figures["fitted"]:
                line = "eye%s: calibrated with %d of %d references, error %.1f %% of the viewport"
                values = (figures["used"], figures["total"], 100 * figures["rms"])
                self._context.log.info(line, eye, *values)
            elif figures["total"]:
                self._context.log.warning("eye%s: not calibrated, its data do not fit", eye)

    def _ended(self) -> None:
        if not self._stopped_first:
            self._context.notify("calibration.stopped")

    def _stamp(self, gazer: str) -> Fields:
        now = self._context.clock.now()
        return {"gazer_class_name": gazer, "timestamp": now, "record": True}


def _figures(answer: Mapping[str, Any]) -> Fields:
    return {key: answer.get(key, nothing) for key, nothing in _NO_FIGURES.items()}
