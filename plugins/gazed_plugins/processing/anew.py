"""Calibrations fitted anew to the references that were recorded with them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from gazed import Fields, MessageError, pack, pupil_from_wire, unpack
from gazed_plugins.processing.calibration import RESULT, Mapper, mapper_of
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.host import OfflineHost
from gazed_plugins.processing.stream import read_items
from gazed_plugins.recordings import Recording

_CALIBRATION = "HMD_Calibration"
_SETUP = "notify.calibration.setup.v2"
_START = "notify.calibration.should_start"
_FAILED = "notify.calibration.failed"
_FIT_SECONDS = 120.0
_AROUND = 0.5

Keep = Callable[[float, str, bytes], None]
Pupils = Iterator[tuple[str, Fields]]


def fitted_anew(
    recording: Recording, streams: Sequence[Path], settings: Path, keep: Keep
) -> list[Mapper]:
    """Return a mapper for each recorded calibration; the first maps from the start on.

    Where the eyes' new data (``streams``) cover the time of the references they are fitted,
    else the pupil data that were recorded with the references. ``keep`` is given what the
    calibration says. Raises ProcessingError when there is nothing to fit or the fit fails.
    """
    setups = [fields for _, fields in recording.data("notify", _SETUP)]
    if not setups:
        raise ProcessingError(
            f"{recording.path}: no calibration.setup.v2 was recorded, so there is nothing to"
            " fit; use the recorded calibration or give a file"
        )
    mappers: list[Mapper] = []
    for setup in setups:
        mapper = _fit(setup, _settings_before(recording, setup), streams, settings, keep)
        mappers.append(mapper if mappers else mapper._replace(since=-math.inf))
    return mappers


def _fit(
    setup: Fields, start: Fields, streams: Sequence[Path], settings: Path, keep: Keep
) -> Mapper:
    references, recorded = _data_of(setup)
    said: list[tuple[str, bytes]] = []
    host = OfflineHost("service", lambda topic, payload: said.append((topic, payload)), settings)
    host.clock.set(float(setup["timestamp"]))
    host.start(_CALIBRATION, {"fit_timeout": _FIT_SECONDS})
    host.deliver(_START, pack(start))
    for topic, fields in _new_pupils(streams, references) or _recorded_pupils(recorded):
        for _ in host.each("on_pupil", {"pupil": pupil_from_wire(topic, fields)}):
            pass
    host.deliver("notify.calibration.add_ref_data", pack({"ref_data": references}))
    host.deliver("notify.calibration.should_stop", pack({}))
    while host.busy:
        host.turn(host.clock.now())
    mapper = _result(said, float(setup["timestamp"]))
    for topic, payload in said:
        if topic in (_SETUP, RESULT):  # the others say how long it took, which is never the same
            keep(host.clock.now(), topic, payload)
    host.close()
    return mapper


def _result(said: Sequence[tuple[str, bytes]], since: float) -> Mapper:
    answers = {topic: payload for topic, payload in said if topic in (RESULT, _FAILED)}
    if RESULT in answers:
        return mapper_of(unpack(answers[RESULT]), since)
    reason = unpack(answers[_FAILED])["reason"] if _FAILED in answers else "there was no result"
    raise ProcessingError(f"the calibration could not be fitted anew: {reason}")


def _data_of(setup: Fields) -> tuple[list[Any], list[Any]]:
    data = setup.get("calib_data")
    try:
        references, pupils = data["ref_list"], data["pupil_list"]  # type: ignore[index]
        float(setup["timestamp"])
        return list(references), list(pupils)
    except (KeyError, TypeError, ValueError):
        raise ProcessingError(
            "the recorded calibration.setup.v2 has no calib_data {ref_list, pupil_list}"
        ) from None


def _settings_before(recording: Recording, setup: Fields) -> Fields:
    """Return what the client had said when it started this calibration, as far as recorded."""
    settings: Fields = {}
    for _, fields in recording.data("notify", _START):
        if fields.get("timestamp", -math.inf) <= setup["timestamp"]:
            settings = fields
    return settings


def _new_pupils(streams: Sequence[Path], references: Sequence[Any]) -> list[tuple[str, Fields]]:
    """Return the new pupil data round the references; none where they do not reach them all."""
    times = [float(entry["timestamp"]) for entry in references if _is_timed(entry)]
    if not times:
        return []
    items = list(_pupil_items(streams, min(times) - _AROUND, max(times) + _AROUND))
    seen = [fields["timestamp"] for _, fields in items]
    covered = seen and min(seen) <= min(times) and max(seen) >= max(times)
    return items if covered else []


def _pupil_items(streams: Sequence[Path], first: float, last: float) -> Pupils:
    for item in heapq.merge(*map(read_items, streams), key=lambda item: item.time):
        if item.topic.startswith("pupil.") and first <= item.time <= last:
            yield item.topic, unpack(item.payload)


def _recorded_pupils(recorded: Sequence[Any]) -> Pupils:
    for fields in recorded:
        if not isinstance(fields, dict):
            raise MessageError("a pupil datum of the recorded calibration is no map")
        tag = "3d" if "3d" in str(fields.get("method")) else "2d"
        yield str(fields.get("topic", f"pupil.{fields.get('id')}.{tag}")), fields


def _is_timed(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("timestamp"), (int, float))
