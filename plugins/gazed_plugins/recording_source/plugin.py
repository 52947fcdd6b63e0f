"""The plugin that plays a recording on the live bus."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

from gazed import Arg, Context, GazedError, MessageError, Notification, PluginError, hookimpl, pack
from gazed_plugins.frame_publisher import FramePublisher
from gazed_plugins.recording_source.score import NOTIFY, Event, Frames, events
from gazed_plugins.recording_source.shift import shifted
from gazed_plugins.recordings import Recording, open_recording

_AT_ONCE = 100
_IDLE_SECONDS = 0.02
_LOOP_GAP = 0.01
_TOPICS = "beginnings of the topics to play; none: all"

Timestamps = Literal["live", "recorded"]


class RecordingSource:
    """Publishes what a recording holds, each datum when its time has come, under its own topic.

    Pupil data, gaze, blinks, annotations and everything else that was recorded; pictures of
    the eyes where somebody wants them, in the format that ``frame_publishing.started`` asks
    for; notifications that tell something, never those that would start or stop anything.
    ``timestamps="live"`` moves all times to now, ``"recorded"`` keeps them. What the service
    computes itself from pupil data (gaze where a mapper runs, blinks) it computes from played
    ones too: choose ``topics=["pupil."]`` not to have it twice.
    """

    def __init__(
        self,
        context: Context,
        path: Annotated[str, Arg(text="the recording's folder")],
        speed: Annotated[float, Arg(low=0.01, high=100.0, text="1 is the recording's own")] = 1.0,
        loop: Annotated[bool, Arg(text="begin again at the end")] = False,
        timestamps: Annotated[Timestamps, Arg(text="moved to now, or as recorded")] = "live",
        topics: Annotated[list[str], Arg(text=_TOPICS)] = [],  # noqa: B006
    ) -> None:
        self._context = context
        self._path = path
        self._speed = speed
        self._loop = loop
        self._keep_times = timestamps == "recorded"
        self._topics = tuple(topics)
        self._recording = _opened(path)
        self._pictures = FramePublisher(context)
        self._frames = {video.eye: Frames(video) for video in self._recording.eyes}
        self._coming: Iterator[Event] = iter(())
        self._next: Event | None = None
        self._began = self._origin = self._newest = 0.0
        self._paused_at: float | None = None
        self._playing = False
        self._dropped = 0
        context.background(self._first_event, self._begin)

    @hookimpl
    def tick(self) -> float:
        """Publish what is due; return in how many seconds there is more."""
        for _ in range(_AT_ONCE):
            if self._next is None or not self._playing or self._paused_at is not None:
                return _IDLE_SECONDS
            wait = self._due(self._next.time) - time.monotonic()
            if wait > 0.0:
                return min(wait, _IDLE_SECONDS)
            self._play(self._next)
            self._advance()
        return 0.0

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``recording_source.should_pause``, ``.should_play`` and ``.should_seek {seconds}``.

        Seconds count from the recording's first datum. At the end there is
        ``recording_source.finished``. ``frame_publishing.started`` sets the pictures' format.
        """
        subject = notification.subject
        if subject == "recording_source.should_pause":
            self._pause()
        elif subject == "recording_source.should_play":
            self._go_on()
        elif subject == "recording_source.should_seek":
            self._seek(notification["seconds"])
        else:
            self._pictures.on_notification(notification)

    def _first_event(self) -> Event | None:
        # Reading where the data are takes seconds in long recordings.
        self._coming = events(self._recording, self._chosen, -math.inf)
        return next(self._coming, None)

    def _begin(self, first: Event | Exception | None) -> None:
        if isinstance(first, GazedError):
            raise PluginError(f"{self._path} cannot be played: {first}")
        if isinstance(first, Exception):
            raise first
        if first is None:
            raise PluginError(f"{self._path} holds nothing that could be played")
        self._next, self._origin, self._newest = first, first.time, first.time
        self._began = time.monotonic()
        self._playing = True
        self._context.notify(
            "recording_source.started", path=self._path, duration=self._recording.info.duration
        )

    def _chosen(self, topic: str) -> bool:
        return not self._topics or topic.startswith(self._topics)

    def _due(self, moment: float) -> float:
        return self._began + (moment - self._origin) / self._speed

    def _now(self, recorded: float) -> float:
        """Return a recorded time on the shared clock, as if it were now."""
        return self._context.clock.from_monotonic(self._due(recorded))

    def _play(self, event: Event) -> None:
        self._newest = event.time
        if event.frame >= 0:
            self._show(event)
            return
        fields = event.fields if self._keep_times else shifted(event.fields, self._now)
        if event.topic.startswith(NOTIFY):
            self._context.forward([event.topic.encode(), pack(fields)])
        elif self._context.wanted(event.topic):
            self._dropped += not self._context.publish(event.topic, fields)

    def _show(self, event: Event) -> None:
        if not self._context.wanted(event.topic):
            return
        frame = self._frames[event.eye].at(event.frame)
        if frame is not None:
            stamp = frame.timestamp if self._keep_times else self._now(frame.timestamp)
            self._pictures.on_frame(replace(frame, timestamp=stamp))

    def _advance(self) -> None:
        self._next = next(self._coming, None)
        if self._next is None:
            self._end()

    def _end(self) -> None:
        if self._loop:
            self._began = self._due(self._newest + _LOOP_GAP)
            self._jump(self._origin)
        else:
            self._context.notify(
                "recording_source.finished", path=self._path, dropped=self._dropped
            )

    def _jump(self, moment: float) -> None:
        self._coming = events(self._recording, self._chosen, moment)
        self._next = next(self._coming, None)

    def _pause(self) -> None:
        if self._paused_at is None:
            self._paused_at = time.monotonic()

    def _go_on(self) -> None:
        if self._paused_at is not None:
            self._began += time.monotonic() - self._paused_at
            self._paused_at = None

    def _seek(self, seconds: Any) -> None:
        number = isinstance(seconds, (int, float)) and not isinstance(seconds, bool)
        if not number or not 0 <= seconds < math.inf:
            raise MessageError(f"recording_source.should_seek: seconds is {seconds!r}")
        if not self._playing:
            return
        now = time.monotonic() if self._paused_at is None else self._paused_at
        self._began = now - seconds / self._speed
        self._newest = self._origin + seconds
        self._jump(self._newest)
        if self._next is None:
            self._end()


def _opened(path: str) -> Recording:
    try:
        return open_recording(Path(path).expanduser())
    except (GazedError, OSError) as error:
        raise PluginError(str(error)) from None
