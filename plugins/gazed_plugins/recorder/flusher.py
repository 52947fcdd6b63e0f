"""Waiting for the disk, so that nobody who writes has to."""

from __future__ import annotations

import threading
from collections.abc import Callable

from gazed import GazedError


class Flusher:
    """Calls ``flush`` again and again, in a thread of its own, until ``end``.

    What it raises as OSError or GazedError ends the thread and is kept for ``check``.
    """

    def __init__(self, flush: Callable[[], None], seconds: float, name: str) -> None:
        self._flush = flush
        self._seconds = seconds
        self._error: OSError | GazedError | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what went wrong."""
        if self._error:
            raise self._error

    def end(self) -> None:
        """Stop; returns when the thread has."""
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            while not self._ended.wait(self._seconds):
                self._flush()
        except (OSError, GazedError) as error:
            self._error = error
