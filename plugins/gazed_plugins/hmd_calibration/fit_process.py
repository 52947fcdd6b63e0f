"""The child that computes a fit, so that the host's loop never waits and never holds numpy.

``python -m gazed_plugins.hmd_calibration.fit_process MODULE ...`` imports the fits, which
takes longest, then reads one request up to the end of its standard input, answers on its
standard output and ends. An empty request means that nobody needs it any more.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

from gazed import pack, unpack

# Where there are too few cores the eyes go first: pictures do not wait, a result can.
_NICE = 5


def main(modules: Sequence[str]) -> None:
    """Answer one request with the fit it names, one of ``modules``."""
    if hasattr(os, "nice"):
        os.nice(_NICE)
    fits = {name: import_module(name) for name in modules}
    payload = sys.stdin.buffer.read()
    if payload:
        request = unpack(payload)
        sys.stdout.buffer.write(pack(fits[request["fit"]].answer(request)))
        sys.stdout.buffer.flush()
    # The interpreter takes a tenth of a second to tear down what the fits imported, and
    # the answer counts only when the process has ended.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
