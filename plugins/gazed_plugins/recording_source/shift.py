"""Recorded times as they would be now, in a datum and in what it was made from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_TIMESTAMP = "timestamp"

Times = Callable[[float], float]


def shifted(value: Any, times: Times) -> Any:
    """Return a copy of a datum in which ``times`` was applied to every time on the clock.

    Those are the values of ``timestamp`` and of keys that end in ``_timestamp``, at any depth,
    and those in the pairs of topic and time that fixations have as ``base_data``.
    """
    if isinstance(value, dict):
        return {key: _entry(key, entry, times) for key, entry in value.items()}
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], float):
            return [value[0], times(value[1])]
        return [shifted(entry, times) for entry in value]
    return value


def _entry(key: str, value: Any, times: Times) -> Any:
    if key == _TIMESTAMP or key.endswith(f"_{_TIMESTAMP}"):
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return times(value) if number else value
    return shifted(value, times)
