"""The plugin: frames of one eye into the recording that runs."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

from gazed import Arg, Context, Frame, Notification, PluginError, hookimpl
from gazed_plugins.eye_video.filming import Filming, Scene, Shot
from gazed_plugins.eye_video.waiting import Waiting
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.manifest import Manifest, ManifestError

_TICK_SECONDS = 0.1
_CLOSE_SECONDS = 2.0
_MENTION_SECONDS = 1.0
_BUFFER = "frames that wait for the disk; more are left out and counted"


class EyeVideo:
    """Writes ``eye<id>.mp4`` while a recording runs that wants eye videos (spec: recording 5).

    The camera's JPEG goes into the file as it is; a picture is encoded only when its source
    has none. The frames between ``recording.should_start`` and ``recording.started`` are kept,
    so that the video begins where the recording does, however long a disk took to begin.
    """

    order = 0.2
    disk = Disk()
    """In place of a real disk, in tests."""

    def __init__(
        self,
        context: Context,
        buffer_mb: Annotated[float, Arg("MB", low=1.0, text=_BUFFER)] = 128.0,
    ) -> None:
        if context.eye is None:
            raise PluginError(f"Eye_Video runs in the hosts eye0 and eye1, not in {context.host}")
        self._context = context
        self._eye = context.eye
        self._buffer_bytes = buffer_mb * 1e6
        self._waiting = Waiting(self._buffer_bytes)
        self._filming: Filming | None = None
        self._ending: list[Filming] = []
        self._mentioned = 0
        self._mention_at = 0.0
        context.notify("recording.should_report")

    @hookimpl
    def on_frame(self, frame: Frame) -> None:
        """Queue a frame; costs some microseconds."""
        shot = Shot(
            frame.timestamp,
            (frame.width, frame.height),
            frame.jpeg,
            frame.gray if frame.jpeg is None else None,
            frame.focal_length_px,
        )
        if self._filming:
            self._filming.take(shot)
        # The next recording may have begun already, and this one's end not be known yet.
        self._waiting.add(shot, filmed=self._filming is not None)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Follow ``recording.should_start``, ``.started``, ``.failed``, ``.stopped``, ``.report``.

        ``recording.video_started`` and ``recording.video_closed {eye_id, lost, notes}`` tell
        the recorder, and whoever wants to know, when this eye's video begins and is complete.
        """
        subject = notification.subject
        if subject == "recording.should_start":
            self._waiting.expect()
        elif subject == "recording.failed":
            self._waiting.forget()
        elif subject in ("recording.started", "recording.report"):
            self._begin(notification)
        elif subject == "recording.stopped" and self._is_of(notification["rec_path"]):
            self._end()

    @hookimpl
    def tick(self) -> float:
        """Report what is lost, and videos that are complete."""
        if self._filming:
            self._mention_lost(self._filming)
        for filming in [filming for filming in self._ending if filming.closed.is_set()]:
            self._ending.remove(filming)
            self._report(filming)
        return _TICK_SECONDS

    def close(self) -> None:
        """End a video that is being written."""
        end = time.monotonic() + _CLOSE_SECONDS
        if self._filming:
            self._end()
        for filming in self._ending:
            if filming.closed.wait(max(0.0, end - time.monotonic())):
                self._report(filming)

    def _begin(self, notification: Notification) -> None:
        if not notification.get("record_eye") or self._is_of(notification.get("rec_path")):
            return
        path = notification.text("rec_path")
        if not _runs(Path(path), notification.text("recording_uuid")):
            self._context.log.error("eye%d: no recording runs in %s", self._eye, path)
            return
        self._end()
        start = float(notification["start_time_synced"])
        scene = Scene(Path(path), self._eye, start)
        self._filming = Filming(scene, self.disk, self._buffer_bytes)
        self._mentioned = 0
        self._context.notify("recording.video_started", rec_path=path, eye_id=self._eye)
        for shot in self._waiting.taken(start):
            self._filming.take(shot)

    def _is_of(self, path: object) -> bool:
        return self._filming is not None and path == _path_of(self._filming)

    def _end(self) -> None:
        if self._filming:
            self._filming.end()
            self._ending.append(self._filming)
        self._filming = None

    def _mention_lost(self, filming: Filming) -> None:
        if filming.lost == self._mentioned or time.monotonic() < self._mention_at:
            return
        reason = filming.failure or "the disk is too slow"
        if not self._mentioned:
            self._context.log.error("eye%d: frames are not recorded: %s", self._eye, reason)
        self._mentioned, self._mention_at = filming.lost, time.monotonic() + _MENTION_SECONDS
        lost = {f"frame.eye.{self._eye}": filming.lost}
        self._context.notify(
            "recording.spilled", rec_path=_path_of(filming), lost=lost, reason=reason
        )

    def _report(self, filming: Filming) -> None:
        self._context.notify(
            "recording.video_closed",
            rec_path=_path_of(filming),
            eye_id=self._eye,
            lost=filming.lost,
            reason=filming.failure,
            notes=filming.notes,
        )


def _path_of(filming: Filming) -> str:
    return f"{filming.scene.directory}/"


def _runs(directory: Path, recording_uuid: str) -> bool:
    """Tell whether a recorder has begun this recording; who asks may be anybody."""
    try:
        manifest = Manifest.read(directory)
    except ManifestError:
        return False
    return manifest.state == "recording" and manifest.recording_uuid == recording_uuid
