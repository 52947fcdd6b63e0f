"""The plugin: what clients ask, handed to the one who answers it."""

from __future__ import annotations

from typing import Annotated, Any

from gazed import Arg, Context, MessageError, Notification, Pupil, hookimpl
from gazed_plugins.hmd_calibration.announcer import Announcer, EventOrder
from gazed_plugins.hmd_calibration.check import Check
from gazed_plugins.hmd_calibration.commands import command_of
from gazed_plugins.hmd_calibration.mappers import NEWS, Mappers
from gazed_plugins.hmd_calibration.sessions import FitChoice, Sessions, Settings
from gazed_plugins.hmd_calibration.start import vector

_CLOSED = "The calibration plugin was stopped before the calibration had ended."
_ANEW = "The calibration plugin was started anew before the calibration had ended."
_QUALITY = {
    "calibration.should_report_quality": "calibration",
    "validation.should_report_quality": "validation",
}


class HMDCalibration:
    """Calibrate a head-mounted display from the references that a client sends.

    The kind of reference decides the fit: mm_pos gives the 3D mapping of both eyes, norm_pos
    the 2D mapping of each eye. Every calibration that starts ends in exactly one
    ``calibration.successful`` or ``calibration.failed``, every validation in
    ``validation.successful`` or ``validation.failed``; a start that is refused is answered
    with the latter. Starting the plugin while it runs changes the arguments that are given.
    """

    order = 0.3
    role = "calibration"

    def __init__(
        self,
        context: Context,
        fit: Annotated[
            FitChoice, Arg(live=True, text="our fits, or those of Pupil 3 with their quirks")
        ] = "gazed",
        event_order: Annotated[
            EventOrder,
            Arg(live=True, text="calibration.stopped comes last, or where Pupil 2 sends it"),
        ] = "gazed",
        min_calibration_confidence: Annotated[
            float,
            Arg(low=0.0, high=1.0, live=True, text="pupil data below this are not fitted"),
        ] = 0.8,
        fit_timeout: Annotated[
            float, Arg("s", low=0.1, live=True, text="a fit that takes longer has failed")
        ] = 30.0,
        progress: Annotated[
            float,
            Arg("s", low=0.0, live=True, text="between two calibration.progress; 0 for none"),
        ] = 0.5,
    ) -> None:
        self._settings = Settings(fit, min_calibration_confidence, fit_timeout, progress)
        self._announce = Announcer(context, event_order)
        self._mappers = Mappers(context)
        self._sessions = Sessions(context, self._settings, self._announce, self._mappers)
        self._check = Check(context)

    def update(
        self,
        fit: FitChoice | None = None,
        event_order: EventOrder | None = None,
        min_calibration_confidence: float | None = None,
        fit_timeout: float | None = None,
        progress: float | None = None,
    ) -> None:
        """Begin anew, with these arguments changed: what clients expect of ``start_plugin``.

        Which mapper runs and how good it is stays known.
        """
        self._sessions.end(_ANEW)
        settings = self._settings
        settings.fit = fit or settings.fit
        settings.timeout = fit_timeout or settings.timeout
        settings.pause = settings.pause if progress is None else progress
        if min_calibration_confidence is not None:
            settings.confidence = min_calibration_confidence
        self._announce.order = event_order or self._announce.order

    def close(self) -> None:
        """Stop; a calibration under way fails, and so do those that clients asked for since."""
        self._sessions.end(_CLOSED)

    @hookimpl
    def on_pupil(self, pupil: Pupil) -> None:
        """Collect pupil data until the fit begins."""
        self._sessions.collect(pupil)
        self._check.add(pupil)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Calibrate between ``calibration.should_start`` and ``calibration.should_stop``.

        ``calibration.add_ref_data {ref_data: [{mm_pos or norm_pos, timestamp, id}]}`` brings
        the references. The same three with ``validation.`` (or ``accuracy_test.``) judge the
        mapper that runs and change nothing. ``calibration.should_check`` looks at the eyes
        before, ``calibration.should_report_quality`` tells the last quality again,
        ``set_min_calibration_confidence {value}`` sets the threshold on pupil data from the
        next start on.
        """
        subject = notification.subject
        command = command_of(notification)
        if command:
            self._sessions.command(command)
        elif subject in NEWS:
            self._mappers.hear(notification)
        elif subject in _QUALITY:
            self._announce.quality(_QUALITY[subject])
        elif subject == "calibration.should_check":
            self._check.begin(self._settings.confidence)
        elif subject == "calibrations.loaded":
            self._remember(notification)
        elif subject == "set_min_calibration_confidence":
            self._set_confidence(notification["value"])

    @hookimpl
    def tick(self) -> float | None:
        """Do what is due."""
        pauses = [part.tick() for part in (self._mappers, self._sessions, self._check)]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _remember(self, loaded: Notification) -> None:
        quality = loaded["quality"]
        if isinstance(quality, dict):
            self._announce.remember("calibration", loaded.text("gazer_class_name"), quality)

    def _set_confidence(self, value: Any) -> None:
        (confidence,) = vector([value], 1, "value")
        if not 0.0 <= confidence <= 1.0:
            raise MessageError(f"'value' is {confidence:g}, not between 0 and 1")
        self._settings.confidence = confidence
