"""The configuration file: a list of plugins to start, in order, with their arguments."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gazed.errors import ConfigurationError

DEFAULT = Path(__file__).with_name("default.toml")
_KINDS: dict[str, type] = {"name": str, "args": dict, "host": str, "required": bool}


@dataclass(frozen=True, slots=True)
class Entry:
    """One ``[[start_plugin]]`` table; without a ``required`` one the daemon does not go on."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    host: str | None = None
    required: bool = False


def read(path: Path) -> list[Entry]:
    """Return the entries of a file; raise ConfigurationError naming what is wrong and where."""
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None
    unknown = set(tables) - {"start_plugin"}
    if unknown:
        raise ConfigurationError(
            f"{path}: {', '.join(sorted(unknown))}: only [[start_plugin]] tables are known"
        )
    entries = tables.get("start_plugin", [])
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path}: write [[start_plugin]], in double brackets")
    return [_entry(path, number, table) for number, table in enumerate(entries, 1)]


def with_port(entries: list[Entry], port: int) -> list[Entry]:
    """Return the entries with Pupil Remote moved to another port."""
    return [_moved(entry, port=port) for entry in entries]


def with_address(entries: list[Entry], address: str) -> list[Entry]:
    """Return the entries with Pupil Remote listening on another address."""
    return [_moved(entry, host=address) for entry in entries]


def _moved(entry: Entry, **changes: Any) -> Entry:
    if entry.name not in ("Pupil_Remote", "NetworkApiPlugin"):
        return entry
    return Entry(entry.name, {**entry.args, **changes}, entry.host, entry.required)


def _entry(path: Path, number: int, table: Any) -> Entry:
    place = f"{path}: start_plugin number {number}"
    if not isinstance(table, dict) or not table.get("name"):
        raise ConfigurationError(f"{place}: has no name")
    for key, value in table.items():
        if key not in _KINDS:
            raise ConfigurationError(
                f"{place} ({table['name']}): {key!r} is not one of {', '.join(_KINDS)}"
            )
        if not isinstance(value, _KINDS[key]):
            raise ConfigurationError(
                f"{place} ({table['name']}): {key} is {value!r}, not {_KINDS[key].__name__}"
            )
    return Entry(**table)
