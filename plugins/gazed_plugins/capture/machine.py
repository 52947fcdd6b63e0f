"""What state a camera is in, when it changes, and when to try again; a pure function of time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gazed_plugins.capture.cameras import CameraInfo, Mode
from gazed_plugins.capture.faults import CameraFault, Stalled

_FIRST_PICTURE_SECONDS = 3.0
_STALL_SECONDS = 0.25
_STALL_PERIODS = 8.0
_REOPEN_SECONDS = 1.0
_LATE_PERIODS = 1.5
_FIRST_PAUSE = 0.05
_LONGEST_PAUSE = 0.4
_LONGEST_PAUSE_BY_HAND = 0.8


class State(StrEnum):
    """Where a camera is on its way to giving pictures."""

    LOOKING = "looking"
    OPENING = "opening"
    STREAMING = "streaming"
    STALLED = "stalled"
    LOST = "lost"


@dataclass(slots=True)
class Counters:
    """What has happened since the source was started.

    ``late`` counts pictures that came more than one and a half periods after the one before,
    ``dropped`` those that nobody took in time. Each field is written by one thread only.
    """

    frames: int = 0
    late: int = 0
    dropped: int = 0
    damaged: int = 0
    undecodable: int = 0
    reconnects: int = 0

    def to_wire(self) -> dict[str, int]:
        """Return the fields that notifications carry."""
        return {
            "frames": self.frames,
            "late": self.late,
            "dropped": self.dropped,
            "decode_errors": self.damaged + self.undecodable,
            "reconnects": self.reconnects,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A new state, or a new reason for the same one, as users are told."""

    state: State
    moment: float
    camera: CameraInfo | None
    mode: Mode | None
    fault: CameraFault | None
    notes: tuple[str, ...] = ()


class Machine:
    """Turns what happens to a camera into changes of state.

    All times are seconds of one monotonic clock. Methods return a Change when there is
    something to tell. A further attempt that ends as the one before tells nothing, so that
    a camera that is busy for an hour is mentioned once.
    """

    def __init__(self, counters: Counters) -> None:
        self.state = State.LOOKING
        self.counters = counters
        self.pause = 0.0
        self.mode: Mode | None = None
        self.camera: CameraInfo | None = None
        self._fault: CameraFault | None = None
        self._failures = 0
        self._since = 0.0
        self._last_picture: float | None = None
        self._told: tuple[State, str, Mode | None] | None = None
        self._streamed = False
        self._refused = False
        self._notes: tuple[str, ...] = ()

    def looking(self, now: float) -> Change | None:
        """Note that the search for the first camera has begun."""
        return self._enter(State.LOOKING, now)

    def found(self, camera: CameraInfo, now: float) -> Change | None:
        """Note that the camera is there and is about to be opened."""
        self.camera, self.mode = camera, None
        if self._refused:
            return None
        self._fault = None
        return self._enter(State.OPENING, now)

    def opened(self, mode: Mode, notes: tuple[str, ...], now: float) -> None:
        """Note that the camera is open; pictures are to come."""
        self.mode, self._notes = mode, notes
        self._since, self._last_picture = now, None

    def picture(self, now: float) -> Change | None:
        """Note that a whole picture has come."""
        self.counters.frames += 1
        last, self._last_picture = self._last_picture, now
        if self.state is State.STREAMING:
            if last is not None and now - last > _LATE_PERIODS / self._rate():
                self.counters.late += 1
            return None
        self.counters.reconnects += self._streamed and last is None
        self._streamed, self._refused, self._failures, self._fault = True, False, 0, None
        return self._enter(State.STREAMING, now)

    def silent(self, now: float, fault: CameraFault) -> Change | None:
        """Note that no whole picture came; after some time that is a stall, by ``fault``."""
        if self.state is not State.STREAMING or self._silence(now) < self._patience():
            return None
        self._fault = fault
        return self._enter(State.STALLED, now)

    def gives_up(self, now: float) -> bool:
        """Tell whether the camera has been silent for so long that it is to be opened anew."""
        if self._last_picture is None:
            return now - self._since > _FIRST_PICTURE_SECONDS
        return self._silence(now) > self._patience() + _REOPEN_SECONDS

    def failed(self, fault: CameraFault, now: float) -> Change | None:
        """Note that the camera could not be opened, or cannot be used any longer."""
        self._refused = self.state not in (State.STREAMING, State.STALLED)
        self._wait_longer(fault)
        self._fault, self.mode = fault, None
        return self._enter(State.LOST, now)

    def missing(self, fault: CameraFault, now: float) -> Change | None:
        """Note that no camera is this eye's; ``fault`` says why."""
        self._refused = False
        self._wait_longer(fault)
        self._fault, self.mode, self.camera = fault, None, None
        return self._enter(State.LOOKING, now)

    def switched(self, mode: Mode, now: float) -> Change | None:
        """Note that the camera goes on in another mode."""
        self.mode, self._last_picture = mode, now
        return self._enter(self.state, now)

    def stalled(self) -> Stalled:
        """Return the fault of a camera that is there but sends nothing."""
        return Stalled(str(self.camera))

    def _wait_longer(self, fault: CameraFault) -> None:
        longest = _LONGEST_PAUSE_BY_HAND if fault.by_hand else _LONGEST_PAUSE
        self.pause = min(longest, _FIRST_PAUSE * 2 ** min(self._failures, 10))
        self._failures += 1

    def _enter(self, state: State, now: float) -> Change | None:
        self.state, self._since = state, now
        news = (state, self._fault.text if self._fault else "", self.mode)
        if news == self._told:
            return None
        self._told = news
        notes = self._notes if state is State.STREAMING else ()
        return Change(state, now, self.camera, self.mode, self._fault, notes)

    def _silence(self, now: float) -> float:
        return now - (self._since if self._last_picture is None else self._last_picture)

    def _patience(self) -> float:
        return max(_STALL_SECONDS, _STALL_PERIODS / self._rate())

    def _rate(self) -> float:
        return self.mode.rate if self.mode else 1.0
