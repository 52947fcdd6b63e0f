"""Fitted 2D models: read from a client's map, checked, and evaluated in plain Python."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gazed import ArgumentError, Point
from gazed_plugins.gaze.polynomial import HMD_2D_TERMS, hmd_2d_terms, place, weighted


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Gazer2D's regression: two rows of weights, and what is added to each product."""

    coefficients: tuple[tuple[float, ...], tuple[float, ...]]
    intercept: Point

    @classmethod
    def from_wire(cls, name: str, models: Mapping[str, Any], terms: int) -> LinearModel | None:
        """Return the model ``{coef_: 2 x terms, intercept_: 2}`` called ``name`` among ``models``.

        None when it is missing or an empty map. Raises ArgumentError, naming it, for any
        other shape and for numbers that are not finite.
        """
        fields = models.get(name)
        if not fields:
            return None
        rows = fields.get("coef_")
        if not isinstance(rows, (list, tuple)) or len(rows) != 2:
            raise ArgumentError(name, f"'coef_' must be 2 rows of {terms} numbers")
        return cls(
            coefficients=(
                _numbers(name, "a row of 'coef_'", rows[0], terms),
                _numbers(name, "a row of 'coef_'", rows[1], terms),
            ),
            intercept=_pair(_numbers(name, "'intercept_'", fields.get("intercept_"), 2)),
        )

    def at(self, terms: Sequence[float]) -> Point | None:
        """Return the clamped place for these features, None when it is not finite."""
        x, y = (weighted(terms, row) for row in self.coefficients)
        return place(x + self.intercept[0], y + self.intercept[1])


@dataclass(frozen=True, slots=True)
class EyePolynomial:
    """The HMD mapper's model of one eye: seven weights for x, seven for y."""

    x_weights: tuple[float, ...]
    y_weights: tuple[float, ...]

    @classmethod
    def from_wire(cls, name: str, params: Sequence[Any] | None) -> EyePolynomial | None:
        """Return the model in ``[cx(7), cy(7), 7]``, None for nothing.

        Raises ArgumentError, naming argument ``name``, for any other shape and for numbers
        that are not finite.
        """
        if not params:
            return None
        if len(params) != 3 or params[2] != HMD_2D_TERMS:
            raise ArgumentError(name, "must be [7 weights for x, 7 weights for y, 7]")
        return cls(
            x_weights=_numbers(name, "the first entry", params[0], HMD_2D_TERMS),
            y_weights=_numbers(name, "the second entry", params[1], HMD_2D_TERMS),
        )

    def at(self, x: float, y: float) -> Point | None:
        """Return the clamped place for an eye at (x, y), None when it is not finite."""
        terms = hmd_2d_terms(x, y)
        return place(weighted(terms, self.x_weights), weighted(terms, self.y_weights))


def _numbers(name: str, what: str, values: Any, count: int) -> tuple[float, ...]:
    if not isinstance(values, (list, tuple)) or len(values) != count:
        raise ArgumentError(name, f"{what} must be {count} numbers")
    if not all(map(_finite, values)):
        raise ArgumentError(name, f"{what} must be {count} finite numbers")
    return tuple(map(float, values))


def _finite(value: Any) -> bool:
    return type(value) in (float, int) and math.isfinite(value)


def _pair(values: tuple[float, ...]) -> Point:
    return (values[0], values[1])
