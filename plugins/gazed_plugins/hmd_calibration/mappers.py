"""Which gaze mapper runs, and starting another in its place."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gazed import Context, Fields, Notification
from gazed_plugins.hmd_calibration.mapper_start import MapperStart

NEWS = ("plugin.started", "plugin.stopped", "plugin.failed", "calibration.result.v2")

_ROLE = "gaze_mapper"

Verdict = Callable[[str], None]


class Mapper(NamedTuple):
    """A gaze mapper: its plugin name and its models."""

    name: str
    params: Fields


class Mappers:
    """Knows the mapper that ``runs``, None without one, from what everybody is told."""

    def __init__(self, context: Context) -> None:
        self.runs: Mapper | None = None
        self._context = context
        self._starting: tuple[MapperStart, Verdict] | None = None

    def start(self, name: str, args: Fields, then: Verdict) -> None:
        """Start a mapper; then call ``then`` with what went wrong, an empty text for nothing.

        A mapper that this attempt ended is started again where something went wrong.
        """
        self._starting = MapperStart(self._context, name, args), then

    def forget(self) -> None:
        """Let nobody hear any more of a mapper that is being started."""
        self._starting = None

    def hear(self, news: Notification) -> None:
        """Take one of the ``NEWS``."""
        if self._starting:
            start, _ = self._starting
            verdict = start.verdict(news)
            if verdict is not None:
                self._decided(verdict)
        if news.subject == "calibration.result.v2":
            # Also that of a mapper which was started with data and fitted them itself.
            self.runs = Mapper(news.text("gazer_class_name"), news["params"])
        elif news.subject == "plugin.started":
            if news.get("role") == _ROLE:
                self.runs = Mapper(news.text("name"), _models(news.get("args") or {}))
        elif self.runs and news.get("name") == self.runs.name:
            self.runs = None

    def tick(self) -> float | None:
        """Give up on a mapper of which nothing is heard; return in how many seconds to do so."""
        if self._starting is None:
            return None
        start, _ = self._starting
        if start.patience > 0.0:
            return start.patience
        self._decided(start.late)
        return None

    def _decided(self, problem: str) -> None:
        if self._starting is None:
            return
        (start, then), self._starting = self._starting, None
        before = self.runs
        then(problem)
        # Starting a plugin by the name of a running one ends that one first.
        if problem and before and before.name == start.name:
            self._context.notify("start_plugin", name=before.name, args=before.params)


def _models(args: Fields) -> Fields:
    """Return a mapper's models, which clients may wrap into one argument."""
    wrapped = args.get("params")
    return wrapped if isinstance(wrapped, dict) else args
