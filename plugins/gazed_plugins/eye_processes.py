"""Starts and stops the eyes when clients ask for them."""

from __future__ import annotations

from typing import Annotated, Any

from gazed import Arg, Context, Notification, PluginError, hookimpl

_EYES = (0, 1)
_PIPELINE = ("Eye", "Frame_Publisher", "Detector_2D")


class EyeProcesses:
    """Turns the ``eye_process`` notifications into plugins in the hosts ``eye0`` and ``eye1``.

    Each eye gets the pipeline, a frame publisher and a detector, and the source that is
    configured for it. A running eye is left alone, and so is what runs in it.
    """

    def __init__(
        self,
        context: Context,
        eyes: Annotated[list[int], Arg(text="the eyes to start at once")] = [0, 1],  # noqa: B006
        source: Annotated[str, Arg(text="the plugin that reads the camera, empty for none")] = "",
        source_args: Annotated[dict[str, Any], Arg(text="for both eyes' sources")] = {},  # noqa: B006
    ) -> None:
        self._context = context
        self._source = source
        self._source_args = source_args
        if not set(eyes) <= set(_EYES):
            raise PluginError(f"eyes is {eyes}, but there are only the eyes 0 and 1")
        for eye in eyes:
            self._start(eye)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``eye_process.should_start`` and ``eye_process.should_stop``, each with ``eye_id``."""
        if notification.subject.startswith("eye_process.should_start"):
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
        for name in _PIPELINE:
            self._start_plugin(eye, name, {})
        if self._source:
            self._start_plugin(eye, self._source, self._source_args)

    def _start_plugin(self, eye: int, name: str, args: dict[str, Any]) -> None:
        self._context.notify(
            "start_plugin", name=name, args=args, host=f"eye{eye}", if_running="keep"
        )

    def _stop(self, eye: int) -> None:
        self._context.notify("host.should_stop", host=f"eye{eye}")


def _eye_in(notification: Notification) -> object:
    eye = notification.get("eye_id")
    if eye is None:
        suffix = notification.subject.rpartition(".")[2]
        eye = int(suffix) if suffix in ("0", "1") else None
    return eye if not isinstance(eye, bool) else None
