"""The plugin that gives an eye the pictures a client publishes."""

from __future__ import annotations

import re
import time
from typing import Annotated, Any

import zmq

from gazed import (
    Arg,
    Context,
    Frame,
    MessageError,
    Notification,
    PluginError,
    hookimpl,
    unpack,
)
from gazed_plugins.hmd_streaming.image import Image, image_from

_LONGEST_WAIT_MS = 20
_QUEUE = 100
_SILENCE_SECONDS = 1.0
_CLOCK_MOVED = 0.001
_NEVER = float("-inf")
_DIGITS = re.compile(r"[\d.]+")
_MOST_KINDS = 20
_UNUSED = "accepted from old clients, without effect"
_FAR_SECONDS = 5.0
_ASK_FOR_TIME = "it should ask Pupil Remote for the time (`t`) and send that"
_REMEDY = "look whether the client that sends them still runs"


class HMDStreamingSource:
    """Takes eye pictures from the bus, the newest only, with the times their sender gave them.

    Timestamps must rise; a sender that begins anew is believed after a second of silence, and
    after the clock was set. What cannot be used is refused with one sentence a kind.
    """

    role = "source"

    def __init__(
        self,
        context: Context,
        topics: Annotated[list[str], Arg(text="such as hmd_streaming.eye0")] = [],  # noqa: B006
        hwm: Annotated[int, Arg(text=_UNUSED)] = 100,  # noqa: ARG002
        flip_preview: Annotated[Any, Arg(text=_UNUSED)] = None,  # noqa: ARG002
        focal_length: Annotated[float | None, Arg("px", low=1.0)] = None,
    ) -> None:
        self._context = context
        self._eye = _checked_eye(context, topics)
        self._topics = list(topics)
        self._focal_length = focal_length
        self._state = ""
        self._counters = {"frames": 0, "dropped": 0, "refused": 0}
        self._reported: set[str] = set()
        self._latest, self._offset = _NEVER, 0.0
        self._heard = time.monotonic()
        self._socket = _connected(context, topics)
        self._enter("looking", text=f"waits for pictures on {', '.join(topics)}", remedy=_REMEDY)

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the newest picture; None when none came within 20 ms, or it cannot be used."""
        message = self._newest()
        frame = self._frame(message) if message else None
        if frame:
            if self._state != "streaming":
                self._begin(frame)
        elif self._state == "streaming" and time.monotonic() - self._heard > _SILENCE_SECONDS:
            self._latest = _NEVER
            text = f"no usable picture for {_SILENCE_SECONDS:g} s"
            self._enter("stalled", code="stalled", text=text, remedy=_REMEDY)
        return frame

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``capture.should_report``, answered by ``capture.report``; for one ``eye_id`` or all.

        ``capture.should_set_…`` is answered by ``capture.refused``: the sender decides.
        """
        subject = notification.subject
        if not subject.startswith("capture.should_"):
            return
        if notification.get("eye_id") not in (None, self._eye):
            return
        if subject.startswith("capture.should_report"):
            self._context.notify("capture.report", **self._description())
        else:
            reason = f"{self._context.name} has no camera; the sender of the pictures decides"
            self._context.notify(
                "capture.refused", eye_id=self._eye, request=subject, reason=reason, known=[]
            )

    def close(self) -> None:
        """Leave the bus."""
        self._socket.context.destroy(linger=0)

    def _newest(self) -> list[bytes] | None:
        if not self._socket.poll(_LONGEST_WAIT_MS):
            return None
        message = self._socket.recv_multipart()
        for _ in range(_QUEUE):
            if not self._socket.poll(0):
                break
            message = self._socket.recv_multipart()
            self._counters["dropped"] += 1
        return message

    def _frame(self, message: list[bytes]) -> Frame | None:
        received = time.monotonic()
        try:
            image = image_from(unpack(message[1]), message[2:])
            self._check_time(image, received)
        except (MessageError, IndexError) as error:
            self._refuse(message[0].decode(errors="replace"), str(error))
            return None
        self._heard = received
        self._counters["frames"] += 1
        return Frame(
            eye=self._eye,
            index=self._counters["frames"] - 1 if image.index is None else image.index,
            timestamp=image.timestamp,
            received=self._context.clock.from_monotonic(received),
            gray=image.gray,
            bgr=image.bgr,
            focal_length_px=self._focal_length or image.focal_length_px,
            decode_seconds=time.monotonic() - received,
        )

    def _begin(self, frame: Frame) -> None:
        away = frame.timestamp - frame.received
        notes = []
        if abs(away) > _FAR_SECONDS:
            notes = [f"its times are {away:+.0f} s away from the service's clock; {_ASK_FOR_TIME}"]
            self._context.log.warning("eye%d: the sender of pictures: %s", self._eye, notes[0])
        self._enter("streaming", frame_size=[frame.width, frame.height], notes=notes)

    def _check_time(self, image: Image, received: float) -> None:
        offset = self._context.clock.from_monotonic(received) - received
        if abs(offset - self._offset) > _CLOCK_MOVED:
            self._latest = _NEVER
        if image.timestamp <= self._latest:
            raise MessageError("its timestamp does not rise")
        self._latest, self._offset = image.timestamp, offset

    def _refuse(self, topic: str, problem: str) -> None:
        self._counters["refused"] += 1
        kind = _DIGITS.sub("", problem)
        if kind not in self._reported and len(self._reported) < _MOST_KINDS:
            self._reported.add(kind)
            self._context.log.warning(
                "eye%d: a picture on %s is refused: %s (further ones like it are only counted)",
                self._eye,
                topic,
                problem,
            )

    def _enter(self, state: str, **more: Any) -> None:
        if state != self._state:
            self._state = state
            fields = {"timestamp": self._context.clock.now(), "notes": [], **more}
            self._context.notify(f"capture.{state}", **self._description(), **fields)

    def _description(self) -> dict[str, Any]:
        return {
            "eye_id": self._eye,
            "source": self._context.name,
            "state": self._state,
            "camera": None,
            "topics": self._topics,
            "counters": dict(self._counters),
        }


def _checked_eye(context: Context, topics: list[str]) -> int:
    if context.eye is None:
        raise PluginError("HMD_Streaming_Source runs in eye0 and eye1; give host or target")
    ours, other = f"hmd_streaming.eye{context.eye}", f"eye{1 - context.eye}"
    unfit = [topic for topic in topics if not topic or "world" in topic or other in topic]
    if unfit or not topics:
        raise PluginError(
            f"topics must name where the pictures of eye{context.eye} come, such as"
            f' ["{ours}"]; {", ".join(unfit) or "none"} is not that. A view of the scene'
            " (hmd_streaming.world) is not needed here"
        )
    return context.eye


def _connected(context: Context, topics: list[str]) -> zmq.Socket[bytes]:
    # A socket of its own, so that waiting for a picture is waiting on the bus.
    bus: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = bus.socket(zmq.SUB)
    socket.set_hwm(_QUEUE)
    for topic in topics:
        socket.subscribe(topic)
    socket.connect(context.connection.local_subscribe)
    return socket
