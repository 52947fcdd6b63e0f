"""Which gaze mapper maps from when on: recorded, given, or fitted anew."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, NamedTuple

from gazed import Fields, MessageError, unpack
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.plan import NEW, NONE, RECORDED
from gazed_plugins.recordings import Recording

RESULT = "notify.calibration.result.v2"


class Mapper(NamedTuple):
    """A gaze mapper with its parameters, and the recording's time from which on it maps."""

    since: float
    name: str
    params: dict[str, Any]


def read_calibration(path: Path) -> Fields:
    """Return the map with ``gazer_class_name`` and ``params`` in a JSON or msgpack file.

    That is the content of a ``calibration.result.v2``, as Pupil's user directory keeps it in
    ``prerecorded_calibration_result``. Raises ProcessingError when there is none.
    """
    try:
        content = path.read_bytes()
        fields = json.loads(content) if content.lstrip()[:1] == b"{" else unpack(content)
    except OSError as error:
        raise ProcessingError(f"{path}: cannot be read: {error.strerror}") from None
    except (ValueError, MessageError) as error:
        raise ProcessingError(f"{path}: is neither JSON nor msgpack: {error}") from None
    try:
        mapper_of(fields, 0.0)
    except ProcessingError as error:
        raise ProcessingError(f"{path}: {error}") from None
    return {key: fields[key] for key in ("gazer_class_name", "params")}


def mappers_for(calibration: str | Fields, recording: Recording) -> list[Mapper]:
    """Return the mappers in the order in which they take over; empty when there are none.

    Those of a recording take over when they did. There are none for ``new``: they are yet to
    be fitted (``fitted_anew``).
    """
    if isinstance(calibration, dict):
        return [mapper_of(calibration, -math.inf)]
    if calibration == RECORDED:
        found = recording.data("notify", RESULT)
        return sorted(
            (mapper_of(fields, _time(fields)) for _, fields in found),
            key=lambda mapper: mapper.since,
        )
    if calibration in (NEW, NONE):
        return []
    raise ProcessingError(f"calibration is {calibration!r}; use {RECORDED}, {NEW} or {NONE}")


def mapper_of(fields: Fields, since: float) -> Mapper:
    """Return the mapper that a ``calibration.result.v2`` names; raise ProcessingError."""
    name, params = fields.get("gazer_class_name"), fields.get("params")
    if not isinstance(name, str) or not isinstance(params, dict):
        raise ProcessingError("a calibration needs gazer_class_name (text) and params (a map)")
    return Mapper(since, name, params)


def _time(fields: Fields) -> float:
    timestamp = fields.get("timestamp")
    return float(timestamp) if isinstance(timestamp, (int, float)) else -math.inf
