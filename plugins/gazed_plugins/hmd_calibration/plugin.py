"""The plugin: commands in, exactly one result out for each calibration."""

from __future__ import annotations

from collections import deque
from typing import Annotated, Any

from gazed import Arg, Context, Fields, MessageError, Notification, Pupil, hookimpl
from gazed_plugins.hmd_calibration.announcer import Announcer, EventOrder
from gazed_plugins.hmd_calibration.kinds import DEFAULT_KIND, KINDS
from gazed_plugins.hmd_calibration.run import ObstacleError, Run, reason_of
from gazed_plugins.hmd_calibration.start import Start, vector

_START = "calibration.should_start"
_ADD = "calibration.add_ref_data"
_STOP = "calibration.should_stop"
_ECHO = "hmd_calibration.echo"
_ECHO_SECONDS = 0.5
_DROPPED_WORTH_A_WARNING = 0.2
_CLOSED = "The calibration plugin was stopped before the calibration had ended."
_NO_VALIDATION = "Validation is not available for 2D calibrations."


class HMDCalibration:
    """Calibrate a head-mounted display from the references that a client sends.

    The kind of reference decides the fit: norm_pos gives the 2D mapping of each eye. Every
    calibration that starts ends in exactly one ``calibration.successful`` or
    ``calibration.failed``; a start that is refused is answered with the latter.
    """

    order = 0.3
    role = "calibration"

    def __init__(
        self,
        context: Context,
        event_order: Annotated[
            EventOrder, Arg(text="calibration.stopped comes last, or where Pupil 2 sends it")
        ] = "gazed",
        min_calibration_confidence: Annotated[
            float, Arg(low=0.0, high=1.0, text="pupil data below this are not fitted")
        ] = 0.8,
        fit_timeout: Annotated[
            float, Arg("s", low=0.1, text="a fit that takes longer has failed")
        ] = 10.0,
    ) -> None:
        self._context = context
        self._announce = Announcer(context, event_order)
        self._confidence = min_calibration_confidence
        self._fit_timeout = fit_timeout
        self._run: Run | None = None
        self._waiting: deque[Notification] = deque()
        context.subscribe(_ECHO, self._echoed)

    def close(self) -> None:
        """Stop; a calibration under way fails, and so do those that clients asked for since."""
        if self._run:
            self._run.abandon()
            self._fail(self._run, _CLOSED)
        for notification in self._waiting:
            if _is(notification, _START):
                self._refuse(_CLOSED)
        self._waiting.clear()

    @hookimpl
    def on_pupil(self, pupil: Pupil) -> None:
        """Collect pupil data until the fit begins."""
        if self._run and not self._run.fitting:
            self._run.collection.add_pupil(pupil)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Calibrate between ``calibration.should_start`` and ``calibration.should_stop``.

        ``calibration.add_ref_data {ref_data: [{norm_pos, timestamp, id}]}`` brings the
        references, ``set_min_calibration_confidence {value}`` the threshold on pupil data.
        ``validation.should_start`` is answered with ``validation.failed``.
        """
        if _is(notification, _START, _ADD, _STOP):
            self._waiting.append(notification)
            self._work_off()
        elif notification.subject == "set_min_calibration_confidence":
            self._set_confidence(notification["value"])
        elif _is(notification, "validation.should_start", "accuracy_test.should_start"):
            self._context.log.error("%s", _NO_VALIDATION)
            self._context.notify("validation.failed", reason=_NO_VALIDATION)

    @hookimpl
    def tick(self) -> float | None:
        """Begin the fit when the echo that should begin it does not come."""
        run = self._run
        if run is None or run.fitting or not run.stopping:
            return None
        if run.patience > 0.0:
            return run.patience
        self._fit(run)
        self._work_off()
        return None

    def _work_off(self) -> None:
        """Obey the commands that wait; those after a stop wait for its result."""
        while self._waiting and not (self._run and self._run.stopping):
            self._obey(self._waiting.popleft())

    def _obey(self, notification: Notification) -> None:
        if _is(notification, _START):
            self._start(notification)
        elif _is(notification, _ADD):
            self._add_references(notification)
        else:
            self._stop()

    def _start(self, notification: Notification) -> None:
        if self._run:
            self._context.log.warning("Calibration already running.")
            return
        try:
            self._run = Run(Start.read(notification))
        except MessageError as error:
            self._refuse(f"Calibration cannot be started: {error}.")
        except OSError as error:
            self._refuse(f"The fit process cannot be started: {error}.")
        else:
            self._announce.started()

    def _add_references(self, notification: Notification) -> None:
        if self._run is None:
            self._context.log.error("Ref data can only be added when calibration is running.")
            return
        try:
            entries = notification.get("ref_data")
        except MessageError:
            entries = None
        self._run.collection.add_references(entries)

    def _stop(self) -> None:
        run = self._run
        if run is None:
            self._context.log.debug("calibration.should_stop: no calibration is running")
            return
        run.stop(_ECHO_SECONDS)
        self._announce.stopping()
        # Pupil data do not travel with the notifications: some that were published before
        # this stop may still be on their way. An echo on their way comes back behind them.
        if not (self._context.wanted(_ECHO) and self._context.publish(_ECHO, {"run": id(run)})):
            self._fit(run)

    def _echoed(self, _topic: str, fields: Fields, _raw: Any) -> None:
        run = self._run
        if run and run.stopping and not run.fitting and fields.get("run") == id(run):
            self._fit(run)
            self._work_off()

    def _fit(self, run: Run) -> None:
        self._warn_of_poor_data(run)
        try:
            work = run.fit(self._confidence, self._fit_timeout)
        except ObstacleError as obstacle:
            run.abandon()
            self._announce.setup(run.gazer, run.collection)
            self._fail(run, str(obstacle))
        else:
            self._context.background(work, lambda answer: self._finish(run, answer))
            self._announce.setup(run.gazer, run.collection)

    def _finish(self, run: Run, answer: Any) -> None:
        if self._run is not run:
            return
        reason = reason_of(answer)
        if reason is None:
            self._run = None
            self._announce.succeeded(run.gazer, run.collection, answer)
        else:
            self._fail(run, reason, answer)
        self._work_off()

    def _fail(self, run: Run, reason: str, answer: Any = None) -> None:
        self._run = None
        figures = answer if isinstance(answer, dict) else {}
        self._announce.failed(run.gazer, run.collection, reason, figures)

    def _refuse(self, reason: str) -> None:
        self._announce.refused(KINDS[DEFAULT_KIND].gazer, reason)

    def _warn_of_poor_data(self, run: Run) -> None:
        dropped = run.collection.share_below(self._confidence)
        if dropped >= _DROPPED_WORTH_A_WARNING:
            self._context.log.warning(
                "%.0f %% of the pupil data have a confidence below %g and are not used",
                100 * dropped,
                self._confidence,
            )

    def _set_confidence(self, value: Any) -> None:
        (confidence,) = vector([value], 1, "value")
        if not 0.0 <= confidence <= 1.0:
            raise MessageError(f"'value' is {confidence:g}, not between 0 and 1")
        self._confidence = confidence


def _is(notification: Notification, *commands: str) -> bool:
    """Tell whether this is one of the commands, or one with more behind a dot, as v1 had it."""
    subject = notification.subject
    return any(subject == command or subject.startswith(f"{command}.") for command in commands)
