"""The calibration's end of the fit process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence

from gazed import Fields, MessageError, unpack

_CHILD = "gazed_plugins.hmd_calibration.fit_process"
# The fits are small; a pool of threads would only take cores from the eyes.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


class FitProcessError(Exception):
    """The fit process gave no answer; the text says why."""


class Fitter:
    """A process that has the fits loaded and answers one request.

    It ends by itself when this process does, because its standard input ends then.
    """

    def __init__(self, modules: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", _CHILD, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
        )
        self._asked = False

    def question(self, request: bytes, timeout: float) -> Callable[[], Fields]:
        """Return the work, for a thread, of sending a packed request and waiting for the answer.

        That raises FitProcessError when there is no answer within ``timeout`` seconds. The
        process has ended afterwards, whatever happened.
        """
        self._asked = True
        return lambda: self._answer(request, timeout)

    def stop(self) -> None:
        """End the process at once; it has nothing to lose. A question under way ends with it."""
        self._process.kill()
        if not self._asked:
            self._process.communicate()

    def _answer(self, request: bytes, timeout: float) -> Fields:
        try:
            output, _ = self._process.communicate(request, timeout)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            raise FitProcessError(f"The fit took longer than {timeout:g} s.") from None
        if self._process.returncode:
            raise FitProcessError(f"The fit process ended with code {self._process.returncode}.")
        try:
            return unpack(output)
        except MessageError as error:
            raise FitProcessError(f"The fit process gave no answer: {error}.") from None
