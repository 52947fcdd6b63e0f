"""An eye camera that is not there: pictures of a simulated wearer, at a camera's pace."""

from __future__ import annotations

import math
import sys
import time
from typing import Annotated, Any, Literal

from gazed import Arg, Context, Frame, MessageError, Notification, PluginError, hookimpl
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.look import LOOKS, Level
from gazed_plugins.simulated_headset.renderer import Renderer
from gazed_plugins.simulated_headset.wearer import EyeState, Wearer

_LONGEST_WAIT = 0.02
_FRAMES_LATE = 3
_LONGEST_AWAY = 3600.0
_FARTHEST_MM, _LARGEST_SLIP_MM = 1e9, 10.0
_LARGEST_KAPPA_DEG = 15.0


class SimulatedEye:
    """Deliver one eye's pictures of a simulated wearer, and publish what is true of them.

    Frames are due at whole multiples of the frame period of the machine's monotonic time,
    and the wearer lives in that time too: both eyes' processes agree on every saccade and
    blink, whenever they started and however the shared clock is set. ``skipped`` counts
    frames left out because they were due more than three frames ago.
    """

    role = "source"

    def __init__(  # noqa: PLR0913  (one parameter is one argument of start_plugin)
        self,
        context: Context,
        *,
        size: Annotated[Literal[192, 400], Arg("px", text="width and height")] = 192,
        frame_rate: Annotated[float, Arg("fps", low=1.0, high=200.0)] = 200.0,
        level: Annotated[Level, Arg(text="how hard the pictures are to read")] = "easy",
        seed: Annotated[int, Arg(text="which person; the same in both eyes")] = 0,
        reaction_time: Annotated[float, Arg("s", low=0.0, high=2.0)] = 0.2,
        blinks_per_minute: Annotated[
            float | None, Arg("1/min", low=0.0, high=60.0, text="unset: the level's")
        ] = None,
        slip: Annotated[
            tuple[float, float, float],
            Arg("mm", text="how far off the headset sits, in the HMD frame"),
        ] = (0.0, 0.0, 0.0),
        wrong_fixations: Annotated[
            float, Arg(low=0.0, high=1.0, text="share of shown targets not looked at")
        ] = 0.0,
        kappa: Annotated[
            tuple[float, float],
            Arg("deg", text="how far the optical axis points outward and up of the gaze"),
        ] = (0.0, 0.0),
    ) -> None:
        if context.eye is None:
            raise PluginError("a simulated eye runs in an eye host only: start it in eye0 or eye1")
        if max(map(abs, slip)) > _LARGEST_SLIP_MM:
            raise PluginError(f"a slip is at most {_LARGEST_SLIP_MM:g} mm along each axis")
        if max(map(abs, kappa)) > _LARGEST_KAPPA_DEG:
            raise PluginError(f"kappa is at most {_LARGEST_KAPPA_DEG:g} degrees each way")
        self.skipped = 0
        self._context = context
        self._eye = context.eye
        look = LOOKS[level]
        blinks = look.blinks_per_minute if blinks_per_minute is None else blinks_per_minute
        self._renderer = Renderer(self._eye, size, look, seed)
        self._wearer = Wearer(
            seed,
            reaction_time=reaction_time,
            blinks_per_minute=blinks,
            opening=look.opening,
            slip_mm=slip,
            wrong_fixations=wrong_fixations,
            kappa_deg=kappa,
        )
        self._frame_rate = frame_rate
        self._first: int | None = None
        self._next = 0
        self._prepared: tuple[int, EyeState] | None = None

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the next frame when it is due; None when that is more than 20 ms away.

        The picture is drawn while its time has not come yet.
        """
        self._skip_late_frames()
        state = self._prepare()
        due = self._next / self._frame_rate
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(min(wait, _LONGEST_WAIT))
        if wait > _LONGEST_WAIT:
            return None
        return self._deliver(state, self._context.clock.from_monotonic(due))

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """Look at targets and let the headset slip, as clients tell."""
        if notification.subject == "simulated_headset.target":
            target = None
            if notification["position"] is not None:
                target = _vector(notification, "position", _FARTHEST_MM)
            self._wearer.look_at(target, self._moment(notification))
        elif notification.subject == "simulated_headset.slip":
            self._wearer.slip(
                _vector(notification, "mm", _LARGEST_SLIP_MM), self._moment(notification)
            )

    def close(self) -> None:
        """Say how many frames were left out."""
        if self.skipped:
            text = "eye%d: %d frames were left out; fewer fps or a smaller size would help"
            self._context.log.warning(text, self._eye, self.skipped)

    def _skip_late_frames(self) -> None:
        newest = math.floor(time.monotonic() * self._frame_rate)
        if self._first is None:
            self._first = self._next = newest + 1
        elif newest - self._next > _FRAMES_LATE:
            self.skipped += newest - self._next
            self._next = newest

    def _prepare(self) -> EyeState:
        if self._prepared is None or self._prepared[0] != self._next:
            state = self._wearer.state(self._eye, self._next / self._frame_rate)
            self._renderer.clean(state)
            self._prepared = (self._next, state)
        return self._prepared[1]

    def _deliver(self, state: EyeState, timestamp: float) -> Frame:
        index = self._next - (self._first or 0)
        self._next += 1
        frame = self._renderer.frame(state, index, timestamp, self._context.clock.now())
        topic = f"simulated.truth.{self._eye}"
        if self._context.wanted(topic):
            truth = self._renderer.truth(state).to_wire()
            counts = {"index": index, "skipped": self.skipped}
            self._context.publish(topic, {"timestamp": timestamp, **truth, **counts})
        return frame

    def _moment(self, notification: Notification) -> float:
        # On the machine's monotonic time; without a timestamp it is now.
        timestamp = notification.get("timestamp")
        if timestamp is None:
            return time.monotonic()
        if not _is_number(timestamp):
            raise MessageError(f"{notification.subject}: timestamp is not a number")
        moment: float = timestamp - self._context.clock.from_monotonic(0.0)
        if abs(moment - time.monotonic()) > _LONGEST_AWAY:
            raise MessageError(f"{notification.subject}: timestamp is not within an hour of now")
        return moment


def _vector(notification: Notification, key: str, limit_mm: float) -> Vector:
    value = notification[key]
    if not isinstance(value, (list, tuple)) or len(value) != 3 or not all(map(_is_number, value)):
        raise MessageError(f"{notification.subject}: {key} is not a list of three numbers")
    if max(map(abs, value)) > limit_mm:
        raise MessageError(f"{notification.subject}: {key} is more than {limit_mm:g} mm away")
    x, y, z = map(float, value)
    return (x, y, z)


def _is_number(value: Any) -> bool:
    # An int too large for a float is none either.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) <= sys.float_info.max
