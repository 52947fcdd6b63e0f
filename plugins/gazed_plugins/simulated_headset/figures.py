"""What the demo measures: gaze against the truth, rates, latencies."""

from __future__ import annotations

import statistics
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any

from gazed import Fields
from gazed_plugins.simulated_headset.viewport import angle_between, norm_pos_of

CONFIDENT = 0.6
_KEPT = 20_000
_TRUTHS = 1_000


class Figures:
    """Collects what arrives at a client and sums it up.

    Errors compare each gaze datum that is at least 0.6 confident with the truth of the very
    frame it comes from; latencies run from the frame's timestamp to the client.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._truths: tuple[OrderedDict[float, Fields], ...] = (OrderedDict(), OrderedDict())
        self._waiting: deque[Fields] = deque(maxlen=_TRUTHS)
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._began = self._now()
        self._counts: dict[str, int] = {}
        self._latency: dict[str, deque[float]] = {}
        self.degrees: deque[float] = deque(maxlen=_KEPT)
        self.fractions: deque[float] = deque(maxlen=_KEPT)
        self._unsure = 0
        self.newest: dict[int, tuple[Fields, Fields]] = {}

    def add(self, topic: str, fields: Fields) -> None:
        """Take in one message."""
        if topic.startswith("simulated.truth."):
            self._add_truth(fields)
        elif topic.startswith(("pupil.", "gaze.")):
            self._count(topic, fields["timestamp"])
            if topic.startswith("gaze."):
                self._waiting.append(fields)
        self._compare()

    def summary(self) -> dict[str, Any]:
        """Return all figures: errors, rates per second, latencies in milliseconds."""
        seconds = max(self._now() - self._began, 1e-9)
        confident = len(self.degrees)
        return {
            "seconds": seconds,
            "error_deg": _spread(self.degrees),
            "error_viewport": _spread(self.fractions),
            "confident_share": confident / max(confident + self._unsure, 1),
            "rates": {topic: count / seconds for topic, count in sorted(self._counts.items())},
            "latency_ms": {
                topic: _spread(1e3 * value for value in values)
                for topic, values in sorted(self._latency.items())
            },
        }

    def _count(self, topic: str, timestamp: float) -> None:
        self._counts[topic] = self._counts.get(topic, 0) + 1
        latency = self._latency.setdefault(topic, deque(maxlen=_KEPT))
        latency.append(self._now() - timestamp)

    def _add_truth(self, fields: Fields) -> None:
        truths = self._truths[fields["id"]]
        truths[fields["timestamp"]] = fields
        if len(truths) > _TRUTHS:
            truths.popitem(last=False)

    def _compare(self) -> None:
        # Truth and gaze come by different ways; whichever is first waits for the other.
        for _ in range(len(self._waiting)):
            gaze = self._waiting.popleft()
            eye = gaze["base_data"][0]["id"]
            truth = self._truths[eye].get(gaze["timestamp"])
            if truth is None:
                self._waiting.append(gaze)
            else:
                self._add_error(eye, gaze, truth)

    def _add_error(self, eye: int, gaze: Fields, truth: Fields) -> None:
        if gaze["confidence"] < CONFIDENT:
            self._unsure += 1
            return
        seen = (gaze["norm_pos"][0], gaze["norm_pos"][1])
        x, y, z = truth["gaze_point"]
        true = norm_pos_of((x, y, z), eye)
        self.degrees.append(angle_between(seen, true))
        self.fractions.append(((seen[0] - true[0]) ** 2 + (seen[1] - true[1]) ** 2) ** 0.5)
        self.newest[eye] = (gaze, {"norm_pos": true, "degrees": self.degrees[-1]})


def _spread(values: Iterable[float]) -> dict[str, float] | None:
    ordered = sorted(values)
    if not ordered:
        return None
    return {
        "mean": statistics.fmean(ordered),
        "median": ordered[len(ordered) // 2],
        "p95": ordered[int(0.95 * (len(ordered) - 1))],
        "p99": ordered[int(0.99 * (len(ordered) - 1))],
    }
