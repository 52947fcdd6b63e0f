"""Loading what the build hook compiled: C without Python's headers, called through ctypes."""

from __future__ import annotations

import ctypes
import zlib
from ctypes import c_uint32
from functools import cache
from pathlib import Path


def library_of(source: Path) -> Path:
    """Return where the library of a C file is: beside it, by the same name on every system."""
    return source.with_name(f"_{source.stem}.so")


@cache
def loaded(library: Path, source: Path) -> ctypes.CDLL:
    """Return a library, loaded; its functions do not hold Python's lock while they run.

    Raises OSError when it is not there, cannot be loaded, or was compiled from another source.
    """
    if not library.exists():
        raise OSError("it was not compiled when gazed was installed")
    functions = ctypes.CDLL(str(library))
    stamp = getattr(functions, "gazed_source", None)
    if stamp is not None:
        stamp.restype = c_uint32
    if stamp is None or stamp() != zlib.crc32(source.read_bytes()):
        raise OSError("it was compiled from another source")
    return functions
