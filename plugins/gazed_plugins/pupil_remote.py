"""Pupil Remote: the request socket that Pupil clients know, on port 50020."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import zmq

from gazed import Arg, Context, Notification, PluginError, hookimpl

# What clients may rely on: hmd-eyes switches 3D off for a major version below 1.
COMPATIBLE_VERSION = "3.6.14"
UNKNOWN = "Unknown command."
TIME_IS_FIXED = (
    "The clock cannot be set while a recording runs; stop it first, or start the Recorder with"
    " allow_time_reset."
)
_MOST_AT_ONCE = 100
_MOST_BYTES = 64 * 1024 * 1024

Format = Literal["jpeg", "yuv", "bgr", "gray"]


class PupilRemote:
    """Answers ``SUB_PORT``, ``PUB_PORT``, ``t``, ``T``, ``v``, ``R``, ``r``, ``C`` and ``c``.

    Messages of several frames are forwarded to the bus unread. Every request gets exactly
    one answer, whatever the rest of the service is doing (spec: protocol 9).
    """

    order = 0.01

    def __init__(
        self,
        context: Context,
        port: Annotated[int, Arg(low=0, high=65535, text="0 takes any free port")] = 50020,
        host: Annotated[str, Arg(text="the address to listen on, * for all")] = "127.0.0.1",
        format: Annotated[Format, Arg(live=True, text="of published eye pictures")] = "jpeg",  # noqa: A002
    ) -> None:
        self._context = context
        self._format: Format = format
        self._zmq: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        self._socket = self._bound(host, port)
        context.poll(self._socket, self._answer_waiting)
        context.log.info("Pupil Remote listens on %s, port %d", host, self.port)
        self._host = host
        self._time_is_fixed = False
        self._report()
        self._publish_frames()
        context.notify("recording.should_report")

    @property
    def port(self) -> int:
        """The port that clients connect to."""
        return int(self._socket.get_string(zmq.LAST_ENDPOINT).rstrip("\0").rpartition(":")[2])

    def update(self, format: Format | None = None, **_: object) -> None:  # noqa: A002
        """Take a new picture format; the socket stays as it is, clients depend on it."""
        if format:
            self._format = format
            self._publish_frames()

    def close(self) -> None:
        """Close the port."""
        self._context.notify("frame_publishing.stopped")
        self._zmq.destroy(linger=200)

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``frame_publishing.set_format`` {format}, and ``pupil_remote.should_report``.

        While a recording runs, which ``recording.started``, ``.stopped`` and ``.report`` tell,
        ``T`` is refused, unless the recorder was started with ``allow_time_reset``.
        """
        if notification.subject == "frame_publishing.set_format":
            self._set_format(notification["format"])
        elif notification.subject.startswith("eye_process.started"):
            self._publish_frames()
        elif notification.subject == "pupil_remote.should_report":
            self._report()
        elif notification.subject == "recording.stopped":
            self._time_is_fixed = False
        elif notification.subject in ("recording.started", "recording.report"):
            runs = bool(notification.get("recording", True))
            self._time_is_fixed = runs and not notification.get("allow_time_reset")

    def _report(self) -> None:
        self._context.notify("pupil_remote.listening", host=self._host, port=self.port)

    def _set_format(self, wanted: object) -> None:
        if wanted not in ("jpeg", "yuv", "bgr", "gray"):
            self._context.log.error(
                "frame_publishing.set_format: %r is not jpeg, yuv, bgr or gray; %s stays",
                wanted,
                self._format,
            )
            return
        self._format = wanted
        self._publish_frames()

    def _publish_frames(self) -> None:
        self._context.notify("frame_publishing.started", format=self._format)

    def _bound(self, host: str, port: int) -> zmq.Socket[bytes]:
        socket = self._zmq.socket(zmq.ROUTER)
        socket.set_hwm(10_000)
        socket.maxmsgsize = _MOST_BYTES
        socket.tcp_keepalive = 1
        try:
            socket.bind(f"tcp://{host}:{port or '*'}")
        except zmq.ZMQError as error:
            self._zmq.destroy(linger=0)
            raise PluginError(
                f"Pupil Remote cannot listen on port {port} of {host}: {error.strerror}; is gazed,"
                " Pupil Service or Pupil Capture running already? Stop it or choose another --port"
            ) from None
        return socket

    def _answer_waiting(self) -> None:
        for _ in range(_MOST_AT_ONCE):
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            if b"" in frames[1:]:
                border = frames.index(b"", 1) + 1
                reply = self._reply(frames[border:])
                self._socket.send_multipart([*frames[:border], reply.encode()])

    def _reply(self, request: list[bytes]) -> str:
        if len(request) > 1:
            self._context.forward(request)
            return "Message forwarded."
        try:
            text = request[0].decode() if request else ""
        except UnicodeDecodeError:
            return UNKNOWN
        return self._command(text)

    def _command(self, text: str) -> str:
        exact = {
            "SUB_PORT": self._sub_port,
            "PUB_PORT": self._pub_port,
            "C": self._start_calibration,
            "c": self._stop_calibration,
        }
        if text in exact:
            return exact[text]()
        by_letter = {
            "R": self._start_recording,
            "r": self._stop_recording,
            "T": self._set_time,
            "t": self._time,
            "v": self._version,
        }
        return by_letter[text[0]](text) if text[:1] in by_letter else UNKNOWN

    def _sub_port(self) -> str:
        return str(self._context.connection.subscribe_port)

    def _pub_port(self) -> str:
        return str(self._context.connection.publish_port)

    def _start_calibration(self) -> str:
        self._context.notify("calibration.should_start")
        return "OK"

    def _stop_calibration(self) -> str:
        self._context.notify("calibration.should_stop")
        return "OK"

    def _start_recording(self, text: str) -> str:
        self._context.notify("recording.should_start", session_name=text[2:])
        return "OK"

    def _stop_recording(self, _: str) -> str:
        self._context.notify("recording.should_stop")
        return "OK"

    def _set_time(self, text: str) -> str:
        try:
            now = float(text[2:])
        except ValueError:
            now = math.nan
        if not math.isfinite(now):
            return f"'{text[2:]}' cannot be converted to float."
        if self._time_is_fixed:
            self._context.log.error("T: %s", TIME_IS_FIXED)
            return TIME_IS_FIXED
        self._context.clock.set(now)
        return "Timesync successful."

    def _time(self, _: str) -> str:
        return repr(self._context.clock.now())

    def _version(self, _: str) -> str:
        return COMPATIBLE_VERSION
