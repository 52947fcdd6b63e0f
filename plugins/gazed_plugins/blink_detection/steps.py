"""Steps in a confidence: the filter of the old ``blinks`` data (spec: data 5)."""

from __future__ import annotations

from collections.abc import Sequence

# The response of the filter to a blink that takes the confidence from 1 to 0.1.
_FULL_RESPONSE = 0.45


def step_response(confidences: Sequence[float]) -> float:
    """Return how much the first half exceeds the second, on average: about 1 for a blink."""
    count = len(confidences)
    half = count // 2
    first, second = confidences[:half], confidences[count - half :]
    return (sum(first) - sum(second)) / count / _FULL_RESPONSE
