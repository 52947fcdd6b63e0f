"""The plugin: openness of the lids for each frame, and a notification when the eye closes."""

from __future__ import annotations

from gazed import Context, Frame, Notification, PluginError, Pupil, hookimpl
from gazed_plugins.eyelids.closure import Closed, Closure, Opened
from gazed_plugins.eyelids.model import SEEN, TRUSTED, LidModel, Reading
from gazed_plugins.eyelids.views import Floats, cell_at, view_of


class Eyelids:
    """Publishes ``eyelid.<id>`` for each frame once it has seen this wearer blink.

    Openness is relative to how open this wearer's eye usually is, and is no angle and no
    length. Nothing is published before the first blink, for until then nobody knows what
    the closed eye looks like. ``confidence`` grows with the blinks seen and falls where the
    picture is neither an open nor a closed eye of this wearer.

    What it cannot do: tell lids that stay half closed for half a minute from usual ones;
    tell something as bright as skin that covers the pupil for the time of a blink from a
    lid; work where the skin is as dark as the pupil. More in docs/blinks.md.
    """

    order = 0.9

    def __init__(self, context: Context) -> None:
        if context.eye is None:
            raise PluginError("Eyelids runs in the hosts eye0 and eye1; give host or target")
        self._context = context
        self._eye = context.eye
        self._topic = f"eyelid.{context.eye}"
        self._shape: tuple[int, ...] = ()
        self._closure = Closure()
        self._model = LidModel()
        self._report()

    def close(self) -> None:
        """Tell others that this eye's lids are not watched any more."""
        self._begin_anew()

    @hookimpl
    def detect_pupil(self, frame: Frame, found: list[Pupil]) -> None:
        """Look at a picture together with the pupil that was found in it; find none."""
        if self._shape not in ((), frame.gray.shape):
            self._begin_anew()
        self._shape = frame.gray.shape
        pupil = found[0] if found else None
        view = view_of(frame.gray)
        reading = self._model.read(view)
        if reading is not None:
            self._tell(reading, frame.timestamp, pupil is not None and pupil.confidence >= SEEN)
        if pupil is not None:
            self._learn(view, pupil, frame.timestamp)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``eyelids.should_report`` is answered by ``eyelids.report``.

        When ``eye_model.changed`` tells that the headset has slipped, the open eye is learned
        anew faster.
        """
        subject = notification.subject
        if subject not in ("eyelids.should_report", "eye_model.changed"):
            return
        if notification.get("eye_id") not in (None, self._eye):
            return
        if subject == "eyelids.should_report":
            self._report()
        elif notification.get("state") == "moved":
            self._model.doubt()

    def _begin_anew(self) -> None:
        self._model = LidModel()
        self._notify(self._closure.stop(), 0.0)
        self._report()

    def _tell(self, reading: Reading, timestamp: float, pupil: bool) -> None:
        confidence = self._model.confidence(reading, pupil)
        if reading.likeness >= TRUSTED:
            self._notify(self._closure.see(reading.openness, timestamp, pupil), confidence)
        if self._context.wanted(self._topic):
            fields = {
                "topic": self._topic,
                "id": self._eye,
                "timestamp": timestamp,
                "openness": min(max(reading.openness, 0.0), 1.0),
                "confidence": confidence,
                "closed": self._closure.closed,
                "closed_for": self._closure.seconds(timestamp),
            }
            self._context.publish(self._topic, fields)

    def _learn(self, view: Floats, pupil: Pupil, timestamp: float) -> None:
        was_ready = self._model.ready
        self._model.learn(view, timestamp, pupil.confidence, cell_at(pupil.norm_pos))
        if self._model.ready != was_ready:
            self._report()

    def _notify(self, event: Closed | Opened | None, confidence: float) -> None:
        if isinstance(event, Closed):
            self._context.notify(
                "eyelid.closed",
                eye_id=self._eye,
                timestamp=event.timestamp,
                confidence=confidence,
            )
        elif event is not None:
            self._context.notify(
                "eyelid.opened",
                eye_id=self._eye,
                timestamp=event.timestamp,
                duration=event.duration,
                confidence=confidence,
            )

    def _report(self) -> None:
        model = self._model
        self._context.notify(
            "eyelids.report", eye_id=self._eye, ready=model.ready, closings=model.closings
        )
