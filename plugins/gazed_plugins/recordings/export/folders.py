"""Where exports go, so that none is ever overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from gazed import GazedError

_PART = ".part"


class ExportError(GazedError):
    """An export cannot be written where it was asked for."""

    def __init__(self, path: Path, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path


def next_export(recording: Path) -> Path:
    """Return the first free numbered folder in a recording's ``exports``, as Player has them."""
    folders = (recording / "exports" / f"{number:03}" for number in count())
    return next(folder for folder in folders if not folder.exists())


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a path to write to; the file gets its name when it is complete.

    Raises ExportError when there is such a file already or none can be written.
    """
    if path.exists():
        raise ExportError(path, "is there already; give another --output")
    part = path.with_name(path.name + _PART)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.rename(path)
    except OSError as error:
        raise ExportError(path, f"cannot be written: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)
