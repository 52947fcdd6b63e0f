"""What clients may ask of a running camera, each request with one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gazed import Context, MessageError, Notification, PluginError
from gazed_plugins.capture.cameras import (
    CameraInfo,
    ControlInfo,
    Mode,
    OpenCamera,
    RefusedError,
)
from gazed_plugins.capture.grabber import Grabber
from gazed_plugins.capture.identity import Binding

Report = Callable[[], dict[str, Any]]


class Requests:
    """Takes ``capture.should_*`` for one eye and has them done in the camera's thread."""

    def __init__(self, context: Context, eye: int, grabber: Grabber, report: Report) -> None:
        self._context = context
        self._eye = eye
        self._grabber = grabber
        self._report = report

    def take(self, notification: Notification) -> None:
        """Work on a request; one with the other eye's ``eye_id`` is left alone."""
        if notification.get("eye_id") not in (None, self._eye):
            return
        try:
            self._begin(notification)
        except MessageError as error:
            self._refuse(notification, RefusedError(str(error)))

    def _begin(self, notification: Notification) -> None:
        subject = notification.subject
        if subject.startswith("capture.should_report"):
            self._grabber.errands.ask(_details, self._reported)
        elif subject.startswith("capture.should_set_control"):
            self._set_control(notification)
        elif subject.startswith("capture.should_set_mode"):
            self._set_mode(notification)
        elif subject.startswith("capture.should_set_camera"):
            self._set_camera(notification)

    def _reported(self, details: dict[str, Any] | RefusedError) -> None:
        known = {} if isinstance(details, RefusedError) else details
        self._context.notify("capture.report", **self._report(), **known)

    def _set_control(self, notification: Notification) -> None:
        name, value = notification.text("name"), notification["value"]

        def work(camera: OpenCamera) -> ControlInfo:
            return self._grabber.set_control(camera, name, value)

        self._ask(notification, "capture.control_set", work)

    def _set_mode(self, notification: Notification) -> None:
        mode = _mode_in(notification)

        def work(camera: OpenCamera) -> Mode:
            self._grabber.switch(camera, mode)
            return camera.mode

        self._ask(notification, "capture.mode_set", work)

    def _set_camera(self, notification: Notification) -> None:
        try:
            binding = Binding(notification.text("camera"), self._eye)
        except PluginError as error:
            raise MessageError(str(error)) from None

        def answer(result: CameraInfo | RefusedError) -> None:
            if isinstance(result, RefusedError):
                self._refuse(notification, result)
            else:
                camera = result.to_wire()
                self._context.notify("capture.camera_set", eye_id=self._eye, camera=camera)

        self._grabber.errands.ask_for(binding, answer)

    def _ask(
        self,
        notification: Notification,
        subject: str,
        work: Callable[[OpenCamera], ControlInfo | Mode],
    ) -> None:
        def answer(result: ControlInfo | Mode | RefusedError) -> None:
            if isinstance(result, RefusedError):
                self._refuse(notification, result)
            else:
                self._context.notify(subject, eye_id=self._eye, **result.to_wire())

        self._grabber.errands.ask(work, answer)

    def _refuse(self, notification: Notification, error: RefusedError) -> None:
        self._context.log.error(
            "eye%d: %s refused: %s", self._eye, notification.subject, error.reason
        )
        self._context.notify(
            "capture.refused",
            eye_id=self._eye,
            request=notification.subject,
            reason=error.reason,
            known=error.known,
        )


def _details(camera: OpenCamera) -> dict[str, Any]:
    return {
        "modes": [mode.to_wire() for mode in camera.modes],
        "controls": [control.to_wire() for control in camera.controls()],
    }


def _mode_in(notification: Notification) -> Mode:
    size, rate = notification["frame_size"], notification["frame_rate"]
    if not isinstance(size, list) or len(size) != 2 or not all(map(_is_positive, [*size, rate])):
        raise MessageError(
            f"{notification.subject}: frame_size must be [width, height] in pixels and"
            f" frame_rate a number, not {size!r} and {rate!r}"
        )
    return Mode(int(size[0]), int(size[1]), float(rate))


def _is_positive(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e6
