"""Blinks, seen as a sudden fall and rise of the pupil data's confidence."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Annotated

from gazed import Arg, Context, Pupil, hookimpl, pupil_to_wire

# The response of the filter to a blink that takes the confidence from 1 to 0.1.
_FULL_RESPONSE = 0.45


class BlinkDetection:
    """Publish ``blinks`` data while the confidence of both eyes' 2D data steps down or up.

    One blink gives a run of ``onset`` data, then a run of ``offset`` data
    (spec: data 5).
    """

    order = 0.8

    def __init__(
        self,
        context: Context,
        history_length: Annotated[float, Arg("s", low=0.0, text="window that is looked at")] = 0.2,
        onset_confidence_threshold: Annotated[
            float, Arg(low=0.0, high=1.0, text="a larger response is an onset")
        ] = 0.5,
        offset_confidence_threshold: Annotated[
            float, Arg(low=0.0, high=1.0, text="a larger negative response is an offset")
        ] = 0.5,
    ) -> None:
        self._context = context
        self._seconds = history_length
        self._onset = onset_confidence_threshold
        self._offset = offset_confidence_threshold
        self._history: deque[Pupil] = deque()

    @hookimpl
    def on_pupil(self, pupil: Pupil) -> None:
        """Look at one more 2D datum."""
        if "2d" not in pupil.topic or not self._ready(pupil):
            return
        response = step_response([pupil.confidence for pupil in self._history])
        if response > self._onset:
            self._publish("onset", response)
        elif response < -self._offset:
            self._publish("offset", response)

    def _ready(self, pupil: Pupil) -> bool:
        """Add to the history; tell whether it is long enough."""
        history = self._history
        history.append(pupil)
        length = pupil.timestamp - history[0].timestamp
        if length < 0.0:
            history.clear()
            return False
        while len(history) > 1 and pupil.timestamp - history[1].timestamp > self._seconds:
            history.popleft()
        return len(history) >= 2 and length >= self._seconds

    def _publish(self, kind: str, response: float) -> None:
        if not self._context.wanted("blinks"):
            return
        fields = {
            "topic": "blinks",
            "type": kind,
            "confidence": min(abs(response), 1.0),
            "timestamp": self._history[len(self._history) // 2].timestamp,
            "base_data": [pupil_to_wire(pupil) for pupil in self._history],
            "record": True,
        }
        self._context.publish("blinks", fields)


def step_response(confidences: Sequence[float]) -> float:
    """Return how much the first half exceeds the second, on average: about 1 for a blink."""
    count = len(confidences)
    half = count // 2
    first, second = confidences[:half], confidences[count - half :]
    return (sum(first) - sum(second)) / count / _FULL_RESPONSE
