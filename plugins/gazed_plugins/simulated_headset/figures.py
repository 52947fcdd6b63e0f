"""What the demo measures: gaze against the truth, rates, latencies."""

from __future__ import annotations

import math
import statistics
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from gazed import Fields
from gazed_plugins.simulated_headset.headset import Vector
from gazed_plugins.simulated_headset.samples import Sample, sample_of
from gazed_plugins.simulated_headset.viewport import angles_of, degrees_between

CONFIDENT = 0.6
_KEPT = 20_000
_TRUTHS = 1_000
_ON_TARGET_DEG, _SAME_DISTANCE = 1.0, 1.15
_SMALL_STEP_DEG = 0.5


class Figures:
    """Collects what arrives at a client and sums it up.

    Errors compare each gaze datum that is at least 0.6 confident with the truth of the very
    frames it comes from; latencies run from the newest frame's timestamp to the client.
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
        self._unsure = 0
        self.samples: deque[Sample] = deque(maxlen=_KEPT)
        self.newest: dict[str, Sample] = {}
        self.shown: list[tuple[float, Vector]] = []
        self.model_confidence: dict[int, float] = {}

    def show(self, target: Vector) -> None:
        """Note that a target is shown from now on."""
        self.shown.append((self._now(), target))

    def add(self, topic: str, fields: Fields) -> None:
        """Take in one message."""
        if topic.startswith("simulated.truth."):
            self._add_truth(fields)
        elif topic.startswith("pupil."):
            self._count(topic, fields["timestamp"])
            if "model_confidence" in fields:
                self.model_confidence[fields["id"]] = fields["model_confidence"]
        elif topic.startswith("gaze."):
            self._count(topic, max(pupil["timestamp"] for pupil in fields["base_data"]))
            self._waiting.append(fields)
        self._compare()

    def summary(self) -> dict[str, Any]:
        """Return what there is so far: errors, rates per second, latencies in milliseconds."""
        seconds = max(self._now() - self._began, 1e-9)
        samples = list(self.samples)
        fractions = [sample.fraction for sample in samples if sample.fraction is not None]
        return {
            "seconds": seconds,
            "error_deg": _spread(sample.degrees for sample in samples),
            "eye_error_deg": {
                str(eye): _spread(s.eyes[eye] for s in samples if eye in s.eyes) for eye in (0, 1)
            },
            "error_viewport": _spread(fractions),
            "confident_share": len(samples) / max(len(samples) + self._unsure, 1),
            "rates": {topic: count / seconds for topic, count in sorted(self._counts.items())},
            "latency_ms": {
                topic: _spread(1e3 * value for value in values)
                for topic, values in sorted(self._latency.items())
            },
        }

    def report(self) -> dict[str, Any]:
        """Return all figures, those of each target too."""
        targets = dict.fromkeys(target for _, target in self.shown)
        return {
            **self.summary(),
            "precision_deg": _precision(self.samples),
            "targets": [_at_target(target, self.samples) for target in targets],
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
            base = [(pupil["id"], pupil["timestamp"]) for pupil in gaze["base_data"]]
            truths = [self._truths[eye].get(timestamp) for eye, timestamp in base]
            known = [truth for truth in truths if truth is not None]
            if len(known) < len(base):
                self._waiting.append(gaze)
            elif gaze["confidence"] < CONFIDENT:
                self._unsure += 1
            else:
                self._add_sample(sample_of(gaze, known))

    def _add_sample(self, sample: Sample) -> None:
        self.samples.append(sample)
        self.newest[sample.topic] = sample


def _at_target(target: Vector, samples: Iterable[Sample]) -> dict[str, Any]:
    there = [sample for sample in samples if _is_at(sample.point, target)]
    ratios = [sample.depth_ratio for sample in there if sample.depth_ratio is not None]
    right, up = angles_of(target)
    return {
        "right": right,
        "up": up,
        "distance_mm": math.hypot(*target),
        "samples": len(there),
        "error_deg": _spread(sample.degrees for sample in there),
        "depth_ratio": statistics.median(ratios) if ratios else None,
    }


def _is_at(point: Vector, target: Vector) -> bool:
    ratio = math.hypot(*point) / math.hypot(*target)
    near = 1.0 / _SAME_DISTANCE < ratio < _SAME_DISTANCE
    return near and degrees_between(point, target) < _ON_TARGET_DEG


def _precision(samples: Iterable[Sample]) -> float | None:
    """Return the root mean square of steps below half a degree (spec: calibration 12)."""
    streams: dict[str, list[Sample]] = {}
    for sample in samples:
        streams.setdefault(sample.topic, []).append(sample)
    steps = [
        math.dist(one.seen, other.seen)
        for stream in streams.values()
        for one, other in pairwise(stream)
        if math.dist(one.true, other.true) < _SMALL_STEP_DEG
    ]
    small = [step**2 for step in steps if step < _SMALL_STEP_DEG]
    return math.sqrt(statistics.fmean(small)) if small else None


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
