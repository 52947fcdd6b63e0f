"""The plugin: the old ``blinks`` data, and blinks and winks of both eyes' lids."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from typing import Annotated

from gazed import Arg, Context, MessageError, Notification, Pupil, hookimpl, pupil_to_wire
from gazed_plugins.blink_detection.both_eyes import BothEyes, Change
from gazed_plugins.blink_detection.steps import step_response

_EYES = (0, 1)


class BlinkDetection:
    """Publish ``blinks`` data while the confidence of both eyes' 2D data steps down or up.

    One blink gives a run of ``onset`` data, then a run of ``offset`` data
    (spec: data 5). Where ``Eyelids`` runs in the eyes' hosts, each blink also gives one
    ``blink.started`` and one ``blink.ended``, from the lids themselves, and each wink one
    ``wink.started`` and one ``wink.ended``.
    """

    order = 0.8

    def __init__(
        self,
        context: Context,
        history_length: Annotated[float, Arg("s", low=0.0, text="window that is looked at")] = 0.2,
        onset_confidence_threshold: Annotated[
            float, Arg(low=0.0, high=1.0, text="a larger response is an onset")
        ] = 0.5,
        offset_confidence_threshold: Annotated[
            float, Arg(low=0.0, high=1.0, text="a larger negative response is an offset")
        ] = 0.5,
    ) -> None:
        self._context = context
        self._seconds = history_length
        self._onset = onset_confidence_threshold
        self._offset = offset_confidence_threshold
        self._history: deque[Pupil] = deque()
        self._both = BothEyes()
        context.notify("eyelids.should_report")

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``eyelid.closed`` and ``eyelid.opened`` of each eye, and which eyes are watched."""
        subject = notification.subject
        if not subject.startswith("eyelid") or notification.get("eye_id") not in _EYES:
            return
        eye = int(notification["eye_id"])
        if subject == "eyelids.report":
            self._tell(self._both.watch(eye, bool(notification["ready"])))
        elif subject == "eyelid.closed":
            self._tell(self._both.closed(eye, _number(notification, "timestamp")))
        elif subject == "eyelid.opened":
            timestamp, duration = (_number(notification, key) for key in ("timestamp", "duration"))
            self._tell(self._both.opened(eye, timestamp, duration))

    @hookimpl
    def on_pupil(self, pupil: Pupil) -> None:
        """Look at one more 2D datum."""
        self._tell(self._both.pictured(pupil.eye, pupil.timestamp))
        if "2d" not in pupil.topic or not self._ready(pupil):
            return
        response = step_response([pupil.confidence for pupil in self._history])
        if response > self._onset:
            self._publish("onset", response)
        elif response < -self._offset:
            self._publish("offset", response)

    def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            more = {} if change.duration is None else {"duration": change.duration}
            self._context.notify(
                f"{change.kind}.{'ended' if more else 'started'}",
                eyes=list(change.eyes),
                timestamp=change.timestamp,
                **more,
            )

    def _ready(self, pupil: Pupil) -> bool:
        """Add to the history; tell whether it is long enough."""
        history = self._history
        history.append(pupil)
        length = pupil.timestamp - history[0].timestamp
        if length < 0.0:
            history.clear()
            return False
        while len(history) > 1 and pupil.timestamp - history[1].timestamp > self._seconds:
            history.popleft()
        return len(history) >= 2 and length >= self._seconds

    def _publish(self, kind: str, response: float) -> None:
        if not self._context.wanted("blinks"):
            return
        fields = {
            "topic": "blinks",
            "type": kind,
            "confidence": min(abs(response), 1.0),
            "timestamp": self._history[len(self._history) // 2].timestamp,
            "base_data": [pupil_to_wire(pupil) for pupil in self._history],
            "record": True,
        }
        self._context.publish("blinks", fields)


def _number(notification: Notification, key: str) -> float:
    value = notification[key]
    if isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value):
        return float(value)
    raise MessageError(f"{notification.subject}: {key} is {value!r}, not a number")
