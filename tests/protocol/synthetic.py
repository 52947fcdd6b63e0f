"""Pupil data and references that a client publishes itself, without any camera."""

from __future__ import annotations

from typing import Any

import msgpack
from protocol.raw import RawClient, fields_of
from wearer import Wearer

from gazed import Fields, Point, pupil_to_wire

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
    }


def publish(client: RawClient, fields: Fields) -> None:
    """Publish a pupil datum straight to the bus."""
    client.publish(fields["topic"].encode(), msgpack.packb(fields))


def look_at_targets(client: RawClient) -> list[dict[str, Any]]:
    """Publish both eyes' data for nine targets; return the references when the bus has them."""
    wearer = Wearer()
    client.subscribe(b"pupil.")
    for datum in wearer.pupils:
        publish(client, pupil_to_wire(datum))
    for _ in wearer.pupils:
        last = fields_of(client.wait_for(r"pupil\..*"))
    assert last["timestamp"] == wearer.pupils[-1].timestamp
    return wearer.references
