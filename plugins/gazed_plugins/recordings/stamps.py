"""Timestamps in ``.npy`` files, also from files that were cut off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gazed_plugins.recordings.problems import Problems, counted

Times = NDArray[np.float64]

# Read by hand: numpy evaluates the header as Python, and a damaged one fails in many ways.
_START = re.compile(rb"\x93NUMPY([\x01-\x03])\x00", re.DOTALL)
_TYPE = re.compile(rb"'descr': *'([<>|=](?:f[248]|[iu][1248]))'")
_SHAPE = re.compile(rb"'shape': *\((\d{1,15}), *\)")
_LENGTH_BYTES = {1: 2, 2: 4, 3: 4}
_AFTER_START = 8


def read_stamps(path: Path, problems: Problems) -> Times | None:
    """Return the seconds in ``path``; None, and a sentence in ``problems``, without any.

    A file that holds fewer or more values than its header says gives what it holds.
    """
    try:
        data = path.read_bytes()
        begin, promised, dtype = _header(data)
    except FileNotFoundError:
        problems.add(f"{path.name}: is missing")
        return None
    except (OSError, ValueError) as error:
        problems.add(f"{path.name}: is not an array of timestamps: {error}")
        return None
    held, rest = divmod(len(data) - begin, dtype.itemsize)
    if held != promised or rest:
        problems.add(
            f"{path.name}: its header promises {counted(promised, 'timestamp')}, it holds {held}"
            + (f" and {counted(rest, 'byte')}" if rest else "")
        )
    return np.frombuffer(data, dtype, held, begin).astype(np.float64)


def _header(data: bytes) -> tuple[int, int, np.dtype[Any]]:
    """Return where the values begin, how many there should be, and of what type."""
    start = _START.match(data)
    if not start:
        raise ValueError("it does not begin as a .npy file")
    width = _LENGTH_BYTES[start[1][0]]
    text = _AFTER_START + width
    end = text + int.from_bytes(data[_AFTER_START:text], "little")
    kind, shape = _TYPE.search(data, text, end), _SHAPE.search(data, text, end)
    if end > len(data) or not kind or not shape:
        raise ValueError("its header is damaged, or it holds something else")
    return end, int(shape[1]), np.dtype(kind[1].decode())
