"""Which plugins are installed: read from package metadata, nothing imported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from gazed.errors import BrokenPluginError, UnknownPluginError
from gazed.hooks import HOOK_API_VERSION

SERVICE, EYE, PROCESS = "gazed.service", "gazed.eye", "gazed.process"
GROUPS = (SERVICE, EYE, PROCESS)


@dataclass(frozen=True, slots=True)
class Offer:
    """One plugin that an installed package offers.

    ``plugin`` is the name shared by all entry points of this group to the same class: old
    names are more entry points, and stopping one stops the plugin.
    """

    name: str
    plugin: str
    group: str
    distribution: str
    entry: metadata.EntryPoint

    @property
    def hosts(self) -> tuple[str, ...]:
        """The processes this plugin runs in when nobody says otherwise."""
        return {SERVICE: ("service",), EYE: ("eye0", "eye1")}.get(self.group, (self.plugin,))


class Registry:
    """The installed plugins by name, read again when an unknown name is asked for."""

    def __init__(self) -> None:
        self._offers: dict[str, Offer] = {}
        self._ignored: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Read the metadata of all installed packages."""
        installed = metadata.entry_points()
        self._offers = {}
        for group in GROUPS:
            entries = sorted(installed.select(group=group), key=_ours_first)
            for entry in entries:
                self._offers.setdefault(entry.name, _offer(entry, entries))
        self._ignored = {entry.name for entry in installed.select(group="gazed.ignored")}

    def offers(self) -> list[Offer]:
        """Return all plugins, by name."""
        return [self._offers[name] for name in sorted(self._offers)]

    def find(self, name: str) -> Offer:
        """Return the plugin of this name; raise UnknownPluginError."""
        if name not in self._offers:
            self.refresh()
        try:
            return self._offers[name]
        except KeyError:
            raise UnknownPluginError(name, sorted(self._offers)) from None

    def ignores(self, name: str) -> bool:
        """Tell whether old clients send this name and need nothing done."""
        return name in self._ignored


def load(offer: Offer) -> type[Any]:
    """Import a plugin's class; raise BrokenPluginError saying what is missing."""
    try:
        plugin = offer.entry.load()
    except ModuleNotFoundError as error:
        reason = _remedy(offer, error.name or "")
        raise BrokenPluginError(offer.name, offer.distribution, reason) from error
    except (ImportError, AttributeError, SyntaxError) as error:
        raise BrokenPluginError(offer.name, offer.distribution, str(error)) from error
    _check_api(offer, plugin)
    return plugin  # type: ignore[no-any-return]


def _remedy(offer: Offer, missing: str) -> str:
    package = missing.partition(".")[0]
    if package == offer.entry.module.partition(".")[0]:
        return f"its module {missing!r} is missing; install {offer.distribution} again"
    return f"it needs the module {missing!r}; install it: pip install {package}"


def _check_api(offer: Offer, plugin: Any) -> None:
    low, high = getattr(plugin, "hook_api", (HOOK_API_VERSION, HOOK_API_VERSION))
    if not low <= HOOK_API_VERSION <= high:
        reason = (
            f"it is written for versions {low} to {high} of the plugin interface and this is"
            f" version {HOOK_API_VERSION}; install a matching version of {offer.distribution}"
        )
        raise BrokenPluginError(offer.name, offer.distribution, reason)


def _offer(entry: metadata.EntryPoint, siblings: Iterable[metadata.EntryPoint]) -> Offer:
    aliases = [other.name for other in siblings if other.value == entry.value]
    spelt = entry.attr.lower()
    plugin = next((name for name in aliases if name.replace("_", "").lower() == spelt), aliases[0])
    return Offer(entry.name, plugin, entry.group, _distribution(entry), entry)


def _distribution(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist else "unknown package"


def _ours_first(entry: metadata.EntryPoint) -> tuple[bool, str, str]:
    distribution = _distribution(entry)
    return (distribution != "gazed", distribution, entry.name)
