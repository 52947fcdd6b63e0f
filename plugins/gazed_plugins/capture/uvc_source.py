"""The plugin ``UVC_Source``: one eye's camera over USB."""

from __future__ import annotations

import time
from typing import Annotated, Any, Literal

from gazed import Arg, Context, Frame, PluginError
from gazed_plugins.capture.cameras import ControlInfo, Mode, RefusedError, Wish
from gazed_plugins.capture.exposure import AutoExposure
from gazed_plugins.capture.identity import Binding
from gazed_plugins.capture.intrinsics import FocalLengths
from gazed_plugins.capture.machine import Change, State
from gazed_plugins.capture.source import CameraSource, eye_in
from gazed_plugins.capture.stripes import StripeWatch
from gazed_plugins.capture.uvc_backend import Trust, UvcBackend
from gazed_plugins.capture.uvc_settings import EXPOSURE, Settings, settings_for

_UNUSED = "accepted from old clients, without effect"
_COARSE = 8


class UVCSource(CameraSource):
    """Reads this eye's UVC camera, and finds it again whatever happens to it.

    Pupil Cam1, Cam2 and Cam3 are started as their maker does; for Cam2 and Cam3 the exposure
    is set in software unless ``exposure_mode`` is ``manual`` or the exposure is set by hand.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one parameter is one argument of start_plugin
        self,
        context: Context,
        frame_size: Annotated[tuple[int, int], Arg("px", text="width, height")] = (192, 192),
        frame_rate: Annotated[float, Arg("fps", low=1.0, high=1000.0)] = 200.0,
        camera: Annotated[str, Arg(text="serial:…, port:… or name:…; empty: usual names")] = "",
        name: Annotated[str | None, Arg(text="part of the camera's name")] = None,
        preferred_names: Annotated[list[str], Arg(text="the first that is there")] = [],  # noqa: B006
        uid: Annotated[str | None, Arg(text="USB bus and address, 1:5")] = None,
        uvc_controls: Annotated[dict[str, Any], Arg(text="values by the control's name")] = {},  # noqa: B006
        check_stripes: Annotated[bool, Arg(text="restart a Cam2 whose lines are mixed up")] = True,
        exposure_mode: Annotated[Literal["auto", "manual"], Arg(text="of Cam2 and Cam3")] = "auto",
        source_mode: Annotated[str | None, Arg(text=_UNUSED)] = None,  # noqa: ARG002
        timestamps: Annotated[Trust, Arg(text="auto: of the device for Pupil Cams")] = "auto",
        focal_length: Annotated[float | None, Arg("px", low=1.0)] = None,
        intrinsics: Annotated[str, Arg(text="a file with focal lengths")] = "",
    ) -> None:
        if min(frame_size) < 1:
            raise PluginError(f"frame_size is {list(frame_size)}; give width and height in pixels")
        self._exposure = AutoExposure()
        self._automatic = exposure_mode == "auto"
        self._check_stripes = check_stripes
        self._stripes = StripeWatch()
        self._settings = Settings()
        reference = camera or (f"key:{uid}" if uid else f"name:{name}" if name else "")
        super().__init__(
            context,
            UvcBackend(timestamps, now=self.clock.now if self.clock else time.monotonic),
            Binding(reference, eye_in(context), preferred_names),
            Wish(Mode(*frame_size, frame_rate), uvc_controls),
            FocalLengths(context, intrinsics, focal_length),
        )

    def changed(self, change: Change) -> None:
        """Tell everybody the camera's new state, and begin with its model's exposure."""
        before = self.change
        super().changed(change)
        paused = before is not None and before.state is State.STALLED and before.mode == change.mode
        if change.state is State.STREAMING and change.camera and change.mode and not paused:
            self._settings = settings_for(change.camera.name)
            self._exposure.begin(change.mode.rate, change.moment)
            if self._settings.auto_exposure:
                self._expose(self._exposure.exposure)

    def seen(self, frame: Frame, moment: float) -> None:
        """Keep the brightness of Cam2 and Cam3 in its range, and the lines of Cam2 in order."""
        if self._settings.auto_exposure and self._exposure.due(moment):
            brightness = float(frame.gray[::_COARSE, ::_COARSE].mean())
            self._expose(self._exposure.decide(brightness, moment))
        watched = self._settings.striped and self._check_stripes
        if watched and self._stripes.found(frame.gray, moment):
            self._context.log.warning("eye%d: the picture is striped; restarting it", frame.eye)
            self.grabber.errands.ask(
                lambda camera: self.grabber.switch(camera, camera.mode), _ignore
            )

    def _expose(self, exposure: int | None) -> None:
        by_hand = EXPOSURE.casefold() in map(str.casefold, self.grabber.wish.controls)
        if exposure is not None and self._automatic and not by_hand:
            self.grabber.errands.ask(
                lambda camera: camera.set_control(EXPOSURE, exposure), self._exposed
            )

    def _exposed(self, result: ControlInfo | RefusedError) -> None:
        if isinstance(result, RefusedError):
            self._exposure.end()
            text = "eye%d: the exposure is left as it is until the camera is opened anew: %s"
            self._context.log.warning(text, self._context.eye, result.reason)


def _ignore(_result: object) -> None:
    """Take an answer that needs nothing done."""
