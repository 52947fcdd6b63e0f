"""Starts and stops the eyes when clients ask for them."""

from __future__ import annotations

import importlib.util
from typing import Annotated, Any

from gazed import Arg, Context, Notification, PluginError, hookimpl
from gazed_plugins.capture.identity import parse
from gazed_plugins.orientation import checked_orientation

_EYES = (0, 1)
_PIPELINE = ("Eye", "Frame_Publisher", "Eye_Video", "Detector_2D", "Detector_3D", "Eyelids")
_SOURCE = "the plugin that reads the camera; auto: UVC_Source, or Camera_Source where it cannot be"
_CAMERAS = 'which camera is whose, such as {eye0 = "serial:0123", eye1 = "port:1-4.2"}'
_ORIENTATION = 'how each eye is turned, such as {eye0 = {rotation = 180, flip = "none"}}'


class EyeProcesses:
    """Turns the ``eye_process`` notifications into plugins in the hosts ``eye0`` and ``eye1``.

    Each eye gets the pipeline, a frame publisher, the writer of its videos, both detectors, the
    watch over its lids, and the source that is configured for it, told which camera is its own.
    A running eye is left alone, and so is what runs in it.
    """

    def __init__(
        self,
        context: Context,
        eyes: Annotated[list[int], Arg(text="the eyes to start at once")] = [0, 1],  # noqa: B006
        source: Annotated[str, Arg(text=_SOURCE)] = "",
        source_args: Annotated[dict[str, Any], Arg(text="for both eyes' sources")] = {},  # noqa: B006
        cameras: Annotated[dict[str, str], Arg(text=_CAMERAS)] = {},  # noqa: B006
        orientation: Annotated[dict[str, dict[str, Any]], Arg(text=_ORIENTATION)] = {},  # noqa: B006
    ) -> None:
        self._context = context
        self._source = _usual_source() if source == "auto" else source
        self._source_args = source_args
        if not set(eyes) <= set(_EYES):
            raise PluginError(f"eyes is {eyes}, but there are only the eyes 0 and 1")
        self._cameras = _checked_cameras(cameras)
        self._orientation = {
            eye: checked_orientation(f"orientation.eye{eye}", fields)
            for eye, fields in _by_eye("orientation", orientation).items()
        }
        for eye in eyes:
            self._start(eye)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``eye_process.should_start`` and ``eye_process.should_stop``, each with ``eye_id``.

        ``capture.should_report`` is answered by ``capture.roles``: which camera is whose.
        """
        if notification.subject == "capture.should_report":
            cameras = {f"eye{eye}": camera for eye, camera in self._cameras.items()}
            self._context.notify("capture.roles", source=self._source, cameras=cameras)
        elif notification.subject.startswith("eye_process.should_start"):
            self._for_eye(notification, self._start)
        elif notification.subject.startswith("eye_process.should_stop"):
            self._for_eye(notification, self._stop)

    def _for_eye(self, notification: Notification, act: Any) -> None:
        eye = _eye_in(notification)
        if eye in _EYES:
            act(eye)
        else:
            self._context.log.error(
                "%s: there is no eye %r; eye_id must be 0 (right) or 1 (left)",
                notification.subject,
                notification.get("eye_id"),
            )

    def _start(self, eye: int) -> None:
        args = {"Eye": self._orientation.get(eye, {})}
        for name in _PIPELINE:
            self._start_plugin(eye, name, args.get(name, {}))
        if self._source:
            camera = {"camera": self._cameras[eye]} if eye in self._cameras else {}
            self._start_plugin(eye, self._source, {**self._source_args, **camera})

    def _start_plugin(self, eye: int, name: str, args: dict[str, Any]) -> None:
        self._context.notify(
            "start_plugin", name=name, args=args, host=f"eye{eye}", if_running="keep"
        )

    def _stop(self, eye: int) -> None:
        self._context.notify("host.should_stop", host=f"eye{eye}")


def _usual_source() -> str:
    return "UVC_Source" if importlib.util.find_spec("uvc") else "Camera_Source"


def _by_eye(argument: str, given: dict[str, Any]) -> dict[int, Any]:
    numbers = {f"eye{eye}": eye for eye in _EYES}
    unknown = set(given) - set(numbers)
    if unknown:
        raise PluginError(
            f"{argument} has {', '.join(sorted(unknown))}, but only eye0 and eye1 fit"
        )
    return {numbers[name]: value for name, value in given.items()}


def _checked_cameras(cameras: dict[str, str]) -> dict[int, str]:
    by_eye = _by_eye("cameras", cameras)
    for eye, text in by_eye.items():
        try:
            parse(text)
        except PluginError as error:
            raise PluginError(f"cameras.eye{eye}: {error}") from None
    if len(set(by_eye.values()) - {""}) < sum(map(bool, by_eye.values())):
        raise PluginError(f"cameras has {by_eye[0]} for both eyes; each needs a camera of its own")
    return by_eye


def _eye_in(notification: Notification) -> object:
    eye = notification.get("eye_id")
    if eye is None:
        suffix = notification.subject.rpartition(".")[2]
        eye = int(suffix) if suffix in ("0", "1") else None
    return eye if not isinstance(eye, bool) else None
