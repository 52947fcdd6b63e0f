"""Whether pupil detection runs as fast as it can."""

from __future__ import annotations

from gazed_plugins.detector_2d.kernels import why_slow
from gazed_plugins.doctor import Findings


def check() -> Findings:
    """Look at the compiled part of the detector."""
    problem = why_slow()
    if problem:
        yield (
            f"pupil detection runs without its compiled kernel, many times slower: {problem}",
            "install a C compiler, then: pip install --force-reinstall --no-deps gazed",
        )
    else:
        yield "pupil detection has its compiled kernel", ""
