"""One thread that owns a camera: finds it, opens it, reads it, and never lets go of the search."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

from gazed_plugins.capture.cameras import (
    Backend,
    CameraInfo,
    Chooser,
    ControlInfo,
    Mode,
    OpenCamera,
    Picture,
    Wish,
)
from gazed_plugins.capture.decode import whole
from gazed_plugins.capture.errands import Errands
from gazed_plugins.capture.faults import BadPicture, Broken, CameraFault, Unplugged
from gazed_plugins.capture.machine import Change, Counters, Machine
from gazed_plugins.capture.mailbox import Mailbox
from gazed_plugins.capture.stamps import Stamper
from gazed_plugins.capture.times import RealTime, Time

_READ_SECONDS = 0.1
_LONGEST_PAUSE = 0.1
_JOIN_SECONDS = 2.0
MENTION_SECONDS = 5.0
_SURPRISE = "an error that nobody foresaw; the daemon's output has it"


class Listener(Protocol):
    """Who is told, in the host's loop, what happens to the camera."""

    def changed(self, change: Change) -> None:
        """Hear of a new state, or of a new reason for the same one."""

    def damaged(self, fault: BadPicture) -> None:
        """Hear of a damaged picture; of one in five seconds at most."""


class Stamped(NamedTuple):
    """A picture, the monotonic time at which it was taken, its number, and the camera's mode."""

    picture: Picture
    taken: float
    number: int
    mode: Mode | None


