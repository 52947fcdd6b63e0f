"""What the host's loop wants of the camera, done in the camera's thread between two pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from gazed_plugins.capture.cameras import CameraInfo, Chooser, OpenCamera, RefusedError
from gazed_plugins.capture.faults import CameraFault

if TYPE_CHECKING:
    from gazed_plugins.capture.grabber import Grabber

Work = Callable[[OpenCamera], Any]
Then = Callable[[Any], None]


class Errands:
    """Takes errands in the loop, does them in the thread, and brings the results back.

    A result is handed to ``then`` in the loop; what cannot be done gives a RefusedError.
    """

    def __init__(self, grabber: Grabber) -> None:
        self._grabber = grabber
        self._waiting: deque[Callable[[], None]] = deque()

    def ask(self, work: Work, then: Then) -> None:
        """Have ``work(camera)`` done; it may raise RefusedError or CameraFault."""
        self._waiting.append(lambda: self._answer(self._with_camera, work, then))

    def ask_for(self, chooser: Chooser, then: Then) -> None:
        """Have this eye's camera chosen anew; the result is its CameraInfo.

        When there is none, or it cannot be opened, the camera stays the one it was.
        """
        self._waiting.append(lambda: self._answer(self._change_to, chooser, then))

    def work_off(self) -> None:
        """Do what waits; for the camera's thread."""
        while self._waiting:
            self._waiting.popleft()()

    def _answer(self, work: Callable[[Any], Any], what: Any, then: Then) -> None:
        try:
            result = work(what)
        except RefusedError as error:
            result = error
        self._grabber.inbox.append(lambda: then(result))

    def _with_camera(self, work: Work) -> Any:
        grabber = self._grabber
        if grabber.camera is None:
            raise RefusedError(f"no camera is open; the state is {grabber.machine.state}")
        try:
            return grabber.native(work, grabber.camera)
        except CameraFault as fault:
            grabber.lose(fault)
            raise RefusedError(str(fault)) from None

    def _change_to(self, chooser: Chooser) -> CameraInfo:
        grabber = self._grabber
        cameras: list[CameraInfo] = []
        try:
            cameras = grabber.native(grabber.backend.cameras)
            info = chooser.choose(cameras)
            if grabber.camera is None or grabber.camera.info.key != info.key:
                camera = grabber.native(grabber.backend.open, info, grabber.wish)
                grabber.exchange(camera)
        except CameraFault as fault:
            raise RefusedError(str(fault), [camera.to_wire() for camera in cameras]) from None
        grabber.chooser = chooser
        chooser.bind(info)
        return info
