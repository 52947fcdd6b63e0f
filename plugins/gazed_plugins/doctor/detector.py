"""Whether pupil detection and the eye model run as fast as they can."""

from __future__ import annotations

from gazed_plugins import detector_2d, detector_3d
from gazed_plugins.doctor import Findings

_PARTS = {
    "pupil detection": detector_2d.why_slow,
    "the eye model": detector_3d.why_slow,
}


def check() -> Findings:
    """Look at the compiled parts of both detectors."""
    for part, why_slow in _PARTS.items():
        problem = why_slow()
        if problem:
            yield (
                f"{part} runs without its compiled part, many times slower: {problem}",
                "install a C compiler, then: pip install --force-reinstall --no-deps gazed",
            )
        else:
            yield f"{part} has its compiled part", ""
