"""The daemons of this user, each with a folder in the runtime directory."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
from pathlib import Path

import platformdirs

from gazed.connection import Connection
from gazed.errors import GazedError, NotRunningError

_QUERY_LIMITED_INFORMATION = 0x1000


def runtime_directory() -> Path:
    """Return the directory, this user's alone, in which each daemon has a folder.

    Raises GazedError when somebody else made it, as anybody can in a shared temporary
    directory: whoever owns it could read the endpoints and take the sockets.
    """
    base = _runtime_base()
    base.mkdir(parents=True, exist_ok=True, mode=0o700)
    if os.name == "posix" and base.stat().st_uid != os.getuid():
        raise GazedError(f"{base} belongs to somebody else; remove it or set XDG_RUNTIME_DIR")
    return base


def _runtime_base() -> Path:
    # Without a runtime directory of the system's, platformdirs warns and takes a shared one.
    if os.name == "posix" and sys.platform != "darwin" and "XDG_RUNTIME_DIR" not in os.environ:
        return Path(tempfile.gettempdir()) / f"gazed-{os.getuid()}"
    return Path(platformdirs.user_runtime_dir("gazed"))


def running_daemons() -> list[Connection]:
    """Return the daemons of this user that are alive, newest first; forget the dead ones' files."""
    found = []
    for path in sorted(runtime_directory().glob("*/connection.json"), key=_age):
        try:
            connection = Connection.read(path)
        except NotRunningError:
            continue
        if alive(connection.pid):
            found.append(connection)
    return found


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:
        return 0.0


def alive(pid: int) -> bool:
    """Tell whether a process exists."""
    if sys.platform == "win32":
        return _alive_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _alive_on_windows(pid: int) -> bool:
    # There, os.kill would end the process whatever the signal.
    kernel32 = ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]
    handle = kernel32.OpenProcess(_QUERY_LIMITED_INFORMATION, False, pid)
    return bool(handle and kernel32.CloseHandle(handle))
