"""What all plugins that read a camera have in common: frames, notifications and requests."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from gazed import Context, Frame, Notification, PluginError, hookimpl
from gazed_plugins.capture import decode
from gazed_plugins.capture.cameras import Backend, CameraInfo, Chooser, Wish
from gazed_plugins.capture.faults import BadPicture, Blocked
from gazed_plugins.capture.grabber import MENTION_SECONDS, Grabber, Stamped
from gazed_plugins.capture.machine import Change, State
from gazed_plugins.capture.requests import Requests
from gazed_plugins.capture.times import Time

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WAIT_SECONDS = 0.02
_TICK_SECONDS = 0.1
_BLOCKED_SECONDS = 10.0


class FocalLengths(Protocol):
    """Knows the focal length of a camera's pictures."""

    def px(self, name: str, serial: str, width: int, height: int) -> float | None:
        """Return it in pixels, None where nobody knows it."""


class CameraSource:
    """One eye's camera in an eye host; plugins derive from this and give it a backend.

    A thread of its own reads the camera, so that native code never holds up the host. Live,
    a picture that comes while the one before is processed waits, and a newer one takes its
    place (counted as dropped); while a recording runs, or with ``every_frame``, up to 64 wait
    and all are processed.
    """

    role = "source"
    clock: Time | None = None
    """In place of real time; who sets it calls ``grabber.step`` in place of the thread."""

    def __init__(
        self,
        context: Context,
        backend: Backend,
        chooser: Chooser,
        wish: Wish,
        focal_lengths: FocalLengths,
        *,
        every_frame: bool = False,
    ) -> None:
        self._context = context
        self._eye = eye_in(context)
        self._focal_lengths = focal_lengths
        self.change: Change | None = None
        self._gave_up = False
        self._mention_at = 0.0
        self._every_frame = every_frame
        self.grabber = Grabber(backend, chooser, wish, self, self.clock)
        self.grabber.mailbox.every = every_frame
        self._requests = Requests(context, self._eye, self.grabber, self.report)
        context.notify("recording.should_report")
        if self.clock is None:
            self.grabber.start(f"{context.name} camera")

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the next frame, waiting at most 20 ms."""
        stamped = self.grabber.mailbox.take(_WAIT_SECONDS)
        self._hear()
        if stamped is None:
            return None
        frame = self._frame(stamped)
        if frame is not None:
            self.seen(frame, stamped.picture.received)
        return frame

    @hookimpl
    def tick(self) -> float:
        """Pass on what the camera's thread has to say, and watch over it."""
        self._hear()
        self._watch()
        return _TICK_SECONDS

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``capture.should_report``, ``.should_set_control``, ``_mode`` and ``_camera``.

        All may carry an ``eye_id``; without, both eyes react. ``should_report`` is answered
        by ``capture.report``, ``should_set_control {name, value}`` by
        ``capture.control_set``, ``should_set_mode {frame_size, frame_rate}`` by
        ``capture.mode_set``, ``should_set_camera {camera}`` by ``capture.camera_set``; what
        cannot be done by ``capture.refused {request, reason, known}``, and then everything
        stays as it was. ``recording.started``, ``.stopped`` and ``.report`` say whether every
        picture must be kept.
        """
        subject = notification.subject
        if subject.startswith("recording.started"):
            self.grabber.mailbox.every = True
        elif subject == "recording.report":
            self.grabber.mailbox.every = bool(notification.get("recording")) or self._every_frame
        elif subject.startswith("recording.stopped"):
            self.grabber.mailbox.every = self._every_frame
        elif subject.startswith("capture.should_"):
            self._requests.take(notification)

    def close(self) -> None:
        """Give the camera back and say how many pictures were lost."""
        if not self.grabber.stop():
            self._context.log.warning("eye%d: the camera's driver does not return", self._eye)
        self._hear()
        counters = self.grabber.counters
        if counters.dropped:
            self._context.log.warning(
                "eye%d: %d of %d pictures were dropped because processing took too long",
                self._eye,
                counters.dropped,
                counters.frames,
            )

    def seen(self, frame: Frame, moment: float) -> None:
        """Look at a frame that came at this monotonic time; for plugins that adapt the camera."""

    def changed(self, change: Change) -> None:
        """Tell everybody the camera's new state."""
        self.change = change
        self._context.notify(f"capture.{change.state}", **self._state_fields(change))
        self._log(change)

    def damaged(self, fault: BadPicture) -> None:
        """Tell everybody of damaged pictures."""
        self._context.log.warning("eye%d: %s; %s", self._eye, fault.text, fault.remedy)
        self._context.notify(
            "capture.bad_picture",
            eye_id=self._eye,
            source=self._context.name,
            counters=self.grabber.counters.to_wire(),
            code=fault.code,
            text=fault.text,
            remedy=fault.remedy,
        )

    def report(self) -> dict[str, Any]:
        """Return what is known of the camera now, without what only its thread may ask it."""
        state = self._state_fields(self.change) if self.change else {}
        stamper, mailbox = self.grabber.stamper, self.grabber.mailbox
        return {
            "eye_id": self._eye,
            "source": self._context.name,
            "state": State.LOOKING.value,
            **state,
            "counters": self.grabber.counters.to_wire(),
            "policy": "every frame" if mailbox.every else "newest first",
            "timestamps": "device" if stamper.uses_device else "received",
            "device_offset": stamper.offset(),
            "device_time_failures": stamper.failures,
        }

    def _frame(self, stamped: Stamped) -> Frame | None:
        picture, clock = stamped.picture, self._context.clock
        began = time.perf_counter()
        gray = decode.gray_of(picture)
        problem = _problem(gray, stamped)
        if gray is None or problem:
            self._undecodable(picture.received, problem)
            return None
        height, width = gray.shape
        return Frame(
            eye=self._eye,
            index=stamped.number,
            timestamp=clock.from_monotonic(stamped.taken),
            received=clock.from_monotonic(picture.received),
            gray=gray,
            bgr=picture.bgr,
            jpeg=picture.jpeg,
            focal_length_px=self._focal_length(width, height),
            decode_seconds=time.perf_counter() - began,
        )

    def _undecodable(self, moment: float, problem: str) -> None:
        self.grabber.counters.undecodable += 1
        if moment >= self._mention_at:
            self._mention_at = moment + MENTION_SECONDS
            self.damaged(BadPicture(str(self._camera() or "the camera"), problem))

    def _focal_length(self, width: int, height: int) -> float | None:
        camera = self._camera()
        if camera is None:
            return None
        return self._focal_lengths.px(camera.name, camera.serial, width, height)

    def _camera(self) -> CameraInfo | None:
        return self.change.camera if self.change else None

    def _hear(self) -> None:
        inbox = self.grabber.inbox
        while inbox:
            inbox.popleft()()

    def _watch(self) -> None:
        if not self.grabber.alive():
            self.grabber.revive()
        if self.grabber.stuck_for() > _BLOCKED_SECONDS and not self._gave_up:
            self._gave_up = True
            fault = Blocked(str(self._camera() or "the camera"))
            self.changed(Change(State.LOST, time.monotonic(), self._camera(), None, fault))
            self._context.notify("host.should_restart", host=self._context.host, reason=fault.text)

    def _state_fields(self, change: Change) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "eye_id": self._eye,
            "source": self._context.name,
            "state": change.state.value,
            "camera": change.camera.to_wire() if change.camera else None,
            "timestamp": self._context.clock.from_monotonic(change.moment),
            "counters": self.grabber.counters.to_wire(),
            "notes": list(change.notes),
        }
        if change.mode:
            fields |= change.mode.to_wire()
        if change.fault:
            fault = change.fault
            fields |= {"code": fault.code, "text": fault.text, "remedy": fault.remedy}
        return fields

    def _log(self, change: Change) -> None:
        log, camera = self._context.log, change.camera or "camera"
        if change.fault:
            text = "eye%d: %s; %s"
            log.warning(text, self._eye, change.fault.text, change.fault.remedy)
        elif change.state is State.STREAMING:
            log.info("eye%d: %s streams %s", self._eye, camera, change.mode)
        for note in change.notes:
            log.warning("eye%d: %s", self._eye, note)


def _problem(gray: NDArray[np.uint8] | None, stamped: Stamped) -> str:
    """Return what is wrong with a picture, if anything is: a camera's JPEG has its mode's size."""
    if gray is None:
        return "a piece of its JPEG is missing"
    height, width = gray.shape
    mode = stamped.mode
    if stamped.picture.jpeg is None or mode is None or (mode.width, mode.height) == (width, height):
        return ""
    return f"it is {width}x{height} in a mode of {mode.width}x{mode.height}"


def eye_in(context: Context) -> int:
    """Return the eye that a source's host serves; raise PluginError when it serves none."""
    if context.eye is None:
        raise PluginError(
            f"{context.name} runs in the hosts eye0 and eye1, not in {context.host}; give host"
        )
    return context.eye
