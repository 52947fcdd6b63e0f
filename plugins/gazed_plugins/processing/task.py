"""One piece of work: a stage of a recording, done in whichever process is free."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.eye import process_eye
from gazed_plugins.processing.gaze import process_result
from gazed_plugins.processing.job import RESULT, Job
from gazed_plugins.processing.versions import versions_of

Told = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Task:
    """A stage of a job; the ``result`` needs those of the eyes to be done."""

    job: Job
    stage: str

    def to_json(self) -> dict[str, Any]:
        """Return the task as plain maps, for another process or machine."""
        return {"job": self.job.to_json(), "stage": self.stage}

    @classmethod
    def from_json(cls, fields: dict[str, Any]) -> Task:
        """Return the task in what ``to_json`` gave."""
        return cls(Job.from_json(fields["job"]), fields["stage"])


def work(task: Task, told: Told) -> None:
    """Do a task here; ``told`` is given how many more frames are done.

    Raises GazedError, or OSError when files cannot be read or written.
    """
    _check_versions(task.job)
    _make(task.job.workshop)
    if task.stage == RESULT:
        process_result(task.job)
    else:
        process_eye(task.job, task.stage, told)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise ProcessingError(
            f"{folder.parent} cannot be written: {error.strerror}; give another --output"
        ) from None


def _check_versions(job: Job) -> None:
    here = versions_of(job.plan)
    for name, version in job.versions.items():
        if here.get(name) != version:
            raise ProcessingError(
                f"{platform.node()} has {name} {here.get(name)}, but the result is to be made"
                f" with {version}; install the same on every machine"
            )