class Grabber:
    """Keeps one camera giving pictures, whatever happens to it.

    Pictures go into ``mailbox``; everything else that the host's loop should know goes as
    something to call into ``inbox``. ``step`` does one native call or one short wait. The
    wish may be changed from the camera's thread only, that is by an errand.
    """

    def __init__(
        self,
        backend: Backend,
        chooser: Chooser,
        wish: Wish,
        listener: Listener,
        clock: Time | None = None,
    ) -> None:
        self.backend = backend
        self.chooser = chooser
        self.wish = wish
        self.counters = Counters()
        self.mailbox: Mailbox[Stamped] = Mailbox(self.counters)
        self.inbox: deque[Callable[[], None]] = deque()
        self.stamper = Stamper()
        self.machine = Machine(self.counters)
        self.errands = Errands(self)
        self.camera: OpenCamera | None = None
        self._listener = listener
        self._real_time = RealTime()
        self._time: Time = clock or self._real_time
        self._retry_at = self._mention_at = 0.0
        self._native_since: float | None = None
        self._stopping = False
        self._thread: threading.Thread | None = None

    def start(self, name: str) -> None:
        """Begin, in a thread of this name."""
        self._note(self.machine.looking(self._time.now()))
        self._begin_thread(name)

    def revive(self) -> None:
        """Begin again, after a surprise from a driver has ended the thread."""
        if self._thread is not None:
            camera = str(self.machine.camera or "the camera")
            self._failed(self.machine.failed(Broken(camera, _SURPRISE), self._time.now()))
            self._begin_thread(self._thread.name)

    def stop(self) -> bool:
        """End and give the camera back; False when a native call does not return in time."""
        self._stopping = True
        self._real_time.wake()
        if self._thread is None:
            self._close()
            return True
        self._thread.join(_JOIN_SECONDS)
        return not self._thread.is_alive()

    def alive(self) -> bool:
        """Tell whether the thread runs; it ends by itself only if a backend raises a surprise."""
        return self._thread is None or self._thread.is_alive()

    def stuck_for(self) -> float:
        """Return for how many seconds the driver has not returned from a call."""
        since = self._native_since
        return 0.0 if since is None else self._time.now() - since

    def step(self) -> None:
        """Do what has been asked for, then read one picture or look for the camera once."""
        self.errands.work_off()
        if self.camera is not None:
            self._read(self.camera)
        elif (wait := self._retry_at - self._time.now()) > 0:
            self._time.pause(min(wait, _LONGEST_PAUSE))
        else:
            self._find()

    def switch(self, camera: OpenCamera, mode: Mode) -> None:
        """Have the camera go on in another mode; for errands."""
        camera.set_mode(mode)
        self.wish = replace(self.wish, mode=mode)
        self.stamper.reset()
        self._note(self.machine.switched(camera.mode, self._time.now()))

    def set_control(self, camera: OpenCamera, name: str, value: Any) -> ControlInfo:
        """Set one of the camera's controls, now and after each opening; for errands."""
        control = camera.set_control(name, value)
        self.wish = replace(self.wish, controls={**self.wish.controls, control.name: value})
        return control

    def lose(self, fault: CameraFault) -> None:
        """Close a camera that cannot be used any longer, and look for it again."""
        self._close()
        self._failed(self.machine.failed(fault, self._time.now()))

    def exchange(self, camera: OpenCamera) -> None:
        """Go on with another camera, which is open."""
        self._close()
        self._note(self.machine.found(camera.info, self._time.now()))
        self._begin(camera)

    def native(self, call: Callable[..., Any], *values: Any) -> Any:
        """Call a driver, watched over by ``stuck_for``."""
        self._native_since = self._time.now()
        try:
            return call(*values)
        finally:
            self._native_since = None

    def _begin_thread(self, name: str) -> None:
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._stopping:
                self.step()
        finally:
            self._close()

    def _find(self) -> None:
        info = None
        try:
            info = self.chooser.choose(self.native(self.backend.cameras))
            self._note(self.machine.found(info, self._time.now()))
            camera = self.native(self.backend.open, info, self.wish)
        except CameraFault as fault:
            note = self.machine.missing if info is None else self.machine.failed
            self._failed(note(fault, self._time.now()))
        else:
            self.chooser.bind(info)
            self._begin(camera)

    def _read(self, camera: OpenCamera) -> None:
        try:
            picture = self.native(camera.read, _READ_SECONDS)
        except BadPicture as fault:
            self._damaged(fault)
        except CameraFault as fault:
            self.lose(self._cause(camera, fault))
        else:
            if picture is None:
                self._silence(camera, self.machine.stalled())
            elif picture.jpeg is not None and not whole(picture.jpeg):
                self._damaged(BadPicture(str(camera.info), "its JPEG is incomplete"))
            else:
                self._take(picture)

    def _take(self, picture: Picture) -> None:
        taken = self.stamper.stamp(picture.received, picture.device_time)
        change = self.machine.picture(picture.received)
        if change is not None:
            self._note(change)
        self.mailbox.put(Stamped(picture, taken, self.counters.frames - 1, self.machine.mode))

    def _damaged(self, fault: BadPicture) -> None:
        self.counters.damaged += 1
        now = self._time.now()
        if now >= self._mention_at:
            self._mention_at = now + MENTION_SECONDS
            self.inbox.append(lambda: self._listener.damaged(fault))
        if self.camera is not None:
            self._silence(self.camera, fault)

    def _silence(self, camera: OpenCamera, fault: CameraFault) -> None:
        now = self._time.now()
        change = self.machine.silent(now, fault)
        gives_up = self.machine.gives_up(now)
        if change is None and not gives_up:
            return
        cause = self._cause(camera, fault)
        if gives_up or isinstance(cause, Unplugged):
            self.lose(cause)
        else:
            self._note(change)

    def _cause(self, camera: OpenCamera, fault: CameraFault) -> CameraFault:
        # Drivers rarely say that a camera is gone; the bus does.
        return fault if self._present(camera.info) else Unplugged(str(camera.info))

    def _present(self, info: CameraInfo) -> bool:
        try:
            cameras = self.native(self.backend.cameras)
        except CameraFault:
            return True
        return any(camera.key == info.key and camera.name == info.name for camera in cameras)

    def _failed(self, change: Change | None) -> None:
        self._retry_at = self._time.now() + self.machine.pause
        self._note(change)

    def _close(self) -> None:
        camera, self.camera = self.camera, None
        if camera is not None:
            self.native(camera.close)

    def _begin(self, camera: OpenCamera) -> None:
        self.camera = camera
        self.stamper.reset()
        self.machine.opened(camera.mode, camera.notes, self._time.now())

    def _note(self, change: Change | None) -> None:
        if change is not None:
            self.inbox.append(lambda: self._listener.changed(change))
