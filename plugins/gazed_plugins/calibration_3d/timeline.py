"""When which target was shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gazed_plugins.calibration_3d.vectors import Floats, Indices, degrees_between, unit

Y_FACTOR = -1.0
"""Clients send y up; the service's frame has y down (spec: data 1)."""

_SAME_TARGET_DEG = 1.0
_LONGEST_GAP = 0.4
_SHORTEST_HALF, _LONGEST_HALF = 0.005, 1 / 15
MOST_TARGETS = 600


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """The references in time, and the targets they belong to.

    ``times`` (m,) are sorted and ``positions`` (m, 3) in mm in the service's frame. Target k was
    seen on the display from ``first[k]`` to ``last[k]``; each reference stands for the time up to
    ``half`` a sample before and after it. ``means`` (targets, 3) are the targets' positions.
    """

    times: Floats
    positions: Floats
    first: Floats
    last: Floats
    means: Floats
    half: float

    def targets_at(self, times: Floats) -> Indices:
        """Return which target was shown at each of the times, -1 for none."""
        index = np.searchsorted(self.first - self.half, times, side="right") - 1
        shown = (index >= 0) & (times <= self.last[index] + self.half)
        return np.where(shown, index, -1)

    def shifted(self, seconds: float) -> Timeline:
        """Return the timeline of the same targets, shown so much later."""
        times, first, last = (one + seconds for one in (self.times, self.first, self.last))
        return replace(self, times=times, first=first, last=last)

    def positions_at(self, times: Floats, targets: Indices) -> Floats:
        """Return where the targets (n,) were at the times (n,), in between by interpolation."""
        inside = np.clip(times, self.first[targets], self.last[targets])
        axes = [np.interp(inside, self.times, axis) for axis in self.positions.T]
        return np.stack(axes, axis=1)


def service_frame(positions: Floats) -> Floats:
    """Return positions (n, 3) that clients sent, y up, in the service's frame, y down."""
    turned: Floats = positions * np.array([1.0, Y_FACTOR, 1.0])
    return turned


def timeline_of(references: Floats, eyes: Sequence[Floats], most: int = MOST_TARGETS) -> Timeline:
    """Return the timeline of references (m, 4): timestamp and position in the client's frame.

    A new target begins where the references' way, as the ``eyes`` at these positions see it,
    has gone one degree on, and after a pause. Of more than ``most`` targets some are left out,
    evenly. ``references`` is not empty.
    """
    given = np.unique(references, axis=0)
    times, positions = given[:, 0], service_frame(given[:, 1:])
    way = np.floor(np.cumsum(_steps(positions, eyes)))
    begins = np.diff(way, prepend=-1.0) > 0
    begins[1:] |= np.diff(times) > _LONGEST_GAP
    (starts,) = np.nonzero(begins)
    ends = np.append(starts[1:], len(times))
    counts = (ends - starts)[:, None]
    means = np.add.reduceat(positions, starts) / counts
    chosen = _thinned(len(starts), most)
    pauses = np.diff(times)
    usual = float(np.median(pauses[pauses > 0])) / 2 if (pauses > 0).any() else _LONGEST_HALF
    return Timeline(
        times,
        positions,
        times[starts][chosen],
        times[ends - 1][chosen],
        means[chosen],
        min(max(usual, _SHORTEST_HALF), _LONGEST_HALF),
    )


def _steps(positions: Floats, eyes: Sequence[Floats]) -> Floats:
    lines = [unit(positions - eye) for eye in eyes]
    steps = np.max([degrees_between(line[1:], line[:-1]) for line in lines], axis=0)
    return np.append(0.0, steps) / _SAME_TARGET_DEG


def _thinned(count: int, most: int) -> Indices:
    return np.unique(np.linspace(0, count - 1, min(count, most)).astype(np.intp))
