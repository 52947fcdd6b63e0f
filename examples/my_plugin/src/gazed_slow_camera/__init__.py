"""Warn when an eye camera is slower than promised."""

from collections import deque
from typing import Annotated

from gazed import Arg, Context, Frame, hookimpl


class SlowCamera:
    """Publish ``camera.slow`` when the mean frame rate falls below a limit."""

    def __init__(
        self,
        context: Context,
        limit: Annotated[float, Arg("Hz", low=1.0)] = 100.0,
        window: Annotated[int, Arg("frames", low=2)] = 60,
    ) -> None:
        self._context = context
        self._limit = limit
        self._times: deque[float] = deque(maxlen=window)

    @hookimpl
    def on_frame(self, frame: Frame) -> None:
        """Look at the frame times, never at the pixels."""
        self._times.append(frame.timestamp)
        if len(self._times) == self._times.maxlen and self._rate() < self._limit:
            self._context.notify("camera.slow", eye=frame.eye, rate=self._rate())
            self._times.clear()

    def _rate(self) -> float:
        return (len(self._times) - 1) / (self._times[-1] - self._times[0])
