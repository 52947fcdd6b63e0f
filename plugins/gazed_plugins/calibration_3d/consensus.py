"""Which targets an eye looked at, and its camera's rotation, before anything else is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gazed_plugins.calibration_3d.alignment import rotation_between, rotations_of_pairs
from gazed_plugins.calibration_3d.vectors import Flags, Floats, Indices, degrees_between

_MOST_PAIRS = 200
_LEAST_APART_DEG = 2.0
_SHARE_OF_SPREAD, _STRICTEST_DEG, _LOOSEST_DEG = 0.25, 0.7, 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Consensus:
    """A rotation (3, 3), and which of the directions (k,) it explains."""

    rotation: Floats
    agree: Flags


def spread_deg(directions: Floats) -> float:
    """Return how far unit vectors (k, 3) are from their mean, root mean square in degrees."""
    away = directions - directions.mean(axis=0)
    return float(np.degrees(np.sqrt((away**2).sum(axis=1).mean())))


def tolerance_deg(directions: Floats) -> float:
    """Return up to which error an eye that looked at targets in these directions agrees."""
    relative = _SHARE_OF_SPREAD * spread_deg(directions)
    return min(max(relative, _STRICTEST_DEG), _LOOSEST_DEG)


def consensus(normals: Floats, directions: Floats, weights: Floats) -> Consensus | None:
    """Return the rotation that turns most ``normals`` (k, 3) into ``directions`` (k, 3).

    Each of up to 200 pairs of targets proposes one, as in random sample consensus (Fischler and
    Bolles 1981), but evenly spaced. None when no pair is two degrees apart.
    """
    pairs = _pairs(directions)
    if not len(pairs):
        return None
    proposed = rotations_of_pairs(normals[pairs], directions[pairs])
    turned = np.einsum("pij,kj->pki", proposed, normals)
    misses = degrees_between(turned, directions[None]) / tolerance_deg(directions)
    scores = np.maximum(1.0 - misses**2, 0.0) @ weights
    agree = misses[int(np.argmax(scores))] < 1.0
    rotation = rotation_between(normals[agree], directions[agree], weights[agree])
    misses = degrees_between(normals @ rotation.T, directions)
    return Consensus(rotation, misses < tolerance_deg(directions))


def _pairs(directions: Floats) -> Indices:
    first, second = np.triu_indices(len(directions), 1)
    apart = degrees_between(directions[first], directions[second]) > _LEAST_APART_DEG
    pairs = np.stack([first[apart], second[apart]], axis=1)
    some = np.linspace(0, len(pairs) - 1, min(len(pairs), _MOST_PAIRS)).astype(np.intp)
    return pairs[some]
