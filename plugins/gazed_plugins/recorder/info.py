"""``info.player.json`` and ``user_info.csv``: what Pupil Player reads first (spec 3 and 7)."""

from __future__ import annotations

import getpass
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from gazed import __version__
from gazed_plugins.recorder.files import replace_file

NAME = "info.player.json"
USER_INFO = "user_info.csv"
SOFTWARE = "gazed"
DEFAULT_USER_INFO = {"name": "", "additional_field": "change_me"}


@dataclass(frozen=True, slots=True)
class Info:
    """What a recording is: ``start_time_system_s`` in Unix time, the rest on the shared clock."""

    recording_uuid: str
    start_time_system_s: float
    start_time_synced_s: float
    recording_name: str
    duration_s: float = 0.0
    system_info: str = ""
    recording_software_name: str = SOFTWARE
    recording_software_version: str = __version__
    meta_version: str = "2.3"
    min_player_version: str = "2.0"

    def lasting(self, seconds: float) -> Info:
        """Return the same with another duration."""
        return replace(self, duration_s=max(0.0, float(seconds)))

    def to_json(self) -> bytes:
        """Return the file's content; whole seconds keep their decimal part."""
        fields = {name: getattr(self, name) for name in self.__slots__}
        return json.dumps(fields, indent=4, sort_keys=True, ensure_ascii=False).encode()

    def write(self, directory: Path) -> None:
        """Write or replace ``info.player.json`` in a recording."""
        replace_file(directory / NAME, self.to_json())


def system_info() -> str:
    """Return who recorded on which machine, as Player shows it."""
    machine = platform.uname()
    return (
        f"User: {_user()}, Platform: {machine.system}, Machine: {machine.node},"
        f" Release: {machine.release}, Version: {machine.version}"
    )


def user_info_csv(entries: Mapping[str, Any]) -> bytes:
    """Return ``user_info.csv``: unquoted, backslash before what would end a field."""
    lines = ["key,value", *(f"{_escaped(key)},{_escaped(entries[key])}" for key in entries)]
    return "".join(f"{line}\r\n" for line in lines).encode()


def _escaped(value: object) -> str:
    text = str(value)
    for special in ("\\", ",", "\r", "\n"):
        text = text.replace(special, "\\" + special)
    return text


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user id, as in containers
        return "unknown"
