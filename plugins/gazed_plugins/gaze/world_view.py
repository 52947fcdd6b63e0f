"""The plugin that tells the intrinsics of the world pictures a client streams."""

from __future__ import annotations

import zmq

from gazed import Context, MessageError, Notification, hookimpl, unpack
from gazed_plugins.gaze.view import VIEW_REPORT, View

WORLD = "hmd_streaming.world"

_LOOK_SECONDS = 10.0
_MOST_QUEUED = 8


class WorldView:
    """Publish ``world_view.report`` when the view of ``hmd_streaming.world`` is known or changes.

    Pictures are megabytes, and their intrinsics hardly ever change: one picture is looked at
    every ten seconds, and the wish for more is withdrawn in between.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._view: View | None = None
        self._looking = False
        self._socket = _connected(context)
        context.poll(self._socket, self._seen)

    def close(self) -> None:
        """Leave the bus."""
        self._socket.context.destroy(linger=0)

    @hookimpl
    def tick(self) -> float:
        """Wait for one more picture."""
        if not self._looking:
            self._looking = True
            self._socket.subscribe(WORLD)
        return _LOOK_SECONDS

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``world_view.should_report`` is answered, once a view is known."""
        if notification.subject == "world_view.should_report" and self._view:
            self._context.notify(VIEW_REPORT, **self._view.to_wire())

    def _seen(self) -> None:
        if self._looking:
            self._looking = False
            self._socket.unsubscribe(WORLD)
        message = self._socket.recv_multipart(copy=False)
        for _ in range(_MOST_QUEUED):
            if not self._socket.poll(0):
                break
            self._socket.recv_multipart(copy=False)
        if len(message) < 2:
            raise MessageError(f"{WORLD}: the message has no payload frame")
        self._tell(View.from_wire(unpack(message[1].bytes)))

    def _tell(self, view: View) -> None:
        if view != self._view:
            self._view = view
            line = "norm_pos of 3D gaze is now in the view of %s: %g x %g px, focal length %g px"
            self._context.log.info(line, WORLD, view.width, view.height, view.focal[0])
            self._context.notify(VIEW_REPORT, **view.to_wire())


def _connected(context: Context) -> zmq.Socket[bytes]:
    # A socket of its own: what a host subscribes to it hears for good.
    bus: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    socket = bus.socket(zmq.SUB)
    socket.rcvhwm = 1
    socket.connect(context.connection.local_subscribe)
    return socket
