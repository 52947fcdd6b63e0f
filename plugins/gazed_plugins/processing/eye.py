"""The first stage: one eye's pictures through its detectors."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import cv2

from gazed import Frame, hookimpl
from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.host import OfflineHost
from gazed_plugins.processing.job import Job
from gazed_plugins.processing.stream import Item, StreamWriter, write_json
from gazed_plugins.recordings import EyeVideo, open_recording

_SOURCE = "Recorded_Eye"
_REPORT_EVERY = 50

Told = Callable[[int], None]

log = logging.getLogger(__name__)


class RecordedEye:
    """The source of one eye: hands over the frame that it was given."""

    role = "source"

    def __init__(self) -> None:
        self.frame: Frame | None = None

    @hookimpl
    def read_frame(self) -> Frame | None:
        """Return the frame in hand, once."""
        frame, self.frame = self.frame, None
        return frame


def process_eye(job: Job, name: str, told: Told) -> None:
    """Run the plugins of ``eye0`` or ``eye1`` over its video; leave what they say in the workshop.

    ``told`` is given how many more frames are done. Raises ProcessingError when a plugin
    fails, GazedError when it cannot start.
    """
    video = _video(job, name)
    path = job.workshop / f"{name}.stream"
    with tempfile.TemporaryDirectory() as settings, StreamWriter(path) as stream:
        facts = _run(job, name, _host(name, stream, Path(settings)), video, told)
    write_json(job.workshop / f"{name}.json", facts)


def _run(job: Job, name: str, host: OfflineHost, video: EyeVideo, told: Told) -> dict[str, object]:
    source = RecordedEye()
    times = video.timestamps.tolist()
    if times:
        host.clock.set(times[0])
    host.add(_SOURCE, source)
    for start in job.plan.starts_in(name):
        host.start(start.name, start.args)
    host.settle()
    count = _play(host, source, video, told)
    host.close()
    missing = job.frames[name] - count
    if missing:
        log.warning("%s: %d of %d pictures could not be read", name, missing, job.frames[name])
    for complaint in host.complaints:
        log.warning("%s: %s", name, complaint)
    return {
        "frames": count,
        "unreadable_frames": missing,
        "span": [times[0], times[-1]] if count else None,
        "complaints": list(host.complaints),
    }


def _play(host: OfflineHost, source: RecordedEye, video: EyeVideo, told: Told) -> int:
    count = 0
    for frame in video.frames():
        source.frame = frame
        host.turn(frame.timestamp)
        count += 1
        if count % _REPORT_EVERY == 0:
            told(_REPORT_EVERY)
    told(count % _REPORT_EVERY)
    return count


def _host(name: str, stream: StreamWriter, settings: Path) -> OfflineHost:
    cv2.setNumThreads(1)
    host = OfflineHost(
        name, lambda topic, payload: stream.add(Item(host.clock.now(), topic, payload)), settings
    )
    return host


def _video(job: Job, name: str) -> EyeVideo:
    for video in open_recording(job.recording).eyes:
        if f"eye{video.eye}" == name:
            return video
    raise ProcessingError(f"{job.recording}: the video of {name} is not there any more")
