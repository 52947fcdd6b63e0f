"""Where a running daemon is found: its connection file in the runtime directory."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import platformdirs

from gazed.errors import GazedError, NotRunningError


@dataclass(frozen=True, slots=True)
class Connection:
    """The endpoints and files of one daemon.

    ``publish`` and ``subscribe`` are the bus's TCP endpoints as clients see them, ``inlet``
    takes notifications that must not be dropped; the ``local_`` ones are for processes on
    this machine. ``clock`` is the shared clock's file, ``settings`` where plugins keep files.
    """

    pid: int
    publish: str
    subscribe: str
    inlet: str
    local_publish: str
    local_subscribe: str
    clock: Path
    settings: Path

    @property
    def publish_port(self) -> int:
        """The port that ``PUB_PORT`` answers."""
        return int(self.publish.rpartition(":")[2])

    @property
    def subscribe_port(self) -> int:
        """The port that ``SUB_PORT`` answers."""
        return int(self.subscribe.rpartition(":")[2])

    def write(self, path: Path) -> None:
        """Write the connection file, readable by its owner only, in one step."""
        fields = {key: str(value) if key != "pid" else value for key, value in asdict(self).items()}
        part = path.with_suffix(".part")
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(fields, file, indent=2)
        part.replace(path)

    @staticmethod
    def read(path: Path) -> Connection:
        """Return the connection in a file; raise NotRunningError when there is none to be read."""
        try:
            fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            fields.update({key: Path(fields[key]) for key in ("clock", "settings")})
            return Connection(**fields)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise NotRunningError(f"no usable connection file at {path}: {error}") from None


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
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
