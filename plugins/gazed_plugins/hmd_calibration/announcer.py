"""What a calibration or a validation tells the world, in the order that clients rely on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from gazed import Context, Fields
from gazed_plugins.hmd_calibration.collection import Collection
from gazed_plugins.hmd_calibration.failure import Failure
from gazed_plugins.hmd_calibration.packing import packed_map
from gazed_plugins.hmd_calibration.preflight import Concern, to_wire
from gazed_plugins.hmd_calibration.run import Run

EventOrder = Literal["gazed", "pupil-2"]

_NO_QUALITY = "Nothing has been {} since the service started."


class Announcer:
    """Publishes the facts of spec: notifications 4.2, with the figures behind each result.

    Their subjects begin with the run's mode, ``calibration`` or ``validation``. By default
    ``stopped`` is the last one, because PsychoPy takes it for an abort; ``pupil-2`` is the
    original order, where it is the first after ``should_stop``.
    """

    def __init__(self, context: Context, order: EventOrder) -> None:
        self._context = context
        self.order = order
        self._quality: dict[str, Fields] = {}

    def started(self, run: Run) -> None:
        """Say that data are being collected."""
        self._notify(run, "started")

    def progress(self, run: Run, concerns: list[Concern]) -> None:
        """Say how it goes, and what is newly found to be wrong."""
        for concern in concerns:
            self._context.log.warning("%s", concern.text)
        self._notify(run, "progress", **run.progress(), warnings=to_wire(concerns))

    def stopping(self, run: Run) -> None:
        """Say that collecting ends, if this order says so now."""
        if self.order == "pupil-2":
            self._notify(run, "stopped")

    def data(self, run: Run) -> None:
        """Publish the collected data."""
        calibrates = run.mode == "calibration"
        subject = "calibration.setup.v2" if calibrates else "validation.data"
        fields = {"subject": subject, "topic": f"notify.{subject}", **self._stamp(run.gazer)}
        fields |= {"version": 2} if calibrates else {"gazer_params": run.judged}
        payload = packed_map(fields, run.data(), "calib_data" if calibrates else "")
        self._context.forward([fields["topic"].encode(), payload])

    def succeeded(self, run: Run, answer: Fields, options: Mapping[str, str]) -> None:
        """Publish the result; its mapper runs, with these options, or has run already."""
        figures = {"matched": answer.get("matched", {}), "quality": answer.get("quality", {})}
        self._log_quality(run, figures["quality"])
        facts = {**run.facts(), "mapper_options": dict(options)}
        self._notify(run, "successful", **self._stamp(run.gazer), **facts, **figures)
        if run.mode == "calibration":
            result = {"params": answer["params"], "version": 2}
            self._notify(run, "result.v2", **self._stamp(run.gazer), **result)
        self._tell_quality(run, figures)
        self._ended(run)

    def failed(self, run: Run, failure: Failure) -> None:
        """Publish why there is no result; the mapper that runs goes on."""
        self._failed(run.mode, run.gazer, failure, run.facts())
        self._ended(run)

    def refused(self, mode: str, gazer: str, reason: str) -> None:
        """Publish the failure of a calibration or validation that never started."""
        self._failed(mode, gazer, Failure("refused", reason), Collection().counts())

    def quality(self, mode: str) -> None:
        """Publish the quality of the last success again."""
        nothing = {"quality": {}, "reason": _NO_QUALITY.format(f"{mode[:-3]}ed")}
        self._context.notify(f"{mode}.quality", **self._quality.get(mode, nothing))

    def remember(self, mode: str, gazer: str, quality: Mapping[str, Any]) -> None:
        """Keep the quality of what runs now, for who asks."""
        self._quality[mode] = {**self._stamp(gazer), "quality": dict(quality)}

    def _tell_quality(self, run: Run, figures: Fields) -> None:
        self.remember(run.mode, run.gazer, figures["quality"])
        self._quality[run.mode]["matched"] = figures["matched"]
        self.quality(run.mode)
        quality = figures["quality"]
        if quality.get("unit") == "deg":
            names = {"accuracy": "accuracy_deg", "precision": "precision_deg"}
            keys = ("accuracy", "precision", "used", "total")
            self._notify(run, "accuracy", **{names.get(key, key): quality.get(key) for key in keys})

    def _failed(self, mode: str, gazer: str, failure: Failure, facts: Fields) -> None:
        self._context.log.error("%s Failed!", mode.capitalize())
        self._context.log.error("%s", failure.reason)
        fields = {**facts, **failure.to_wire(), **self._stamp(gazer)}
        self._context.notify(f"{mode}.failed", **fields)

    def _log_quality(self, run: Run, quality: Fields) -> None:
        if quality.get("accuracy") is not None:
            in_viewport = quality.get("unit") == "viewport"
            share, unit = (100.0, "% of the viewport") if in_viewport else (1.0, "degrees")
            line = "%s: accuracy %.2f %s, %d of %d data used"
            values = (share * quality["accuracy"], unit, quality["used"], quality["total"])
            self._context.log.info(line, run.mode, *values)
        for eye, figures in quality.get("eyes", {}).items():
            if figures["total"] and not figures["fitted"]:
                self._context.log.warning("eye%s: not calibrated, its data do not fit", eye)

    def _ended(self, run: Run) -> None:
        if self.order != "pupil-2":
            self._notify(run, "stopped")

    def _notify(self, run: Run, what: str, **fields: Any) -> None:
        self._context.notify(f"{run.mode}.{what}", **fields)

    def _stamp(self, gazer: str) -> Fields:
        now = self._context.clock.now()
        return {"gazer_class_name": gazer, "timestamp": now, "record": True}
