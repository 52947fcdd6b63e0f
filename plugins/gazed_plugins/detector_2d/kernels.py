"""Choose the kernel: the compiled one where it is there."""

from __future__ import annotations

from pathlib import Path

from gazed_plugins.detector_2d.compiled import LIBRARY, CompiledKernel
from gazed_plugins.detector_2d.confidence import Models
from gazed_plugins.detector_2d.method import Kernel
from gazed_plugins.detector_2d.numeric import NumericKernel


def best_kernel(library: Path = LIBRARY, known: Models | None = None) -> Kernel:
    """Return the compiled kernel, or the one in numpy where that cannot be used.

    ``known`` are the models of the evidence, those of the package when not given.
    """
    try:
        return CompiledKernel(library, known)
    except OSError:
        return NumericKernel(known)


def why_slow(library: Path = LIBRARY) -> str:
    """Return why the compiled kernel cannot be used; an empty text when it can."""
    try:
        CompiledKernel(library)
    except OSError as error:
        return str(error)
    return ""
