"""What the wearer does unasked, as a function of absolute time alone.

Time is cut into slots; what happens in a slot is drawn from the seed and the slot's number.
Two processes with the same seed and clock therefore see the same person, whenever they
started.
"""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from functools import lru_cache

from gazed_plugins.simulated_headset.direction import Direction

FREE_VIEW_DEG = 15.0
_VIEW_SLOT = 4.0
_CLOSING, _CLOSED, _OPENING = 0.08, 0.04, 0.17
_BLINK = _CLOSING + _CLOSED + _OPENING


def smooth(share: float) -> float:
    """Return the minimum-jerk progress (0 to 1) at a share (0 to 1) of a movement's time."""
    share = min(max(share, 0.0), 1.0)
    return share**3 * (10.0 + share * (6.0 * share - 15.0))


def glance(seed: int, time: float) -> tuple[float, Direction]:
    """Return when the last free glance before ``time`` began and where it goes."""
    slot = math.floor(time / _VIEW_SLOT)
    starts, directions = _glances(seed, slot)
    if time < starts[0]:
        starts, directions = _glances(seed, slot - 1)
    place = bisect_right(starts, time) - 1
    return starts[place], directions[place]


def next_glance(seed: int, time: float) -> float:
    """Return when the first free glance at or after ``time`` begins."""
    slot = math.floor(time / _VIEW_SLOT)
    later = [*_glances(seed, slot)[0], *_glances(seed, slot + 1)[0]]
    return next(start for start in later if start >= time)


def opening(seed: int, blinks_per_minute: float, time: float) -> float:
    """Return how far blinks leave the lids open at ``time``, 0 to 1.

    One blink at a random moment of each slot: closing in 80 ms, shut for 40, opening in 170.
    """
    if blinks_per_minute <= 0:
        return 1.0
    slot_length = 60.0 / blinks_per_minute
    slot = math.floor(time / slot_length)
    since = time - slot * slot_length - _blink_start(seed, slot, slot_length - _BLINK)
    if since < _CLOSING + _CLOSED:
        return 1.0 - smooth(since / _CLOSING)
    return smooth((since - _CLOSING - _CLOSED) / _OPENING)


@lru_cache(maxsize=64)
def mistaken(seed: int, share: float, target: Direction) -> Direction:
    """Return where the wearer looks when shown a target: elsewhere for this share of targets.

    Which targets, and where else, is drawn from the seed and the target's direction.
    """
    draw = random.Random(f"{seed} wrong {target.azimuth:.3f} {target.elevation:.3f}")
    return _somewhere(draw) if draw.random() < share else target


@lru_cache(maxsize=16)
def wander(seed: int, name: str, time: float) -> float:
    """Return a slow oscillation between -1 and 1 with periods of 5 and 13 seconds."""
    first, second = _phases(seed, name)
    turn = 2 * math.pi * time
    return 0.6 * math.sin(turn / 13.0 + first) + 0.4 * math.sin(turn / 5.0 + second)


@lru_cache(maxsize=8)
def _glances(seed: int, slot: int) -> tuple[list[float], list[Direction]]:
    draw = random.Random(f"{seed} glance {slot}")
    start, end = slot * _VIEW_SLOT, (slot + 1) * _VIEW_SLOT
    starts, directions = [], []
    time = start + draw.uniform(0.0, 0.2)
    while time < end - 0.2:
        starts.append(time)
        directions.append(_somewhere(draw))
        time += draw.uniform(0.25, 0.65)
    return starts, directions


def _somewhere(draw: random.Random) -> Direction:
    angle, size = draw.uniform(0, 2 * math.pi), FREE_VIEW_DEG * math.sqrt(draw.random())
    return Direction(size * math.cos(angle), size * math.sin(angle), 1 / draw.uniform(600, 3000))


@lru_cache(maxsize=8)
def _blink_start(seed: int, slot: int, room: float) -> float:
    return random.Random(f"{seed} blink {slot}").uniform(0.0, max(room, 0.0))


@lru_cache(maxsize=8)
def _phases(seed: int, name: str) -> tuple[float, float]:
    draw = random.Random(f"{seed} {name}")
    return draw.uniform(0, 2 * math.pi), draw.uniform(0, 2 * math.pi)
