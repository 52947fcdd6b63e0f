"""The eye pipeline: from a source's frames to pupil data on the bus."""

from __future__ import annotations

import time
from dataclasses import replace

from gazed import Context, Frame, Notification, PluginError, Pupil, Roi, hookimpl, pupil_to_wire

_IDLE_SECONDS = 0.05
_SOURCE_WAITS = 0.001
_PATIENCE_SECONDS = 3.0


class Eye:
    """Takes each frame of this eye through region of interest, detectors and bus, in that order.

    Without frames it says so once, and keeps looking.
    """

    order = 0.0

    def __init__(self, context: Context) -> None:
        if context.eye is None:
            raise PluginError(f"Eye runs in the hosts eye0 and eye1, not in {context.host}")
        self._context = context
        self._eye = context.eye
        self._roi: Roi | None = None
        self._size: tuple[int, int] | None = None
        self._last_frame = context.clock.now()
        self._quiet = False
        context.notify("eye_process.started", eye_id=context.eye)

    def close(self) -> None:
        """Tell clients that this eye has ended."""
        self._context.notify("eye_process.stopped", eye_id=self._eye)

    @hookimpl
    def tick(self) -> float:
        """Take one frame, if there is one, all the way."""
        began = time.monotonic()
        frame = self._context.first("read_frame")
        if frame is None:
            self._mention_silence()
            waited = time.monotonic() - began
            return 0.0 if waited > _SOURCE_WAITS else _IDLE_SECONDS
        self._last_frame, self._quiet = self._context.clock.now(), False
        self._follow_size(frame)
        self._detect(replace(frame, roi=self._roi) if self._roi else frame)
        return 0.0

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.set_roi``: value is [min_x, min_y, max_x, max_y] in pixels."""
        subject, eye = notification.subject, None
        if subject == "pupil_detector.set_roi":
            eye = notification.get("eye_id")
        elif subject == "pupil_detector.set_property" and notification.get("name") == "roi":
            eye = {"eye0": 0, "eye1": 1}.get(notification.get("target"))
        else:
            return
        if eye is None or eye == self._eye:
            self._set_roi(notification.get("value"))

    def _detect(self, frame: Frame) -> None:
        for _ in self._context.each("on_frame", frame=frame):
            pass
        found: list[Pupil] = []
        for pupil in self._context.each("detect_pupil", frame=frame, found=found):
            found.append(pupil)
            self._context.publish(pupil.topic, pupil_to_wire(pupil))
            for _ in self._context.each("on_pupil", pupil=pupil):
                pass

    def _mention_silence(self) -> None:
        silence = self._context.clock.now() - self._last_frame
        if silence < 0:
            self._last_frame = self._context.clock.now()
        if silence > _PATIENCE_SECONDS and not self._quiet:
            self._quiet = True
            self._context.log.warning(
                "eye%d: no camera gives pictures; still looking. Plug one in, or play a video:"
                " gazed send start_eye_plugin target=eye%d name=File_Source"
                ' \'args={"source_path": "eye.mp4"}\'',
                self._eye,
                self._eye,
            )
            self._context.notify("capture.silent", eye_id=self._eye)

    def _follow_size(self, frame: Frame) -> None:
        size = (frame.width, frame.height)
        if self._roi and self._size and size != self._size:
            self._roi = _scaled(self._roi, self._size, size)
        self._size = size

    def _set_roi(self, value: object) -> None:
        problem = _problem(value, self._size)
        if problem:
            self._context.log.error("eye%d: set_roi %r refused: %s", self._eye, value, problem)
            return
        self._roi = _clamped(value, self._size)  # type: ignore[arg-type]


def _problem(value: object, size: tuple[int, int] | None) -> str:
    if not isinstance(value, list) or len(value) != 4:
        return "it must be [min_x, min_y, max_x, max_y]"
    if not all(isinstance(edge, int) and not isinstance(edge, bool) for edge in value):
        return "all four must be whole pixels"
    if size is None:
        return "no picture has come yet, so its size is unknown"
    min_x, min_y, max_x, max_y = value
    width, height = size
    if not (0 <= min_x < max_x < width and 0 <= min_y < max_y <= height):
        return f"it must lie within the picture of {width} x {height} pixels"
    return ""


def _clamped(value: list[int], size: tuple[int, int]) -> Roi:
    min_x, min_y, max_x, max_y = value
    return (min_x, min_y, min(max_x, size[0] - 1), min(max_y, size[1] - 1))


def _scaled(roi: Roi, old: tuple[int, int], new: tuple[int, int]) -> Roi:
    x, y = new[0] / old[0], new[1] / old[1]
    min_x, min_y = int(roi[0] * x), int(roi[1] * y)
    max_x = min(new[0] - 1, max(min_x + 1, int(roi[2] * x)))
    max_y = min(new[1] - 1, max(min_y + 1, int(roi[3] * y)))
    return (min_x, min_y, max_x, max_y)
