"""The second stage: both eyes' data through the service's plugins, into the result."""

from __future__ import annotations

import heapq
import json
import logging
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from gazed import GazedError
from gazed_plugins.processing.anew import fitted_anew
from gazed_plugins.processing.calibration import Mapper, mappers_for
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.host import OfflineHost
from gazed_plugins.processing.job import Job
from gazed_plugins.processing.plan import NEW, RECORDED
from gazed_plugins.processing.result import Result, publish
from gazed_plugins.processing.stream import Item, read_items, unfinished
from gazed_plugins.recordings import Recording, open_recording

log = logging.getLogger(__name__)


def process_result(job: Job) -> None:
    """Merge what the eyes' stages left, map gaze, and put the result in its place.

    Raises ProcessingError when a plugin fails or a calibration cannot be used.
    """
    folder = unfinished(job.workshop / "result")
    folder.mkdir()
    try:
        with tempfile.TemporaryDirectory() as settings:
            _fill(job, folder, Path(settings))
        publish(folder, job.output)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(job.workshop, ignore_errors=True)


def _fill(job: Job, folder: Path, settings: Path) -> None:
    source = open_recording(job.recording)
    eyes = {name: _facts(job, name) for name in job.eyes}
    span = _span(job, eyes)
    with closing(Result(folder, source)) as result:
        mappers = _mappers(job, source, result, settings)
        host = OfflineHost("service", lambda *sent: result.keep(host.clock.now(), *sent), settings)
        host.clock.set(span[0])
        started = _run(job, host, mappers, result)
        for complaint in host.complaints:
            log.warning("service: %s", complaint)
        facts = {"eyes": eyes, "mappers": started, "complaints": list(host.complaints)}
        result.finish(job, facts, span)


def _mappers(job: Job, source: Recording, result: Result, settings: Path) -> list[Mapper]:
    if job.plan.calibration == NEW:
        return fitted_anew(source, _streams(job), settings, result.keep)
    mappers = mappers_for(job.plan.calibration, source)
    if not mappers and job.plan.calibration == RECORDED and len(source.gaze):
        log.warning("no calibration was recorded and no gaze is computed; give --calibration")
    return mappers


def _run(job: Job, host: OfflineHost, mappers: list[Mapper], result: Result) -> list[str]:
    """Run the service over both eyes' data; return the names of the mappers that took part."""
    for start in job.plan.starts_in("service"):
        host.start(start.name, start.args)
    waiting = deque(mappers)
    for item in _merged(job):
        while waiting and waiting[0].since <= item.time:
            _start(host, waiting.popleft())
        host.turn(item.time)
        result.keep(*item)
        host.deliver(item.topic, item.payload)
    host.close()
    return [mapper.name for mapper in mappers[: len(mappers) - len(waiting)]]


def _span(job: Job, eyes: Mapping[str, dict[str, Any]]) -> tuple[float, float]:
    spans = [facts["span"] for facts in eyes.values() if facts["span"]]
    if not spans:
        raise ProcessingError(
            f"{job.recording}: no picture of its eye videos can be read; `gazed recordings verify`"
            " says what is wrong with them"
        )
    return min(first for first, _ in spans), max(last for _, last in spans)


def _start(host: OfflineHost, mapper: Mapper) -> None:
    try:
        host.start(mapper.name, mapper.params)
    except GazedError as error:
        raise ProcessingError(
            f"the calibration's mapper {mapper.name} cannot be started: {error}; choose another"
            " calibration, or none"
        ) from None


def _merged(job: Job) -> Iterator[Item]:
    """Return what both eyes said in the order of time; of equal times eye 0 is first."""
    return heapq.merge(*map(read_items, _streams(job)), key=lambda item: item.time)


def _streams(job: Job) -> list[Path]:
    return [job.workshop / f"{name}.stream" for name in job.eyes]


def _facts(job: Job, name: str) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads((job.workshop / f"{name}.json").read_text("utf-8"))
    return fields
