"""The plugin: smooths confident gaze, and says how late that makes it."""

from __future__ import annotations

from typing import Annotated

from gazed import Arg, Context, Gaze, Notification, hookimpl
from gazed_plugins.gaze_smoothing.delays import LARGE_DEG, SMALL_DEG, delays
from gazed_plugins.gaze_smoothing.one_euro import OneEuro
from gazed_plugins.gaze_smoothing.values import aim_of, values_of, with_values

_CONFIDENT = 0.6
_LONGEST_GAP = 0.05
_USUAL_INTERVAL = 1 / 200
_MEMORY = 100


class GazeSmoothing:
    """Smooth each stream of gaze with a one-euro filter (Casiez, Roussel, Vogel 2012).

    A smoothed datum has a field ``smoothing_delay``: the seconds by which it lags behind a
    steady movement. Gaze below a confidence of 0.6 stays as it is and is not averaged in.
    After 50 ms without confident gaze, as in a blink, nothing from before is averaged in.
    """

    order = 0.6

    def __init__(
        self,
        context: Context,
        min_cutoff: Annotated[
            float, Arg("Hz", low=0.01, high=1000.0, live=True, text="less is smoother at rest")
        ] = 4.0,
        speed_gain: Annotated[
            float,
            Arg("Hz s/deg", low=0.0, high=100.0, live=True, text="more is quicker in movement"),
        ] = 0.5,
    ) -> None:
        self._context = context
        self._interval = _USUAL_INTERVAL
        self._streams: dict[str, OneEuro] = {}
        self._settings = (min_cutoff, speed_gain)
        self._report()

    def update(self, min_cutoff: float | None = None, speed_gain: float | None = None) -> None:
        """Take other settings; all streams begin anew."""
        old_cutoff, old_gain = self._settings
        self._settings = (
            old_cutoff if min_cutoff is None else min_cutoff,
            old_gain if speed_gain is None else speed_gain,
        )
        self._streams.clear()
        self._report()

    @hookimpl
    def on_notification(self, notification: Notification) -> None:
        """``gaze_smoothing.should_report`` is answered by ``gaze_smoothing.report``."""
        if notification.subject == "gaze_smoothing.should_report":
            self._report()

    @hookimpl
    def refine_gaze(self, gaze: Gaze) -> Gaze | None:
        """Smooth a confident datum with those before it in its stream."""
        aim = aim_of(gaze) if gaze.confidence >= _CONFIDENT else None
        if aim is None:
            return None
        stream = self._streams.get(gaze.topic)
        if stream is None:
            stream = self._streams[gaze.topic] = OneEuro(*self._settings)
        seconds = stream.since(gaze.timestamp)
        values = values_of(gaze, aim)
        if not (0.0 < seconds <= _LONGEST_GAP and stream.fits(values)):
            stream.begin(gaze.timestamp, aim, values)
        else:
            self._interval += (seconds - self._interval) / _MEMORY
            values = stream.step(gaze.timestamp, aim, values)
        return with_values(gaze, values, {"smoothing_delay": stream.delay})

    def _report(self) -> None:
        (cutoff, gain), rate = self._settings, 1.0 / self._interval
        delay_ms = {name: 1000.0 * seconds for name, seconds in delays(cutoff, gain, rate).items()}
        small, large = delay_ms["small_saccade"], delay_ms["large_saccade"]
        line = (
            "smoothing makes saccades of %g and %g deg %.1f and %.1f ms late at %.0f data a second"
        )
        self._context.log.info(line, SMALL_DEG, LARGE_DEG, small, large, rate)
        self._context.notify(
            "gaze_smoothing.report",
            min_cutoff=cutoff,
            speed_gain=gain,
            rate=rate,
            delay_ms=delay_ms,
        )
