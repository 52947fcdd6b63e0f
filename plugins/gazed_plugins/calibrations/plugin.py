"""The plugin: requests in, exactly one answer out for each, in the order of the requests."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from gazed import Arg, Context, Fields, MessageError, Notification, __version__, hookimpl
from gazed_plugins.calibrations.record import CalibrationFileError, Record
from gazed_plugins.calibrations.request import Request
from gazed_plugins.calibrations.shelf import Shelf, check_name
from gazed_plugins.hmd_calibration import MapperStart

_PREFIX = "calibrations.should_"
_NOTHING = "nothing was calibrated since Calibrations was started, so there is nothing to save"
_STOPPED = "the plugin Calibrations was stopped"


class Calibrations:
    """Keep calibrations under names, and bring them back.

    Nothing is kept unasked: the last finished calibration is held in memory until
    ``calibrations.should_save`` gives it a name. Saving under a known name makes a new version.
    """

    def __init__(
        self,
        context: Context,
        load: Annotated[str, Arg(text="the calibration to load at the start; empty for none")] = "",
    ) -> None:
        self._context = context
        self._shelf = Shelf(context.settings)
        self._last: Fields | None = None
        self._success: Fields = {}
        self._busy: Request | None = None
        self._loading: tuple[MapperStart, Record] | None = None
        self._waiting: deque[Request] = deque()
        if load:
            check_name(load)
            self._waiting.append(Request("load", load))
            self._next()

    def close(self) -> None:
        """Stop; who still waits for an answer gets one."""
        for request in [self._busy, *self._waiting]:
            if request:
                self._fail(request, _STOPPED)
        self._busy = None
        self._waiting.clear()

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Save, load, show, delete or list calibrations.

        ``calibrations.should_save {name, note}``, ``.should_load {name, version}``,
        ``.should_show``, ``.should_delete`` and ``.should_list`` each end in
        ``calibrations.saved``, ``.loaded``, ``.shown``, ``.deleted`` or ``.listed``, or in
        ``calibrations.failed {asked, name, reason}``. The newest version is meant where none
        is given; deleting then means all.
        """
        subject = notification.subject
        if subject.startswith(_PREFIX):
            self._asked(subject.removeprefix(_PREFIX), notification)
        elif subject == "calibration.successful":
            self._success = notification.fields
        elif subject == "calibration.result.v2":
            self._finished(notification)
        elif self._loading:
            self._heard(notification, *self._loading)

    @hookimpl
    def tick(self) -> float | None:
        """Give up on a mapper that does not start."""
        if self._loading is None:
            return None
        start, _ = self._loading
        if start.patience > 0.0:
            return start.patience
        self._done(CalibrationFileError(start.late))
        return None

    def _asked(self, verb: str, notification: Notification) -> None:
        try:
            request = Request.read(verb, notification)
        except MessageError as error:
            self._fail(Request(verb), str(error))
            return
        if request is not None:
            self._waiting.append(request)
            self._next()

    def _finished(self, result: Notification) -> None:
        self._last = {
            "gazer_class_name": result.text("gazer_class_name"),
            "params": {**result["params"], **self._success.get("mapper_options", {})},
            "timestamp": result["timestamp"],
            "quality": self._success.get("quality", {}),
            "headset": self._success.get("headset", {}),
        }

    def _next(self) -> None:
        if self._busy or not self._waiting:
            return
        self._busy = self._waiting.popleft()
        try:
            work = self._work(self._busy)
        except CalibrationFileError as error:
            self._done(error)
        else:
            self._context.background(work, self._worked)

    def _work(self, request: Request) -> Callable[[], Any]:
        shelf, name, version = self._shelf, request.name, request.version
        if request.verb == "list":
            return shelf.all
        if request.verb == "delete":
            return lambda: shelf.delete(name, version)
        if request.verb == "save":
            record = self._record(request)
            return lambda: shelf.save(record)
        return lambda: shelf.find(name, version)

    def _record(self, request: Request) -> Record:
        check_name(request.name)
        if self._last is None:
            raise CalibrationFileError(_NOTHING)
        return Record(
            name=request.name,
            version=0,
            saved=datetime.now(UTC).isoformat(timespec="seconds"),
            note=request.note,
            gazed=__version__,
            **self._last,
        )

    def _worked(self, result: Any) -> None:
        """Take the outcome of the disk's work: answer, or go on with starting the mapper."""
        request = self._busy
        if request is None:
            return
        if isinstance(result, Exception):
            self._done(result)
        elif request.verb == "load":
            start = MapperStart(self._context, result.gazer_class_name, result.params)
            self._loading = start, result
        else:
            self._answer(request, result)
            self._done()

    def _answer(self, request: Request, result: Any) -> None:
        if request.verb == "list":
            records, damaged = result
            self._tell(
                request,
                "listed",
                calibrations=[record.summary() for record in records],
                damaged=[entry.to_wire() for entry in damaged],
                unsaved=self._unsaved(),
            )
        elif request.verb == "delete":
            self._tell(request, "deleted", name=request.name, versions=result)
        elif request.verb == "show":
            self._tell(request, "shown", **result.summary(), params=result.params)
        else:
            self._tell(request, "saved", **result.summary())

    def _unsaved(self) -> Fields | None:
        if self._last is None:
            return None
        return {key: value for key, value in self._last.items() if key != "params"}

    def _heard(self, news: Notification, start: MapperStart, record: Record) -> None:
        verdict = start.verdict(news)
        if verdict:
            self._done(CalibrationFileError(verdict))
        elif verdict is not None and self._busy:
            self._tell(self._busy, "loaded", **record.summary())
            self._done()

    def _done(self, error: Exception | None = None) -> None:
        request, self._busy, self._loading = self._busy, None, None
        if request and error:
            self._fail(request, str(error))
        self._next()

    def _fail(self, request: Request, reason: str) -> None:
        self._context.log.error("calibrations.should_%s: %s", request.verb, reason)
        self._tell(request, "failed", asked=request.verb, name=request.name, reason=reason)

    def _tell(self, request: Request, what: str, **fields: Any) -> None:
        echo = {} if request.echo is None else {"request": request.echo}
        self._context.notify(f"calibrations.{what}", **fields, **echo)
