"""Whether what the fit process answered is a result."""

from __future__ import annotations

import math
from typing import Any

from gazed import Fields

NOT_ESTIMATED = "Parameters could not be estimated from data."
_NO_ANSWER = "The fit process gave no answer."


def reason_of(answer: Any) -> str | None:
    """Return why an answer of the fit process, or an exception instead of it, is no result.

    A validation's answer has its ``quality`` and no ``params``.
    """
    if isinstance(answer, Exception):
        return str(answer) or type(answer).__name__
    if "reason" in answer:
        return str(answer["reason"])
    if not ("params" in answer or answer.get("quality")):
        return _NO_ANSWER
    return None if _all_finite(answer.get("params")) else NOT_ESTIMATED


def code_of(answer: Any) -> str:
    """Return the code of a failure of the fit process itself, empty for one of the data."""
    return "fit_process" if isinstance(answer, Exception) or not answer else ""


def figures_of(answer: Any) -> Fields:
    """Return what an answer says of its data."""
    return answer if isinstance(answer, dict) else {}


def _all_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_all_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_all_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
