"""The facts about a recording as a whole: ``info.player.json``."""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed_plugins.recordings.problems import Problems

FILE_NAME = "info.player.json"
_TIMES = ("start_time_synced_s", "start_time_system_s", "duration_s")
_OLD = "info.csv"


@dataclass(frozen=True, slots=True)
class Info:
    """What a recording says of itself; times that it does not say are NaN, texts empty.

    ``start_time_synced`` is on the clock of the data, ``start_time_system`` is Unix time of
    the same moment; both and ``duration`` in seconds.
    """

    uuid: str = ""
    name: str = ""
    start_time_synced: float = math.nan
    start_time_system: float = math.nan
    duration: float = math.nan
    software: str = ""
    version: str = ""
    meta_version: str = ""
    system: str = ""


def read_info(folder: Path, problems: Problems) -> Info:
    """Return what ``info.player.json`` says; add to ``problems`` what it does not."""
    path = folder / FILE_NAME
    fields = _fields(path, problems)
    for key in _TIMES:
        if fields and not _is_number(fields.get(key)):
            problems.add(f"{path.name}: {key} is missing or not a number")
    return Info(
        uuid=_text(fields, "recording_uuid"),
        name=_text(fields, "recording_name"),
        start_time_synced=_number(fields, "start_time_synced_s"),
        start_time_system=_number(fields, "start_time_system_s"),
        duration=_number(fields, "duration_s"),
        software=_text(fields, "recording_software_name"),
        version=_text(fields, "recording_software_version"),
        meta_version=_text(fields, "meta_version"),
        system=_text(fields, "system_info"),
    )


def _fields(path: Path, problems: Problems) -> dict[str, Any]:
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problems.add(f"{path.name}: is missing{_remedy(path)}")
        return {}
    except (OSError, ValueError, RecursionError) as error:
        problems.add(f"{path.name}: cannot be read: {error}")
        return {}
    if not isinstance(fields, dict):
        problems.add(f"{path.name}: is not a JSON object")
        return {}
    return fields


def _remedy(path: Path) -> str:
    if path.with_name(_OLD).is_file():
        return "; the recording is from before Pupil 1.16: Pupil Player 1.16 or later updates it"
    return "; `gazed repair` writes it anew"


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) <= sys.float_info.max


def _number(fields: dict[str, Any], key: str) -> float:
    value = fields.get(key)
    return float(value) if _is_number(value) else math.nan  # type: ignore[arg-type]


def _text(fields: dict[str, Any], key: str) -> str:
    value = fields.get(key, "")
    return value if isinstance(value, str) else ""
