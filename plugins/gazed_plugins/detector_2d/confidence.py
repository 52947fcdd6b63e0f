"""How likely an ellipse is the pupil, judged by its evidence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazed_plugins.detector_2d.method import Floats

DATA = Path(__file__).with_name("confidence.json")
"""The fitted numbers; ``tests/training/fit_confidence.py`` writes them."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A logistic model, quadratic in the evidence.

    ``low`` and ``high`` (F,) are the range of the evidence: it is clipped to that, then 0 to 1.
    ``weights`` (F + 1, F + 1) is an upper triangle, its row and column 0 for the constant.
    """

    low: Floats
    high: Floats
    weights: Floats

    def logit(self, evidence: Floats) -> Floats:
        """Return the logits, (K,), for (K, F) evidence; what is NaN counts as lowest."""
        known = np.ones((len(evidence), len(self.weights)))
        known[:, 1:] = self.scaled(evidence)
        logits: Floats = ((known @ self.weights) * known).sum(1)
        return logits

    def scaled(self, evidence: Floats) -> Floats:
        """Return evidence on its range from 0 to 1; what is NaN counts as lowest."""
        clipped = np.where(evidence > self.low, np.minimum(evidence, self.high), self.low)
        scaled: Floats = (clipped - self.low) / (self.high - self.low)
        return scaled

    def flat(self) -> Floats:
        """Return all numbers in one row, as the compiled kernel reads them."""
        parts = (self.low, self.high, self.weights.ravel())
        return np.concatenate(parts).astype(np.float32)


Models = tuple[Model, Model]


def probability(logit: float) -> float:
    """Return the probability that belongs to a logit."""
    return float(1 / (1 + np.exp(-logit)))


def models(file: Path = DATA) -> Models:
    """Return the models for ellipses seen closely and for rough ones.

    The first gives the probability that centre and area are right (centre to 1 % of the
    picture's width, area to 25 %), the second that a closer look leads to such an ellipse.
    """
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    low, high = (np.array(data[name], np.float32) for name in ("low", "high"))
    closely, roughly = (np.array(data[name], np.float32) for name in ("closely", "roughly"))
    return Model(low, high, closely), Model(low, high, roughly)
