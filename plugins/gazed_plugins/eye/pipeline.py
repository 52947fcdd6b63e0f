"""The plugin that takes each frame of an eye from its source to pupil data on the bus."""

from __future__ import annotations

import time
from dataclasses import replace

from gazed import Context, Frame, Notification, PluginError, Pupil, Roi, hookimpl, pupil_to_wire
from gazed_plugins.eye.roi import clamped, problem_with, scaled
from gazed_plugins.eye.timings import Timings
from gazed_plugins.eye.turning import oriented
from gazed_plugins.orientation import Flip, Orientation, Rotation

_CAPTURE = ("capture.looking", "capture.streaming", "capture.stalled", "capture.lost")
_OF_ONE_EYE = ("pupil_detector.set_roi", "eye_process.should_report", *_CAPTURE)
_IDLE_SECONDS = 0.05
_SOURCE_WAITS = 0.001
_PATIENCE_SECONDS = 3.0


class Eye:
    """Takes each frame of this eye through region of interest, detectors and bus, in that order.

    Pictures of any source are turned and mirrored first; the region of interest, like all that
    comes after, is in the turned picture. Without frames it says so once, unless the source
    has said why, and keeps looking.
    """

    order = 0.0

    def __init__(self, context: Context, rotation: Rotation = 0, flip: Flip = "none") -> None:
        if context.eye is None:
            raise PluginError(f"Eye runs in the hosts eye0 and eye1, not in {context.host}")
        self._context = context
        self._eye = context.eye
        self._orientation = Orientation(int(rotation), flip)
        self._roi: Roi | None = None
        self._size: tuple[int, int] | None = None
        self._last_frame = context.clock.now()
        self._quiet = False
        self._explained = False
        self._timings = Timings()
        context.notify("eye_process.started", eye_id=context.eye)

    def update(self, rotation: Rotation | None = None, flip: Flip | None = None) -> None:
        """Turn the pictures from now on; the region of interest stays on the same part of them."""
        before = self._orientation
        self._orientation = Orientation(
            before.rotation if rotation is None else int(rotation),
            before.flip if flip is None else flip,
        )
        if self._roi and self._size:
            self._roi = self._orientation.roi_from(self._roi, before, self._size)
        if self._size and (self._orientation.rotation - before.rotation) % 180:
            self._size = self._size[::-1]

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
        self._last_frame = self._context.clock.now()
        self._quiet = self._explained = False
        self._timings.begin(frame, self._last_frame)
        self._process(self._prepared(frame))
        return 0.0

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``pupil_detector.set_roi`` (value: [min_x, min_y, max_x, max_y] in pixels).

        ``eye_process.should_report`` is answered by ``eye_process.report``: how long each
        stage took. Both are for one eye where ``eye_id`` names it.
        """
        subject, eye = notification.subject, None
        if subject in _OF_ONE_EYE:
            eye = notification.get("eye_id")
        elif subject == "pupil_detector.set_property" and notification.get("name") == "roi":
            eye = {"eye0": 0, "eye1": 1}.get(notification.get("target"))
        else:
            return
        if eye not in (None, self._eye):
            return
        if subject == "eye_process.should_report":
            report = self._timings.report()
            self._context.notify("eye_process.report", eye_id=self._eye, **report)
        elif subject.startswith("capture."):
            self._explained = notification.get("text") is not None
        else:
            self._set_roi(notification.get("value"))

    def _prepared(self, frame: Frame) -> Frame:
        if not self._orientation.changes_nothing:
            frame = oriented(frame, self._orientation)
            self._timings.lap("orient")
        self._follow_size(frame)
        return replace(frame, roi=self._roi) if self._roi else frame

    def _process(self, frame: Frame) -> None:
        for _ in self._context.each("on_frame", frame=frame):
            pass
        self._timings.lap("publish")
        found: list[Pupil] = []
        for pupil in self._context.each("detect_pupil", frame=frame, found=found):
            self._timings.detected(pupil.tag)
            found.append(pupil)
            self._context.publish(pupil.topic, pupil_to_wire(pupil))
            for _ in self._context.each("on_pupil", pupil=pupil):
                pass
            self._timings.lap("publish")

    def _mention_silence(self) -> None:
        silence = self._context.clock.now() - self._last_frame
        if silence < 0:
            self._last_frame = self._context.clock.now()
        if silence > _PATIENCE_SECONDS and not self._quiet:
            self._quiet = True
            if not self._explained:
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
            self._roi = scaled(self._roi, self._size, size)
        self._size = size

    def _set_roi(self, value: object) -> None:
        problem = problem_with(value, self._size)
        if problem:
            self._context.log.error("eye%d: set_roi %r refused: %s", self._eye, value, problem)
            return
        self._roi = clamped(value, self._size)  # type: ignore[arg-type]
