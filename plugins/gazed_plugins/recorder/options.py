"""What the recorder was told, for the next recording."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed_plugins.recorder.disk import Floor
from gazed_plugins.recorder.folder import Owner
from gazed_plugins.recorder.folders import session_folder, todays_session
from gazed_plugins.recorder.info import Info, system_info
from gazed_plugins.recorder.session import Plan

_GB, _MB = 1e9, 1e6
_DATE = re.compile(r"20\d\d_\d\d_\d\d")


@dataclass(frozen=True, slots=True)
class Options:
    """The arguments that hold for the next recording."""

    root: Path
    session_name: str
    record_eye: bool
    permitted: tuple[Path, ...]
    user_info: dict[str, str]
    buffer_bytes: float
    floor: Floor
    allow_time_reset: bool

    @classmethod
    def read(cls, args: dict[str, Any], settings: Path) -> Options:
        """Return the options in the plugin's arguments; ``settings`` is gazed's own folder."""
        root = args["rec_root_dir"] or settings / "recordings"
        return cls(
            root=Path(root).expanduser(),
            session_name=args["session_name"],
            record_eye=args["record_eye"],
            permitted=tuple(Path(entry).expanduser() for entry in args["permitted_roots"]),
            user_info=args["user_info"],
            buffer_bytes=args["buffer_mb"] * _MB,
            floor=Floor(args["warn_free_gb"] * _GB, args["stop_free_gb"] * _GB),
            allow_time_reset=args["allow_time_reset"],
        )

    def named(self, given: object) -> str:
        """Return the session's name: the one given, else the last one, else the date."""
        name = str(given or self.session_name)
        return todays_session() if not name or _DATE.fullmatch(name) else name

    def plan(
        self,
        owner: Owner,
        now: float,
        before: Sequence[tuple[str, bytes]] = (),
        notes: Sequence[str] = (),
    ) -> Plan:
        """Return the plan of a recording that begins ``now``, on the shared clock.

        Raises SessionNameError when it may not be where its name says.
        """
        info = Info(
            recording_uuid=str(uuid.uuid4()),
            start_time_system_s=time.time(),
            start_time_synced_s=now,
            recording_name=owner.session_name,
            system_info=system_info(),
        )
        folder = session_folder(self.root, owner.session_name, self.permitted)
        limits = (self.floor, self.buffer_bytes)
        return Plan(folder, info, *limits, self.user_info, owner, before, notes)
