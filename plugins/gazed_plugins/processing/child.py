"""The process that does tasks: ``python -m gazed_plugins.processing.child``.

Tasks come as lines of JSON on standard input; what becomes of them goes out as lines of JSON
on what was standard output. It ends, whatever it is doing, when its standard input does: then
whoever started it has ended, politely or not.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import sys
import threading
from typing import Any, TextIO

from gazed import GazedError
from gazed_plugins.processing.task import Task, work


def main() -> None:
    """Do tasks until the standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started us
    answers = _private_output()
    logging.getLogger().addHandler(_Warnings(answers))
    tasks: queue.SimpleQueue[str] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(tasks,), daemon=True).start()
    while True:
        _do(Task.from_json(json.loads(tasks.get())), answers)


class Answers:
    """Writes lines of JSON for the process that gave the task."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._lock = threading.Lock()

    def say(self, **fields: Any) -> None:
        """Write one line; plugins may warn from threads of their own."""
        with self._lock:
            self._file.write(json.dumps(fields) + "\n")
            self._file.flush()


class _Warnings(logging.Handler):
    def __init__(self, answers: Answers) -> None:
        super().__init__(logging.WARNING)
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        self._answers.say(warning=record.getMessage())


def _do(task: Task, answers: Answers) -> None:
    try:
        work(task, lambda frames: answers.say(frames=frames))
    except (GazedError, OSError) as error:
        answers.say(failed=str(error))
    else:
        answers.say(done=True)


def _private_output() -> Answers:
    """Keep standard output for the answers; what plugins print goes to standard error."""
    private = os.dup(1)
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return Answers(os.fdopen(private, "w", encoding="utf-8"))


def _read(tasks: queue.SimpleQueue[str]) -> None:
    for line in sys.stdin:
        tasks.put(line)
    os._exit(0)


if __name__ == "__main__":
    main()
