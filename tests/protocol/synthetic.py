"""A wearer made of numbers: pupil data and references that a client may send itself."""

from __future__ import annotations

import itertools
from typing import Any

import msgpack
from protocol.raw import RawClient, fields_of

Point = tuple[float, float]
Fields = dict[str, Any]

TARGETS: list[Point] = [(x / 4, y / 4) for y in range(5) for x in range(5)]
SAMPLES = 4
IDENTITY = {f"params{eye}": [[1.0, 0, 0, 0, 0, 0, 0], [0, 1.0, 0, 0, 0, 0, 0], 7] for eye in (0, 1)}


def pupil(eye: int, timestamp: float, norm_pos: Point, confidence: float = 1.0) -> Fields:
    """Return a 2D pupil datum as external sources publish it."""
    x, y = norm_pos
    return {
        "topic": f"pupil.{eye}.2d",
        "id": eye,
        "method": "2d by hand",
        "timestamp": timestamp,
        "norm_pos": [x, y],
        "diameter": 40.0,
        "confidence": confidence,
        "ellipse": {
            "center": [192 * x, 192 * (1 - y)],
            "axes": [36.0, 40.0],
            "angle": 10.0,
        },
    }


def publish(client: RawClient, fields: Fields) -> None:
    """Publish a pupil datum straight to the bus."""
    client.publish(fields["topic"].encode(), msgpack.packb(fields))


def look_at_targets(client: RawClient) -> list[Fields]:
    """Publish both eyes' data for all targets; return the references, when the bus has the data.

    The eyes are linear: where a target is decides where the pupils are.
    """
    now = client.time()
    client.subscribe(b"pupil.")
    references = []
    for number, (target, _) in enumerate(itertools.product(TARGETS, range(SAMPLES))):
        timestamp = now + number / 120
        for eye in (0, 1):
            publish(client, pupil(eye, timestamp, looking_at(eye, target)))
        references.append({"norm_pos": list(target), "timestamp": timestamp})
    while fields_of(client.wait_for(r"pupil\.1\.2d"))["timestamp"] != timestamp:
        pass
    return references


def looking_at(eye: int, target: Point) -> Point:
    """Return where a pupil is while its eye looks at a target."""
    x, y = target
    return (0.3 + 0.4 * x + 0.05 * eye, 0.35 + 0.3 * y - 0.02 * eye)
