"""What is done with a recording: which plugins see it, and with which calibration."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gazed import ArgumentError, ConfigurationError, Fields, GazedError, Registry, checked, load
from gazed_plugins.processing.errors import ProcessingError

USUAL = ("Detector_2D", "Detector_3D", "Eyelids", "Blink_Detection")
"""The plugins that process a recording when nobody says otherwise."""

RECORDED, NEW, NONE = "recorded", "new", "none"
_PIPELINES = {"service": "Gaze", "eye": "Eye"}
_GROUPS = {"gazed.eye": "eye", "gazed.service": "service"}
_EYES = ("eye0", "eye1")


@dataclass(frozen=True, slots=True)
class Start:
    """One plugin with its arguments; ``host`` is ``service``, ``eye`` for both, or one of them."""

    name: str
    args: Mapping[str, Any]
    host: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The plugins in the order in which they start, and where gaze mappers come from.

    ``calibration`` is ``recorded`` (those of the recording, each from its own time on),
    ``new`` (fitted anew to the recorded references), ``none``, or a map with
    ``gazer_class_name`` and ``params`` as in ``calibration.result.v2``.
    """

    starts: tuple[Start, ...]
    calibration: str | Fields = RECORDED

    def starts_in(self, host: str) -> list[Start]:
        """Return what starts in ``service``, ``eye0`` or ``eye1``, the host's pipeline first."""
        kind = "eye" if host in _EYES else host
        chosen = [start for start in self.starts if start.host in (host, kind)]
        pipeline = _PIPELINES[kind]
        if pipeline in [start.name for start in chosen]:
            return chosen
        return [Start(pipeline, {}, kind), *chosen]

    def to_json(self) -> Fields:
        """Return the plan as plain maps and lists."""
        return asdict(self)

    @classmethod
    def from_json(cls, fields: Fields) -> Plan:
        """Return the plan in what ``to_json`` gave."""
        return cls(tuple(Start(**start) for start in fields["starts"]), fields["calibration"])


@cache
def installed() -> Registry:
    """Return the plugins that are installed; looking takes a tenth of a second."""
    return Registry()


def planned(starts: Iterable[tuple[str, Fields, str | None]], calibration: str | Fields) -> Plan:
    """Return the plan for (name, arguments, host or None) of each plugin.

    Raises GazedError for a plugin that is not installed or cannot take part, and for
    arguments that it cannot take.
    """
    return Plan(tuple(_checked(*start) for start in starts), calibration)


def starts_of_options(options: Sequence[str]) -> list[tuple[str, Fields, str | None]]:
    """Return what ``NAME`` or ``NAME={"argument": value}`` on the command line means."""
    return [_option(text) for text in options]


def starts_of_file(path: Path) -> list[tuple[str, Fields, str | None]]:
    """Return the ``[[start_plugin]]`` tables of a configuration file.

    Raises ConfigurationError when it is none.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8")).get("start_plugin", [])
        return [(table["name"], table.get("args", {}), table.get("host")) for table in tables]
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path}: is not TOML: {error}") from None
    except (KeyError, TypeError, AttributeError):
        raise ConfigurationError(
            f"{path}: each plugin needs a table [[start_plugin]] with a name"
        ) from None


def _option(text: str) -> tuple[str, Fields, None]:
    name, _, args = text.partition("=")
    try:
        given = json.loads(args or "{}")
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise ArgumentError(name, 'what follows the name must be a map: NAME={"argument": 1.0}')
    return name, given, None


def _checked(name: str, args: Fields, host: str | None) -> Start:
    offer = installed().find(name)
    plugin = load(offer)
    if offer.group not in _GROUPS or getattr(plugin, "role", None) == "source":
        raise ProcessingError(
            f"{name} has no part in processing a recording; leave it out. Detectors, eye models"
            " and what runs in the service take part"
        )
    try:
        checked(plugin, args)
    except GazedError as error:
        raise ProcessingError(f"{name}: {error}") from None
    where = host or _GROUPS[offer.group]
    if where not in ("service", "eye", *_EYES):
        raise ProcessingError(f"{name}: there is no host {where!r}; use service, eye0 or eye1")
    return Start(offer.plugin, args, where)
