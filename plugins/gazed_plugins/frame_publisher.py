"""Publishes eye pictures to who asked for them."""

from __future__ import annotations

from typing import Annotated, Literal

import cv2
import numpy as np

from gazed import Arg, Context, Frame, Notification, hookimpl

Format = Literal["jpeg", "yuv", "bgr", "gray"]
_JPEG = [cv2.IMWRITE_JPEG_QUALITY, 90]


class FramePublisher:
    """Sends each frame on ``frame.eye.<id>`` while somebody listens (spec: data 8.1).

    ``jpeg`` is the camera's own picture where it has one and encoded here where it has not;
    ``yuv`` is planar 4:2:2, ``bgr`` and ``gray`` are rows of pixels.
    """

    order = 0.0

    def __init__(
        self,
        context: Context,
        format: Annotated[Format, Arg(live=True, text="of published pictures")] = "jpeg",  # noqa: A002
    ) -> None:
        self._context = context
        self._format = format
        self._on = True
        cv2.setNumThreads(1)

    def update(self, format: Format = "jpeg") -> None:  # noqa: A002
        """Switch publishing on, in this format."""
        self._format, self._on = format, True

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``frame_publishing.started`` with a format, and ``frame_publishing.stopped``."""
        if notification.subject.startswith("frame_publishing.started"):
            wanted = notification.get("format", "jpeg")
            if wanted in _CODERS:
                self.update(wanted)
        elif notification.subject.startswith("frame_publishing.stopped"):
            self._format, self._on = "jpeg", False

    @hookimpl
    def on_frame(self, frame: Frame) -> None:
        """Publish one frame; nothing is encoded for nobody."""
        topic = f"frame.eye.{frame.eye}"
        if not self._on or not self._context.wanted(topic):
            return
        fields = {
            "topic": topic,
            "width": frame.width,
            "height": frame.height,
            "index": frame.index,
            "timestamp": float(frame.timestamp),
            "format": self._format,
        }
        self._context.publish(topic, fields, _CODERS[self._format](frame))


def _jpeg(frame: Frame) -> bytes:
    if frame.jpeg is not None:
        return frame.jpeg
    picture = frame.gray if frame.bgr is None else frame.bgr
    return cv2.imencode(".jpg", picture, _JPEG)[1].tobytes()


def _gray(frame: Frame) -> bytes:
    return frame.gray.tobytes()


def _bgr(frame: Frame) -> bytes:
    if frame.bgr is not None:
        return frame.bgr.tobytes()
    return cv2.cvtColor(frame.gray, cv2.COLOR_GRAY2BGR).tobytes()


def _yuv(frame: Frame) -> bytes:
    chroma_shape = (frame.height, frame.width // 2)
    if frame.bgr is None:
        return frame.gray.tobytes() + np.full((2, *chroma_shape), 128, np.uint8).tobytes()
    luma, red, blue = cv2.split(cv2.cvtColor(frame.bgr, cv2.COLOR_BGR2YCrCb))
    half = [
        cv2.resize(plane, chroma_shape[::-1], interpolation=cv2.INTER_AREA) for plane in (blue, red)
    ]
    return luma.tobytes() + half[0].tobytes() + half[1].tobytes()


_CODERS = {"jpeg": _jpeg, "gray": _gray, "bgr": _bgr, "yuv": _yuv}
