"""Ends the service together with the program that started it."""

from __future__ import annotations

from typing import Annotated

from gazed import Arg, Context, alive, hookimpl

_LOOK_SECONDS = 0.5


class StopWith:
    """Stops the service when a process ends, however it ends.

    For programs that run gazed for themselves and must not leave it behind.
    """

    def __init__(
        self, context: Context, pid: Annotated[int, Arg(low=1, text="the process")]
    ) -> None:
        self._context = context
        self._pid = pid
        self._told = False

    @hookimpl
    def tick(self) -> float:
        """Look whether the process is still there."""
        if not self._told and not alive(self._pid):
            self._told = True
            self._context.log.info("process %d has ended, and with it this service", self._pid)
            self._context.notify("service_process.should_stop")
        return _LOOK_SECONDS
