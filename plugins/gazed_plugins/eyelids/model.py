"""How far one wearer's lids are apart, by what that wearer's open and closed eye look like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.eyelids.average import Average
from gazed_plugins.eyelids.closing import Closing
from gazed_plugins.eyelids.views import Floats

SEEN, LOST = 0.6, 0.3
"""The pupil is there from the first confidence on, and gone below the second."""

TRUSTED = 0.5
"""From this likeness on a reading says something about the lids."""

_STRANGE, _BEYOND = 8.0, 0.4
_LOW, _CONTRADICTED = 0.5, 0.3
_RIDGE = 0.02
_STEP_SECONDS, _MEMORY_SECONDS = 0.1, 30.0
_BRIGHTNESS_SECONDS = 2.0
_LEAST_VIEWS, _VIEWS_PER_SOLUTION = 3, 20
_PAUSE_SECONDS, _VIEWS_STILL_GOOD = 10.0, 30
_MOST_CLOSINGS = 4
_CLOSED_ENOUGH, _MOST_STRIKES = 0.6, 2


@dataclass(frozen=True, slots=True)
class Reading:
    """``openness`` is 0 for closed and 1 for usually open lids, and may lie beyond either.

    ``strangeness`` is how far the picture is from any mixture of the two, in squared
    standard deviations of the open eye.
    """

    openness: float
    strangeness: float

    @property
    def likeness(self) -> float:
        """From 1, a picture as it should be, towards 0 for one that shows something else."""
        beyond = max(0.0, -self.openness, self.openness - 1.0)
        return 1.0 / (1.0 + (self.strangeness / _STRANGE) ** 2 + (beyond / _BEYOND) ** 2)


class LidModel:
    """One eye's lids: ``read`` each view, then ``learn`` from it.

    The open eye is what is seen with a pupil, in all directions it looks to; the closed eye
    is what was seen when the pupil was gone for less than a second and its place turned
    bright. Openness is the linear discriminant of the two (Fisher 1936): the sum of the
    cells that tells them apart best against all that gaze, pupil size and noise change in
    the open eye. Brightness is relative to that of the last seconds' open eye.
    """

    def __init__(self) -> None:
        self.closings = 0
        self._open = Average(round(_MEMORY_SECONDS / _STEP_SECONDS))
        self._brightness = 0.0
        self._closing = Closing()
        self._closed: Floats | None = None
        self._axes: Floats | None = None
        self._length = 0.0
        self._usual = 1.0
        self._strikes = 0
        self._newest = -np.inf
        self._learned = -np.inf

    @property
    def ready(self) -> bool:
        """Whether a closed eye was seen, so that views can be read."""
        return self._axes is not None

    def read(self, view: Floats) -> Reading | None:
        """Return how open the lids are in a view (64,); None before a closed eye was seen."""
        if self._closed is None or self._axes is None:
            return None
        away = view / self._brightness - self._closed
        openness, along = (self._axes @ away).tolist()
        rest = float(away @ away) + openness * (openness * self._length - 2.0 * along)
        return Reading(openness, rest / self._usual)

    def confidence(self, reading: Reading, pupil: bool) -> float:
        """Return how far a reading is to be trusted, 0 to 1, given whether a pupil is seen.

        It grows with the blinks that the model was learned from, as n / (n + 1), and is
        less where the picture is strange, or where a pupil is seen between closed lids.
        """
        contradicted = pupil and reading.openness < _LOW
        experience = self.closings / (self.closings + 1)
        return reading.likeness * experience * (_CONTRADICTED if contradicted else 1.0)

    def learn(self, view: Floats, timestamp: float, confidence: float, cell: int | None) -> None:
        """Learn from a view, the confidence that there is a pupil in it, and the pupil's cell."""
        if timestamp < self._newest:
            self._closing.clear()
            self._learned = -np.inf
        self._newest = timestamp
        if confidence >= SEEN and cell is not None:
            self._see_open(view, timestamp, cell)
        elif confidence < LOST and self._brightness:
            self._closing.add(view / self._brightness, timestamp)

    def doubt(self) -> None:
        """Learn the open eye anew within seconds, because the headset sits differently."""
        self._open.doubt(_VIEWS_STILL_GOOD)

    def _see_open(self, view: Floats, timestamp: float, cell: int) -> None:
        self._follow_brightness(view, timestamp - self._closing.last_seen)
        level = float(view[cell]) / self._brightness
        closed = self._closing.end(level, timestamp, cell, self._open.mean)
        if closed is not None and self._open.count >= _LEAST_VIEWS:
            self._see_closed(closed)
        if timestamp - self._learned >= _STEP_SECONDS:
            if timestamp - self._learned > _PAUSE_SECONDS:
                self.doubt()
            self._learned = timestamp
            self._open.add(view / self._brightness)
            if self._open.count % _VIEWS_PER_SOLUTION == 0:
                self._solve()

    def _follow_brightness(self, view: Floats, seconds: float) -> None:
        brightness = max(float(np.add.reduce(view)) / len(view), 1.0)
        gain = min(1.0, seconds / _BRIGHTNESS_SECONDS) if self._brightness else 1.0
        self._brightness += gain * (brightness - self._brightness)

    def _see_closed(self, closed: Floats) -> None:
        if self._closed is None or self._axes is None:
            self._begin(closed)
        elif float((closed - self._closed) @ self._axes[0]) < _CLOSED_ENOUGH:
            self.closings += 1
            self._strikes = 0
            gain = 1.0 / min(self.closings, _MOST_CLOSINGS)
            self._closed = self._closed + gain * (closed - self._closed)
        else:
            self._strikes += 1
            if self._strikes >= _MOST_STRIKES:
                self._begin(closed)
        self._solve()

    def _begin(self, closed: Floats) -> None:
        self._closed = closed
        self.closings = 1
        self._strikes = 0

    def _solve(self) -> None:
        if self._closed is None:
            return
        # Along the first axis lies the openness; the second one, the way from the closed to the
        # open eye, is for what of a view no openness explains.
        span = self._open.mean - self._closed
        spread = self._open.covariance + _RIDGE * np.eye(len(span))
        weights = np.linalg.solve(spread, span)
        self._axes = np.stack([weights / float(span @ weights), span])
        self._length = float(span @ span)
        self._usual = float(np.trace(self._open.covariance)) + _RIDGE
