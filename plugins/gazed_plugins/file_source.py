"""A recorded video in place of a camera."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from gazed import Arg, Context, Frame, Notification, PluginError, hookimpl
from gazed_plugins.video import (
    Picture,
    UnreadableVideoError,
    frame_rate_of,
    read_pictures,
)

_LONGEST_WAIT = 0.02
_KEPT_BYTES = 64 * 1024 * 1024
_USUAL_RATE = 120.0
_LATE_FRAMES = 1.5
_UNUSED = "accepted from old clients, without effect"


class FileSource:
    """Plays a video file as if a camera saw it now, or as fast as it can be processed.

    ``timing="own"`` keeps the video's pace; a frame that is more than one frame late is left
    out and counted, so that no queue builds up. ``timing="fast"`` gives every frame, the next
    as soon as the last is done with. With ``timestamps="live"`` a frame is stamped with the
    time at which it is due, which goes on across loops; with ``"recorded"`` with the time in
    the file (``<name>_timestamps.npy`` beside it, else the container's).
    """

    role = "source"

    def __init__(  # noqa: PLR0913, PLR0917 - one parameter is one argument of start_plugin
        self,
        context: Context,
        source_path: Annotated[str, Arg(text="the video file")],
        timing: Annotated[Literal["own", "fast"], Arg(text="the video's pace, or none")] = "own",
        timestamps: Annotated[Literal["live", "recorded"], Arg(text="of the frames")] = "live",
        loop: Annotated[bool, Arg(text="begin again at the end")] = False,
        focal_length: Annotated[float | None, Arg("px", low=1.0)] = None,
        buffered_decoding: Annotated[bool, Arg(text=_UNUSED)] = False,  # noqa: ARG002
        fill_gaps: Annotated[bool, Arg(text=_UNUSED)] = False,  # noqa: ARG002
        show_plugin_menu: Annotated[bool, Arg(text=_UNUSED)] = False,  # noqa: ARG002
    ) -> None:
        if context.eye is None:
            raise PluginError("File_Source runs in the hosts eye0 and eye1; give host or target")
        self._context = context
        self._eye = context.eye
        self._path = Path(source_path).expanduser()
        self._fast = timing == "fast"
        self._recorded = timestamps == "recorded"
        self._loop = loop
        self._focal_length = focal_length
        self._playing = True
        self._index = 0
        self.dropped = 0
        self._period = 1.0 / (frame_rate_of(self._path) or _USUAL_RATE)
        self._memory = _Memory()
        self._rewind(self._open())

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the next frame when it is due; None when it is not, or the video has ended."""
        if self._given:
            self._advance()  # decoded only now: nobody waits for it
        if not self._playing or self._next is None:
            time.sleep(_LONGEST_WAIT)
            return None
        if self._fast:
            return self._take(self._context.clock.now())
        self._skip_late()
        if self._next is None:
            return None
        wait = self._due - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, _LONGEST_WAIT))
        if wait > _LONGEST_WAIT:
            return None
        return self._take(self._context.clock.from_monotonic(self._due))

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``file_source.seek``, ``.should_play`` and ``.should_pause``, for this source_path."""
        if not notification.subject.startswith("file_source."):
            return
        if notification.get("source_path") not in (None, str(self._path)):
            return
        if notification.subject == "file_source.seek":
            self._seek(notification["frame_index"])
        elif notification.subject == "file_source.should_play":
            self._playing, self._due = True, time.monotonic()
        elif notification.subject == "file_source.should_pause":
            self._playing = False

    def close(self) -> None:
        """Say how many frames were left out."""
        if self.dropped:
            self._context.log.warning(
                "eye%d: %d frames of %s were left out because they were late",
                self._eye,
                self.dropped,
                self._path.name,
            )

    def _open(self) -> Iterator[Picture]:
        pictures = self._memory.pictures(self._path)
        try:
            self._next: Picture | None = next(pictures)
        except UnreadableVideoError as error:
            raise PluginError(str(error)) from None
        return pictures

    def _rewind(self, pictures: Iterator[Picture]) -> None:
        self._pictures = pictures
        self._due = time.monotonic()
        self._given = False

    def _take(self, now: float) -> Frame:
        picture = self._next
        assert picture is not None  # noqa: S101 - read_frame has looked
        recorded = self._recorded and picture.timestamp is not None
        frame = Frame(
            eye=self._eye,
            index=self._index,
            timestamp=picture.timestamp if recorded else now,  # type: ignore[arg-type]
            received=self._context.clock.now(),
            gray=picture.gray,
            focal_length_px=self._focal_length,
        )
        self._given = True
        return frame

    def _advance(self) -> None:
        self._given = False
        previous, self._next = self._next, next(self._pictures, None)
        self._index += 1
        self._due += self._pause(previous, self._next)
        if self._next is None and self._loop:
            due = self._due
            self._rewind(self._open())
            self._due = due
        elif self._next is None:
            self._context.notify("file_source.video_finished", source_path=str(self._path))

    def _pause(self, previous: Picture | None, following: Picture | None) -> float:
        if previous and following and previous.timestamp is not None and following.timestamp:
            return max(0.0, following.timestamp - previous.timestamp)
        return self._period

    def _skip_late(self) -> None:
        while self._next and time.monotonic() - self._due > _LATE_FRAMES * self._period:
            self._advance()
            self.dropped += 1

    def _seek(self, frame_index: object) -> None:
        if not isinstance(frame_index, int) or isinstance(frame_index, bool) or frame_index < 0:
            self._context.log.error("file_source.seek: %r is not a frame's number", frame_index)
            return
        pictures = self._open()
        while self._next and self._next.index < frame_index:
            self._next = next(pictures, None)
        self._rewind(pictures)


class _Memory:
    """Decoded pictures of a short clip, so that a loop begins again without a pause."""

    def __init__(self) -> None:
        self._pictures: list[Picture] = []
        self._complete = False
        self._bytes = 0

    def pictures(self, path: Path) -> Iterator[Picture]:
        if self._complete:
            yield from self._pictures
            return
        self._pictures, self._bytes = [], 0
        for picture in read_pictures(path):
            self._keep(picture)
            yield picture
        self._complete = self._bytes <= _KEPT_BYTES

    def _keep(self, picture: Picture) -> None:
        self._bytes += picture.gray.nbytes
        if self._bytes <= _KEPT_BYTES:
            self._pictures.append(picture)
        else:
            self._pictures.clear()
