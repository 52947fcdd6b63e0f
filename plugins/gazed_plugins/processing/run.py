"""Works off a list of recordings, whatever becomes of each of them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, Protocol

from gazed import GazedError
from gazed_plugins.processing.engines import Engine
from gazed_plugins.processing.job import RESULT, Job
from gazed_plugins.processing.task import Task

State = Literal["done", "there", "failed"]


@dataclass(slots=True)
class Outcome:
    """What became of a job: ``done`` now, ``there`` from an earlier run, or ``failed``."""

    job: Job
    state: State
    reason: str = ""
    warnings: dict[str, None] = field(default_factory=dict)


class Watcher(Protocol):
    """Sees how the work goes on; called from any thread."""

    def frames(self, count: int) -> None:
        """So many more frames of an eye are done."""

    def ended(self, outcome: Outcome) -> None:
        """Take note of what became of a recording."""


class WorkList:
    """Which task is next: results before eyes, so that recordings are finished one by one."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self._eyes: deque[Task] = deque()
        self._results: deque[Task] = deque()
        self._missing: dict[Job, set[str]] = {}
        for job in jobs:
            self._missing[job] = {name for name in job.eyes if not job.has(name)}
            self._eyes.extend(Task(job, name) for name in sorted(self._missing[job]))
            self._queue_result(job)

    def next(self) -> Task | None:
        """Return a task that can be done now, None when there is none."""
        waiting = self._results or self._eyes
        return waiting.popleft() if waiting else None

    def done(self, task: Task) -> bool:
        """Note that a task is done; tell whether its job is."""
        if task.stage == RESULT:
            return True
        self._missing[task.job].discard(task.stage)
        self._queue_result(task.job)
        return False

    def drop(self, job: Job) -> None:
        """Forget what is left of a job."""
        self._eyes = deque(task for task in self._eyes if task.job != job)
        self._missing[job].add(RESULT)

    def _queue_result(self, job: Job) -> None:
        if not self._missing[job]:
            self._results.append(Task(job, RESULT))


def process(jobs: Iterable[Job], engine: Engine, watcher: Watcher) -> list[Outcome]:
    """Process recordings side by side; return what became of each, in the order of ``jobs``.

    A job whose result is there already is left alone; stages that an earlier run has done are
    not done again. One that fails takes no other along.
    """
    return _Run(list(jobs), engine, watcher).run()


class _Run:
    def __init__(self, jobs: list[Job], engine: Engine, watcher: Watcher) -> None:
        self._jobs = jobs
        self._engine = engine
        self._watcher = watcher
        self._outcomes = {job: Outcome(job, "there" if job.finished else "done") for job in jobs}
        open_jobs = [job for job in jobs if not job.finished]
        self._list = WorkList(open_jobs)
        self._under_way: dict[Future[None], Task] = {}

    def run(self) -> list[Outcome]:
        for job in self._jobs:
            if self._outcomes[job].state == "there":
                self._end(job)
        self._fill()
        while self._under_way:
            for future in wait(self._under_way, return_when=FIRST_COMPLETED).done:
                self._take(self._under_way.pop(future), future.exception())
            self._fill()
        return [self._outcomes[job] for job in self._jobs]

    def _fill(self) -> None:
        while len(self._under_way) < self._engine.slots and (task := self._list.next()):
            future = self._engine.submit(task, partial(self._said, task.job))
            self._under_way[future] = task

    def _take(self, task: Task, error: BaseException | None) -> None:
        outcome = self._outcomes[task.job]
        if outcome.state == "failed":
            return
        if error is not None:
            outcome.state, outcome.reason = "failed", _reason(error)
            self._list.drop(task.job)
        if error is not None or self._list.done(task):
            self._end(task.job)

    def _end(self, job: Job) -> None:
        self._watcher.ended(self._outcomes[job])

    def _said(self, job: Job, kind: str, value: Any) -> None:
        if kind == "frames":
            self._watcher.frames(value)
        else:
            self._outcomes[job].warnings[value] = None


def _reason(error: BaseException) -> str:
    kind = "" if isinstance(error, GazedError) else f"{type(error).__name__}: "
    return f"{kind}{error}"
