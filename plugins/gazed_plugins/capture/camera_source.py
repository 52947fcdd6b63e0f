"""The plugin that reads a camera through OpenCV."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

from gazed import Arg, Context, PluginError
from gazed_plugins.capture.cameras import Mode, Wish
from gazed_plugins.capture.identity import Binding
from gazed_plugins.capture.intrinsics import FocalLengths
from gazed_plugins.capture.opencv_backend import OpenCVBackend
from gazed_plugins.capture.opencv_devices import is_file, key_of
from gazed_plugins.capture.source import CameraSource, eye_in

_DEVICE = "camera number, /dev path, address of a stream, or video file; empty: by `camera`"
_CAMERA = "serial:NUMBER, port:1-4.2 or name:TEXT; empty: the eye's usual names"
_INTRINSICS = "file of focal lengths; empty: intrinsics.toml in the settings directory"
_UNUSED = "accepted from who used UVC_Source before, without effect"


class OpenCVSource(CameraSource):
    """Reads one eye's camera with the system's own driver, for where UVC_Source cannot.

    A size and rate that the camera does not have gives what it has, and a line that says so.
    A file or stream in ``device`` is for trying; File_Source plays recordings. A file that has
    ended is reported as lost, unless ``loop`` begins it again.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - one parameter is one argument of start_plugin
        self,
        context: Context,
        device: Annotated[str | int, Arg(text=_DEVICE)] = "",
        camera: Annotated[str, Arg(text=_CAMERA)] = "",
        frame_size: Annotated[
            tuple[int, int] | None, Arg("px", text="width and height; none: the camera's")
        ] = None,
        frame_rate: Annotated[
            float | None, Arg("Hz", low=1.0, high=1000.0, text="none: the camera's")
        ] = None,
        loop: Annotated[bool, Arg(text="begin a file again at its end")] = False,
        focal_length: Annotated[float | None, Arg("px", low=1.0)] = None,
        intrinsics: Annotated[str, Arg(text=_INTRINSICS)] = "",
        name: Annotated[str | None, Arg(text="part of the camera's name")] = None,
        preferred_names: Annotated[list[str], Arg(text="in place of the usual names")] = [],  # noqa: B006
        uvc_controls: Annotated[dict[str, Any], Arg(text=_UNUSED)] = {},  # noqa: ARG002, B006
        exposure_mode: Annotated[str, Arg(text=_UNUSED)] = "auto",  # noqa: ARG002
        check_stripes: Annotated[bool, Arg(text=_UNUSED)] = True,  # noqa: ARG002
    ) -> None:
        eye = eye_in(context)
        key = _checked_key(str(device))
        reference = f"key:{key}" if key else camera or (f"name:{name}" if name else "")
        width, height = frame_size or (0, 0)
        super().__init__(
            context,
            OpenCVBackend(key, loop=loop),
            Binding(reference, eye, preferred_names),
            Wish(Mode(width, height, frame_rate or 0.0)),
            FocalLengths(context, intrinsics, focal_length),
            every_frame=key != "" and is_file(key),
        )


def _checked_key(device: str) -> str:
    key = key_of(device) if device else ""
    if not key and sys.platform != "linux":
        raise PluginError('this system does not list its cameras; give device, such as "0"')
    if key and is_file(key) and not Path(key).is_file():
        raise PluginError(f"{key}: there is no such file; check the path")
    return key
