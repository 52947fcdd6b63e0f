"""Where a recording goes: ``<root>/<session>/<NNN>``, never outside of what is permitted."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Sequence
from pathlib import Path, PureWindowsPath

from gazed import GazedError


class SessionNameError(GazedError):
    """A session name leads out of the recordings folder, or cannot be a folder's name."""


def todays_session() -> str:
    """Return the name of a session that nobody named: the local date."""
    return time.strftime("%Y_%m_%d")


def session_folder(root: Path, name: str, permitted: Sequence[Path] = ()) -> Path:
    """Return the folder of a session, with all symbolic links followed.

    An absolute name stands for itself, any other is below ``root``; separators make
    subfolders. Raises SessionNameError when the folder is neither within ``root`` nor within
    one of the ``permitted`` folders.
    """
    problem = _problem(name)
    if problem:
        raise SessionNameError(f"the session name {name!r} {problem}")
    folder = _followed(root / name)
    if not any(folder.is_relative_to(_followed(allowed)) for allowed in (root, *permitted)):
        raise SessionNameError(
            f"the session name {name!r} leads out of the recordings folder {root}; give a name"
            " without a path, or have permitted_roots of the plugin Recorder list that folder"
        )
    return folder


def new_recording(session: Path) -> Path:
    """Create the first free numbered folder of a session and return it."""
    session.mkdir(parents=True, exist_ok=True)
    for number in itertools.count():
        folder = session / f"{number:03d}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError("there is always a next number")


def _followed(path: Path) -> Path:
    # Path.resolve raises for links in a circle, which anybody may have made.
    return Path(os.path.realpath(path))


def _problem(name: str) -> str:
    if any(ord(letter) < 32 for letter in name):
        return "has control characters; leave them out"
    if os.name != "nt" and PureWindowsPath(name).drive:
        return "is a path of another machine's disk; give a name without a drive"
    return ""
