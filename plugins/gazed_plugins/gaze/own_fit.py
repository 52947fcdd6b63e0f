"""A mapper's own calibration: started with data instead of parameters, it fits them first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gazed import Context, Fields, MessageError, Pupil, pack, pupil_from_wire
from gazed_plugins.calibration_3d.rows import row_3d
from gazed_plugins.hmd_calibration.answer import reason_of
from gazed_plugins.hmd_calibration.fitter import Fitter

_SECONDS = 60.0

Row = tuple[float, ...]


class OwnFit:
    """Fits ``calib_data`` {ref_list, pupil_list} in a process of its own and tells the result.

    The messages are those of spec: notifications 4.2: ``calibration.setup.v2``, then
    ``calibration.successful`` and ``calibration.result.v2``, or ``calibration.failed``.
    ``row_of`` reads a reference, raising MessageError for one it has no use for.
    """

    def __init__(
        self,
        context: Context,
        calib_data: Mapping[str, Any],
        row_of: Callable[[Mapping[str, Any]], Row],
        then: Callable[[Fields], None],
    ) -> None:
        self._context = context
        self._then = then
        self._references = list(_rows(calib_data.get("ref_list"), row_of))
        self._pupils = list(_rows(calib_data.get("pupil_list"), _pupil_row))
        self._fitter: Fitter | None = None
        context.notify("calibration.setup.v2", calib_data=calib_data, version=2, **self._stamp())

    def begin(self, module: str, settings: Fields) -> None:
        """Ask ``module`` for the fit; the mapper's parameters come in the host's loop."""
        self._fitter = Fitter([module])
        lists = {"pupils": self._pupils, "references": self._references}
        request = pack({"fit": module, **lists, **settings})
        self._context.background(self._fitter.question(request, _SECONDS), self._finish)

    def stop(self) -> None:
        """End the fit if it is under way."""
        if self._fitter:
            self._fitter.stop()

    def fail(self, reason: str) -> None:
        """Tell that there is no result."""
        self._context.log.error("Calibration Failed!")
        self._context.log.error("%s", reason)
        self._context.notify("calibration.failed", reason=reason, **self._stamp())

    def _finish(self, answer: Any) -> None:
        self._fitter = None
        reason = reason_of(answer)
        if reason is not None:
            self.fail(reason)
            return
        facts = {"matched": answer["matched"], "quality": answer["quality"]}
        self._context.notify("calibration.successful", **self._stamp(), **facts)
        self._context.notify(
            "calibration.result.v2", params=answer["params"], version=2, **self._stamp()
        )
        self._then(answer["params"])

    def _stamp(self) -> Fields:
        now = self._context.clock.now()
        return {"gazer_class_name": self._context.name, "timestamp": now, "record": True}


def _rows(entries: Any, row_of: Callable[[Mapping[str, Any]], Row | None]) -> Sequence[Row]:
    rows = []
    for entry in entries if isinstance(entries, (list, tuple)) else ():
        try:
            row = row_of(entry) if isinstance(entry, dict) else None
        except MessageError:
            row = None
        if row:
            rows.append(row)
    return rows


def _pupil_row(fields: Mapping[str, Any]) -> Row | None:
    topic = fields.get("topic")
    pupil: Pupil = pupil_from_wire(topic if isinstance(topic, str) else "", dict(fields))
    return row_3d(pupil)
