"""How to reach a running daemon: its connection file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gazed.errors import NotRunningError


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

    @classmethod
    def nowhere(cls, clock: Path, settings: Path) -> Connection:
        """Return a connection to no bus, for what runs plugins without a daemon."""
        endpoint = "inproc://nowhere"
        return cls(0, endpoint, endpoint, endpoint, endpoint, endpoint, clock, settings)

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
