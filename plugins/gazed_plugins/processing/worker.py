"""The other end of a child that does tasks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

from gazed_plugins.processing.errors import ProcessingError
from gazed_plugins.processing.task import Task

_CHILD = "gazed_plugins.processing.child"
_PATIENCE = 5.0
# One core a child: many work side by side, and the order of sums stays what it is.
_ALWAYS_THE_SAME = {
    "PYTHONHASHSEED": "0",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENCV_FOR_THREADS_NUM": "1",
}

Said = Callable[[str, Any], None]
"""What is told of a task under way: ``frames`` and how many more, ``warning`` and a text."""


class Worker:
    """Does one task after the other in a process of its own, a new one when that has died.

    A plugin that brings its process down costs its own task and no other.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115 - until close
        self._closed = False

    def run(self, task: Task, said: Said) -> None:
        """Do a task; raise ProcessingError when that was not possible."""
        process = self._running()
        assert process.stdin and process.stdout  # noqa: S101 - both are pipes
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(json.dumps(task.to_json()) + "\n")
            process.stdin.flush()
        for line in process.stdout:
            answer = _answer(line)
            if "failed" in answer:
                raise ProcessingError(answer["failed"])
            if "done" in answer:
                return
            for kind, value in answer.items():
                said(kind, value)
        raise ProcessingError(self._obituary(process))

    def stop(self) -> None:
        """End the process at once; a task under way fails."""
        self._closed = True
        if self._process:
            self._process.kill()

    def close(self) -> None:
        """End the process and release what it had."""
        if self._process:
            self._bury(self._process)
        self._errors.close()

    def _running(self) -> subprocess.Popen[str]:
        if self._process and self._process.poll() is not None:
            self._obituary(self._process)
        self._process = self._process or self._started()
        if self._closed:  # while it was started, perhaps
            self._process.kill()
        return self._process

    def _started(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", _CHILD],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env={**os.environ, **_ALWAYS_THE_SAME},
            encoding="utf-8",
        )

    def _obituary(self, process: subprocess.Popen[str]) -> str:
        self._bury(process)
        self._process = None
        self._errors.seek(0)
        last = self._errors.read().strip().rpartition("\n")[2]
        self._errors.truncate(0)
        why = f": {last}" if last else ""
        return f"the process that worked on it ended with code {process.returncode}{why}"

    def _bury(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin and process.stdout  # noqa: S101 - both are pipes
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _answer(line: str) -> dict[str, Any]:
    """Return what a line says; nothing where the process died in the middle of it."""
    answer: dict[str, Any] = json.loads(line) if line.endswith("\n") else {}
    return answer
