"""A recording from its start to its end, as clients see it."""

from __future__ import annotations

import time

from gazed import Context, Fields, MessageError
from gazed_plugins.recorder.data import storable
from gazed_plugins.recorder.sealing import Sealing
from gazed_plugins.recorder.session import Session

ECHO = "recorder.echo"
_QUIET_SECONDS = 0.15
_LONGEST_DRAIN = 2.0
_MENTION_SECONDS = 1.0


class Course:
    """Announces what becomes of a session: started, spilled, failed, stopped.

    After ``stop`` it goes on until what was published before has come: an echo by the data's
    way has, and no datum from before came for a while. ``facts`` are the fields of
    ``recording.started``.
    """

    def __init__(self, context: Context, session: Session, facts: Fields) -> None:
        self.session = session
        self._context = context
        self._facts = facts
        self.announced = False
        self.sealing: Sealing | None = None
        self._warned = False
        self._spilled = 0
        self._mention_at = 0.0
        self._stop_time: float | None = None
        self._quiet_at = self._drained_at = 0.0
        self._echoed = False

    @property
    def stopping(self) -> bool:
        """Whether the end has been asked for."""
        return self._stop_time is not None

    @property
    def facts(self) -> Fields:
        """The fields of ``recording.started``, once it is ready."""
        info = self.session.info
        return {
            **self._facts,
            "rec_path": f"{self.session.directory}/",
            "start_time_synced": info.start_time_synced_s,
            "recording_uuid": info.recording_uuid,
            "compression": True,
        }

    def take(self, topic: str, payload: bytes) -> None:
        """Record a datum."""
        if topic == ECHO:
            self._echoed = True
            return
        self.session.take(topic, payload)
        if self._stop_time is not None and _time_of(topic, payload) <= self._stop_time:
            self._quiet_at = time.monotonic() + _QUIET_SECONDS

    def stop(self) -> None:
        """Ask for the end."""
        if self.stopping:
            return
        self._stop_time = self._context.clock.now()
        self.session.ending = True
        self._quiet_at = time.monotonic() + _QUIET_SECONDS
        self._drained_at = time.monotonic() + _LONGEST_DRAIN
        self._echoed = not self._context.publish(ECHO, {})

    def step(self) -> bool:
        """Do what is due; tell whether the recording goes on."""
        if not self.announced and self.session.ready.is_set():
            self.announced = True
            self._context.log.info("Started Recording.")
            self._context.notify("recording.started", **self.facts)
        self._mention_disk()
        self._mention_spilled()
        if self.stopping and self._drained():
            self.session.end()
        if not self.session.closed.is_set():
            return True
        self._end()
        return False

    def _drained(self) -> bool:
        now = time.monotonic()
        return now >= self._drained_at or (self._echoed and now >= self._quiet_at)

    def _end(self) -> None:
        failure = self.session.failure
        where: Fields = (
            {"rec_path": f"{self.session.directory}/"} if self.session.ready.is_set() else {}
        )
        if failure:
            self._context.log.error("recording: %s", failure)
            name = self._facts["session_name"]
            self._context.notify("recording.failed", reason=failure, session_name=name, **where)
        if self.announced:
            self._context.log.info("Saved Recording.")
            self._context.notify("recording.stopped", **where)

    def _mention_disk(self) -> None:
        if self.session.low and not self._warned:
            self._warned = True
            self._context.log.warning(
                "recording: less than %g GB are free; free some space, or the recording ends at"
                " %g GB",
                self.session.plan.floor.warn / 1e9,
                self.session.plan.floor.stop / 1e9,
            )

    def _mention_spilled(self) -> None:
        spilled = {topic: spill.count for topic, spill in self.session.spilled.items()}
        total = sum(spilled.values())
        if total == self._spilled or not self.announced or time.monotonic() < self._mention_at:
            return
        self._mention_at = time.monotonic() + _MENTION_SECONDS
        if not self._spilled:
            self._context.log.error(
                "recording: data are lost, disk or machine is too slow; see recording.spilled"
            )
        self._spilled = total
        self._context.notify("recording.spilled", rec_path=self.facts["rec_path"], lost=spilled)


def _time_of(topic: str, payload: bytes) -> float:
    try:
        return storable(topic, payload)[1]
    except MessageError:
        return float("inf")
