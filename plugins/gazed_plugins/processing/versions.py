"""Which code computes: a result is only the same as another one if this is the same."""

from __future__ import annotations

import sys
from importlib import metadata

import av
import cv2
import numpy as np
import scipy

from gazed import __version__
from gazed_plugins.detector_2d import why_slow as detector_why_slow
from gazed_plugins.detector_3d.solver import why_slow as model_why_slow
from gazed_plugins.processing.plan import Plan, installed


def versions_of(plan: Plan) -> dict[str, str]:
    """Return the versions of what computes: Python, libraries, and the plugins' packages."""
    packages = {installed().find(start.name).distribution for start in plan.starts} - {"gazed"}
    return {
        "gazed": __version__,
        "python": "{}.{}".format(*sys.version_info),
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "opencv": cv2.__version__,
        "av": av.__version__,
        "detector": _kernel(detector_why_slow()),
        "eye model": _kernel(model_why_slow()),
        **{name: metadata.version(name) for name in sorted(packages)},
    }


def _kernel(why_slow: str) -> str:
    return "numpy" if why_slow else "compiled"
