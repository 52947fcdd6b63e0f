"""From the payload of a record to its fields."""

from __future__ import annotations

import msgpack

from gazed import Fields, unpack


def fields_of(payload: bytes) -> Fields:
    """Return the map in a payload with every text as str.

    Raises MessageError when it is none. What is stored is nearly always in today's form,
    which msgpack reads by itself four times as fast; integer keys and texts stored as bytes,
    as old programs wrote them, take the long way.
    """
    try:
        fields = msgpack.unpackb(payload)
    except (ValueError, TypeError, RecursionError):
        return unpack(payload)
    if type(fields) is dict and bytes not in map(type, (*fields, *fields.values())):
        return fields
    return unpack(payload)
