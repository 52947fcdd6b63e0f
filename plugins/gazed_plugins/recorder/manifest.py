"""``gazed.manifest.json``: what is in a recording, what is missing, and checksums."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from gazed import GazedError
from gazed_plugins.recorder.files import replace_file, sha256_of
from gazed_plugins.recorder.pldata import Extent

NAME = "gazed.manifest.json"
VERSION = 1

State = Literal["recording", "closed", "repaired"]


class ManifestError(GazedError):
    """A manifest cannot be read."""


@dataclass(slots=True)
class FileFacts:
    """One file: size, number of data or frames in it, checksum once closed, first and last time."""

    bytes: int
    records: int
    sha256: str | None = None
    first_timestamp: float | None = None
    last_timestamp: float | None = None


@dataclass(slots=True)
class Manifest:
    """The facts of a recording.

    ``files`` by name, ``streams`` by topic, ``gaps`` with the keys stream, from and to (in
    seconds on the shared clock, ``to`` None when it lasts until the end), ``lost`` by stream,
    ``notes`` in words.
    """

    recording_uuid: str
    state: State = "recording"
    files: dict[str, FileFacts] = field(default_factory=dict)
    streams: dict[str, Extent] = field(default_factory=dict)
    gaps: list[dict[str, Any]] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def lose(self, stream: str, count: int = 1) -> None:
        """Count data that were published and are not in the recording."""
        self.lost[stream] = self.lost.get(stream, 0) + count

    def to_json(self) -> bytes:
        """Return the file's content."""
        return json.dumps({"version": VERSION, **asdict(self)}, indent=1).encode()

    def write(self, directory: Path) -> None:
        """Write or replace the manifest of a recording."""
        replace_file(directory / NAME, self.to_json())

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """Return the manifest of a recording; raise ManifestError when there is no usable one."""
        path = directory / NAME
        try:
            fields = json.loads(path.read_bytes())
            return cls(
                recording_uuid=str(fields["recording_uuid"]),
                state=fields["state"],
                files={name: FileFacts(**facts) for name, facts in fields["files"].items()},
                streams={name: Extent(**extent) for name, extent in fields["streams"].items()},
                gaps=list(fields["gaps"]),
                lost=dict(fields["lost"]),
                notes=list(fields["notes"]),
            )
        except OSError as error:
            raise ManifestError(f"{path}: {error.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ManifestError(f"{path} is not a manifest ({error!r})") from None


def facts_of(path: Path, extent: Extent) -> FileFacts:
    """Return the facts of a file that is complete; reads all of it for the checksum."""
    size = path.stat().st_size
    return FileFacts(size, extent.count, sha256_of(path), extent.first, extent.last)
