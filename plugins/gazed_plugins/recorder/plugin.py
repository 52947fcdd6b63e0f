"""The plugin: commands in, recordings out."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from gazed import Arg, Context, MessageError, Notification, PluginError, hookimpl
from gazed_plugins.recorder import drops
from gazed_plugins.recorder.calibrations import Calibrations
from gazed_plugins.recorder.course import ECHO, Course
from gazed_plugins.recorder.data import DEFAULT_TOPICS, recorded
from gazed_plugins.recorder.disk import Disk
from gazed_plugins.recorder.drops import Drops
from gazed_plugins.recorder.folder import Owner
from gazed_plugins.recorder.folders import SessionNameError
from gazed_plugins.recorder.info import DEFAULT_USER_INFO
from gazed_plugins.recorder.leftovers import Leftovers
from gazed_plugins.recorder.options import Options
from gazed_plugins.recorder.sealing import Sealings
from gazed_plugins.recorder.session import Session
from gazed_plugins.recorder.tap import NOTIFY, Message, Tap

_TICK_SECONDS = 0.05
_CLOSE_SECONDS = 1.2
_MOST_HELD = 100_000
_ECHO, _ALIVE = ECHO.encode(), drops.TOPIC.encode()
_ROOT = "where recordings go; by default the folder recordings in the settings directory"
_TOPICS = "the data to record: all whose topics begin so"
_PERMITTED = "folders besides rec_root_dir that a client may choose by an absolute session name"
_NO_TIME = "a notification to be recorded needs a timestamp; the time now is taken"
_BUFFER = "data that wait for the disk; more are left out and counted"


class Recorder:
    """Records what is on the bus into a folder that Pupil Player opens (spec: recording).

    Its loop only queues; a thread writes. Eye videos are written in the eye hosts, by the
    plugin Eye_Video. Recordings that were left unfinished are repaired when it starts.
    """

    order = 0.9
    disk = Disk()
    """In place of a real disk, in tests."""

    def __init__(  # noqa: PLR0913 - one parameter is one argument of start_plugin
        self,
        context: Context,
        *,
        rec_root_dir: Annotated[str, Arg(live=True, text=_ROOT)] = "",
        session_name: Annotated[str, Arg(live=True, text="empty: the date")] = "",
        record_eye: Annotated[bool, Arg(live=True, text="write eye videos")] = True,
        topics: Annotated[list[str], Arg(live=True, text=_TOPICS)] = list(DEFAULT_TOPICS),  # noqa: B006
        permitted_roots: Annotated[list[str], Arg(live=True, text=_PERMITTED)] = [],  # noqa: B006
        user_info: Annotated[dict[str, str], Arg(live=True)] = DEFAULT_USER_INFO,
        buffer_mb: Annotated[float, Arg("MB", low=1.0, live=True, text=_BUFFER)] = 256.0,
        warn_free_gb: Annotated[float, Arg("GB", low=0.0, live=True)] = 5.0,
        stop_free_gb: Annotated[float, Arg("GB", low=0.0, live=True)] = 1.0,
        allow_time_reset: Annotated[
            bool, Arg(live=True, text="let T set the clock while recording")
        ] = False,
    ) -> None:
        self._context = context
        self._args: dict[str, Any] = {
            "rec_root_dir": rec_root_dir,
            "session_name": session_name,
            "record_eye": record_eye,
            "permitted_roots": permitted_roots,
            "user_info": user_info,
            "buffer_mb": buffer_mb,
            "warn_free_gb": warn_free_gb,
            "stop_free_gb": stop_free_gb,
            "allow_time_reset": allow_time_reset,
        }
        self._options = Options.read(self._args, self._context.connection.settings)
        self._calibrations = Calibrations(context.connection.clock.parent)
        self._course: Course | None = None
        self._sealings = Sealings(context)
        self._held: deque[Message] = deque()
        self._drops = Drops()
        self._marked = False
        self._tap = Tap(context, [ECHO, drops.TOPIC, *_checked_topics(topics)])
        self._leftovers = Leftovers(context, self._options.root, self._go_on)

    def update(self, topics: list[str] | None = None, **args: Any) -> None:
        """Take other arguments; a recording that runs keeps its own."""
        self._args |= args
        self._options = Options.read(self._args, self._context.connection.settings)
        if topics is not None:
            self._tap.follow([ECHO, drops.TOPIC, *_checked_topics(topics)])

    def close(self) -> None:
        """End a recording that runs, and wait a moment for the eyes' videos."""
        end = time.monotonic() + _CLOSE_SECONDS
        self._work()
        if self._course:
            self._course.stop()
            self._course.session.end()
        while self._unfinished() and time.monotonic() < end:
            self._tap.wait(_TICK_SECONDS)
            self._work()
        self._sealings.finish()
        self._tap.close()

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``recording.should_start {session_name, record_eye}`` and ``recording.should_stop``.

        They are answered by ``recording.started`` or ``recording.failed {reason}``, and by
        ``recording.stopped``, then ``recording.closed`` when all files are complete.
        ``recording.should_report`` is answered by ``recording.report {recording, …}``.
        """
        if not self._marked and notification.subject == self._tap.mark:
            self._marked = True
        elif not self._marked:
            self._hear(notification.frames)

    @hookimpl
    def tick(self) -> float:
        """Take in what has come, and look after the recording."""
        self._work()
        self._sealings.work()
        return _TICK_SECONDS

    def _work(self) -> None:
        if self._marked:
            self._listen()
        if self._course:
            self._look_after(self._course)

    def _unfinished(self) -> bool:
        return bool(self._course) or not self._sealings.all_due

    def _look_after(self, course: Course) -> None:
        goes_on = course.step()
        folder = course.session.folder
        if course.announced and folder and course.sealing is None:
            course.sealing = self._sealings.add(folder)
        if not goes_on:
            self._course = None
            if course.sealing:
                course.sealing.begin()

    def _listen(self) -> None:
        while self._held and not self._busy():
            self._take(self._held.popleft())
        if len(self._held) > _MOST_HELD:
            return
        for message in self._tap.messages():
            self._hear(message)

    def _hear(self, message: Message) -> None:
        if self._held and message[0] != _ECHO:
            self._held.append(message)
        else:
            self._take(message)

    def _busy(self) -> bool:
        ending = self._course is not None and self._course.stopping
        return ending or self._leftovers.looking

    def _take(self, message: Message) -> None:
        if len(message) < 2:
            return
        if message[0].startswith(NOTIFY):
            self._notified(message)
        elif message[0].startswith(_ALIVE):
            self._dropped(message[1])
        elif self._course:
            self._course.take(message[0].decode(errors="replace"), message[1])

    def _dropped(self, payload: bytes) -> None:
        host, count = self._drops.hear(payload)
        if count and self._course:
            self._course.session.lose(f"dropped by {host}", count)

    def _notified(self, message: Message) -> None:
        try:
            notification = Notification(message)
            if self._course and b"record" in message[1] and notification.get("record"):
                if "timestamp" not in notification.fields:
                    self._context.log.error("%s: %s", notification.subject, _NO_TIME)
                payload = recorded(notification, self._context.clock.now())
                self._course.take(notification.topic, payload)
            self._obey(notification)
        except MessageError as error:
            self._context.log.warning("dropped a message: %s", error)

    def _obey(self, notification: Notification) -> None:
        subject = notification.subject
        if self._must_wait(subject):
            self._held.append(notification.frames)  # and what comes behind it
        elif subject == "recording.should_start":
            self._start(notification)
        elif subject == "recording.should_stop":
            self._stop()
        elif subject == "recording.should_report":
            self._report()
        elif subject.startswith("calibration."):
            self._calibrations.hear(notification)
        elif subject == "host.died" or subject.startswith("recording.video_"):
            self._sealings.hear(notification)

    def _must_wait(self, subject: str) -> bool:
        """Tell whether a command is for the next recording, or for one that may yet go on."""
        if subject == "recording.should_start":
            return self._busy()
        return subject == "recording.should_stop" and self._leftovers.looking

    def _start(self, notification: Notification) -> None:
        if self._course:
            self._context.log.info("recording.should_start: a recording runs already")
            return
        name = self._options.named(notification.get("session_name"))
        record_eye = notification.get("record_eye")
        films = self._options.record_eye if record_eye is None else bool(record_eye)
        if len(Path(name).parts) > 1:
            self._context.log.warning("recording: %r makes subfolders", name)
        self._begin(Owner(self._context.connection.pid, name, films), "")

    def _go_on(self, folder: Path, owner: Owner) -> None:
        """Record what comes from now on, as in a folder that broke off."""
        self._begin(owner, f"{folder}/")

    def _begin(self, owner: Owner, continues: str) -> None:
        options, now, name = self._options, self._context.clock.now(), owner.session_name
        notes = [f"goes on where {continues} broke off"] if continues else []
        try:
            plan = options.plan(owner, now, self._calibrations.last(), notes)
        except SessionNameError as error:
            self._refuse(name, str(error))
            return
        self._options = replace(options, session_name=name)
        facts = {
            "session_name": name,
            "record_eye": owner.record_eye,
            "allow_time_reset": options.allow_time_reset,
            **({"continues": continues} if continues else {}),
        }
        session = Session(plan, self.disk, self._context.clock.now)
        self._course = Course(self._context, session, facts)

    def _refuse(self, name: str, reason: str) -> None:
        self._context.log.error("recording.should_start: %s", reason)
        self._context.notify("recording.failed", reason=reason, session_name=name)

    def _stop(self) -> None:
        if self._course:
            self._course.stop()
        else:
            self._context.log.debug("recording.should_stop: no recording runs")

    def _report(self) -> None:
        course = self._course
        facts = course.facts if course and course.announced else {}
        self._context.notify("recording.report", recording=bool(facts), **facts)


def _checked_topics(topics: list[str]) -> list[str]:
    if not all(topics):
        raise PluginError("topics has an empty entry, which would ask for eye pictures as well")
    return topics
