"""The plugin: one target looked at, and gaze lies on it from then on."""

from __future__ import annotations

from collections import deque
from typing import Annotated

from gazed import Arg, Context, Gaze, MessageError, Notification, hookimpl
from gazed_plugins.drift_correction.correction import Correction, correction_from
from gazed_plugins.drift_correction.drift import Need, drift_of
from gazed_plugins.drift_correction.looks import UnsteadyError
from gazed_plugins.drift_correction.request import Request
from gazed_plugins.gaze.view import VIEW_REPORT, View

_CONFIDENT = 0.6
_LATE_SECONDS = 0.3
_TURN_SECONDS = 0.05
_MOST_KEPT = 1000
_REPLACED = "a newer request came before this one was done"
_CLOSED = "the plugin was stopped"
_CLOCK_SET = "the clock was set back meanwhile"
_NEW_MAPPER = "a new mapper started"


class DriftCorrection:
    """Correct gaze by what it is off at one target that the wearer looks at.

    3D gaze: each eye's line of sight is turned, and where both meet is worked out anew. 2D
    gaze: norm_pos is shifted. A correction counts from the mapper's own gaze, so a new one
    replaces the last one; it ends when a new mapper starts. Each ``should_correct`` ends in
    one ``drift_correction.corrected`` or ``.failed``.
    """

    order = 0.4

    def __init__(
        self,
        context: Context,
        max_degrees: Annotated[
            float, Arg("deg", low=0.1, high=90.0, text="more needs a new calibration")
        ] = 10.0,
    ) -> None:
        self._context = context
        self._max_degrees = max_degrees
        self._view = View.pinhole(1000.0, (1280, 720))
        self._correction: Correction | None = None
        self._history: deque[Correction] = deque(maxlen=_MOST_KEPT)
        self._calibrated: float | None = None
        self._request: Request | None = None
        self._asked = 0.0
        self._data: list[Gaze] = []
        context.notify("world_view.should_report")

    def close(self) -> None:
        """Stop; a request under way fails."""
        self._fail(_CLOSED)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``drift_correction.should_correct {mm_pos or norm_pos, timestamp, duration}``.

        ``.should_reset`` takes the correction away, ``.should_report`` is answered by
        ``drift_correction.report`` with all corrections since the mapper started, and the
        drift in degrees a minute.
        """
        subject = notification.subject
        if subject == "drift_correction.should_correct":
            self._begin(notification)
        elif subject == "drift_correction.should_reset":
            self._reset("asked for")
        elif subject == "drift_correction.should_report":
            self._report()
        elif subject == "plugin.started" and notification.get("role") == "gaze_mapper":
            self._reset(_NEW_MAPPER)
            self._calibrated = self._context.clock.now()
        elif subject == VIEW_REPORT:
            self._view = View.from_wire(notification.fields)

    @hookimpl
    def refine_gaze(self, gaze: Gaze) -> Gaze | None:
        """Correct a datum; while a target is shown, look at it as the mapper made it."""
        request = self._request
        if request is not None:
            if gaze.timestamp > request.end:
                self._conclude(request)
            elif gaze.timestamp >= request.start and gaze.confidence >= _CONFIDENT:
                self._data.append(gaze)
        return self._correction.applied(gaze) if self._correction else None

    @hookimpl
    def tick(self) -> float | None:
        """Conclude also when no more gaze comes."""
        request = self._request
        if request is None:
            return None
        now = self._context.clock.now()
        if now < self._asked:
            self._fail(_CLOCK_SET)
        elif now > request.end + _LATE_SECONDS:
            self._conclude(request)
        return _TURN_SECONDS

    def _begin(self, notification: Notification) -> None:
        self._fail(_REPLACED)
        self._asked = self._context.clock.now()
        try:
            self._request = Request.read(notification, self._asked)
        except MessageError as error:
            self._tell_failure(str(error))

    def _conclude(self, request: Request) -> None:
        try:
            correction = correction_from(self._data, request, self._view)
        except UnsteadyError as error:
            self._fail(str(error))
            return
        if correction.degrees > self._max_degrees:
            off = f"gaze is {correction.degrees:.1f} deg off, more than {self._max_degrees:g} deg"
            self._fail(f"{off}; look at the target, or calibrate anew")
            return
        self._forget_request()
        before, self._correction = self._correction, correction
        self._history.append(correction)
        self._tell(correction, before)

    def _tell(self, correction: Correction, before: Correction | None) -> None:
        right, up = (before.right, before.up) if before else (0.0, 0.0)
        self._context.log.info("gaze is corrected by %.2f deg", correction.degrees)
        self._context.notify(
            "drift_correction.corrected",
            timestamp=correction.timestamp,
            degrees=correction.degrees,
            right=correction.right,
            up=correction.up,
            change={"right": correction.right - right, "up": correction.up - up},
            used=sum(found.look.used for found in correction.found.values()),
            eyes={key: found.to_wire() for key, found in correction.found.items()},
        )

    def _fail(self, reason: str) -> None:
        if self._request is not None:
            self._forget_request()
            self._tell_failure(reason)

    def _tell_failure(self, reason: str) -> None:
        self._context.log.warning("gaze is not corrected: %s", reason)
        corrected = self._correction is not None
        self._context.notify("drift_correction.failed", reason=reason, corrected_before=corrected)

    def _forget_request(self) -> None:
        self._request = None
        self._data = []

    def _reset(self, reason: str) -> None:
        self._fail(reason)
        if self._correction is not None:
            self._context.notify("drift_correction.reset", reason=reason)
        self._correction = None
        if reason == _NEW_MAPPER:
            self._history.clear()

    def _report(self) -> None:
        needs = [Need(entry.timestamp, entry.right, entry.up) for entry in self._history]
        if self._calibrated is not None:
            needs.insert(0, Need(self._calibrated, 0.0, 0.0))
        self._context.notify(
            "drift_correction.report",
            active=self._correction is not None,
            calibrated=self._calibrated,
            corrections=[
                {"timestamp": entry.timestamp, "right": entry.right, "up": entry.up}
                for entry in self._history
            ],
            drift_per_minute=drift_of(needs),
        )
