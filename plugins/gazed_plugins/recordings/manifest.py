"""What the recorder counted while it recorded: ``gazed.manifest.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gazed_plugins.recordings.problems import Problems

FILE_NAME = "gazed.manifest.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Facts by file name (bytes, records, sha256 once closed, first and last timestamp).

    ``state`` is ``recording``, ``closed`` or ``repaired``. ``streams`` has count, first and
    last by topic, ``gaps`` maps with stream, from and to in seconds (to may be None),
    ``lost`` the data of a stream that were published and are not there.
    """

    recording_uuid: str
    state: str
    files: Mapping[str, Mapping[str, Any]]
    streams: Mapping[str, Mapping[str, Any]]
    gaps: tuple[Mapping[str, Any], ...]
    lost: Mapping[str, int]
    notes: tuple[str, ...]


def read_manifest(folder: Path, problems: Problems) -> Manifest | None:
    """Return a recording's manifest; None without one, or, with a sentence, when damaged."""
    path = folder / FILE_NAME
    try:
        return _manifest(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        problems.add(f"{path.name}: cannot be read: {type(error).__name__}: {error}")
        return None


def _manifest(fields: Any) -> Manifest:
    return Manifest(
        recording_uuid=str(fields["recording_uuid"]),
        state=str(fields["state"]),
        files={str(name): dict(facts) for name, facts in fields["files"].items()},
        streams={str(name): dict(facts) for name, facts in fields.get("streams", {}).items()},
        gaps=tuple(dict(gap) for gap in fields.get("gaps", [])),
        lost={str(name): int(count) for name, count in fields.get("lost", {}).items()},
        notes=tuple(str(note) for note in fields.get("notes", [])),
    )
