"""One detector in the comparison: an installed plugin, run in this process without a daemon."""

from __future__ import annotations

import inspect
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import metadata
from typing import Any

from gazed import (
    ArgumentError,
    BrokenPluginError,
    CallFailure,
    Calls,
    Context,
    GazedError,
    Offer,
    Registry,
    checked,
    load,
)
from gazed_plugins.bench.cases import Case
from gazed_plugins.bench.outcome import Outcome, judged
from gazed_plugins.bench.stand import Stand

GROUP = "gazed.eye"
ALL = "all"
_NAME = "detector"
# On Windows the processor time of a thread advances in steps of 16 ms.
_seconds = time.perf_counter if sys.platform == "win32" else time.thread_time


class Contender:
    """A detector that takes part, or does not because of ``failure``.

    ``label`` is what the user asked for, ``version`` the one of its package.
    """

    def __init__(
        self, label: str, plugin: Any, args: dict[str, Any], stand: Stand, version: str = ""
    ) -> None:
        self.label = label
        self.version = version
        self.failure = ""
        self._start = partial(plugin, Context(label.partition("=")[0], stand), **args)

    def start(self) -> Trial:
        """Start the plugin anew: it has seen nothing yet."""
        return Trial(self._start, self._fail)

    def fail(self, reason: str) -> None:
        """Take no further part."""
        self.failure = self.failure or reason

    def _fail(self, failure: CallFailure) -> None:
        kind = "" if isinstance(failure.error, GazedError) else f"{type(failure.error).__name__}: "
        self.fail(f"{failure.where}: {kind}{failure.error}")


class Trial:
    """One instance of a detector, from its start to ``close``.

    What it raises is reported to ``on_failure``.
    """

    def __init__(self, start: Callable[[], Any], on_failure: Callable[[CallFailure], None]) -> None:
        self._calls = Calls(
            on_failure,
            lambda plugin, error: on_failure(CallFailure(plugin, "a message", error)),
        )
        self._instance = self._calls.guarded(_NAME, "start", start)
        if self._instance is not None:
            self._calls.guarded(_NAME, "start", self._calls.register, _NAME, self._instance)

    def see(self, case: Case) -> Outcome | None:
        """Show it a picture; return what it made of it, and None when it failed."""
        values = {"frame": case.frame, "found": []}
        began = _seconds()
        pupil = next(self._calls.each("detect_pupil", values), None)
        taken = _seconds() - began
        outcome: Outcome | None = self._calls.guarded(
            _NAME, "what detect_pupil returned", judged, case, pupil, taken
        )
        return outcome

    def close(self) -> None:
        """Stop the plugin."""
        if hasattr(self._instance, "close"):
            self._calls.guarded(_NAME, "close", self._instance.close)


def contenders(asked: Sequence[str], stand: Stand) -> list[Contender]:
    """Return the detectors asked for, each ``NAME`` or ``NAME={"argument": value}``, or ``all``.

    One that is installed and cannot be loaded is returned broken. Raises UnknownPluginError,
    ArgumentError, and GazedError for a plugin that detects no pupils.
    """
    registry = Registry()
    labels = [label for name in asked for label in _expanded(name, registry)]
    return [_contender(label, registry, stand) for label in dict.fromkeys(labels)]


def _expanded(label: str, registry: Registry) -> Iterator[str]:
    if label != ALL:
        yield label
        return
    for offer in registry.offers():
        if offer.group == GROUP and offer.name == offer.plugin and _may_detect(offer):
            yield offer.name


def _may_detect(offer: Offer) -> bool:
    try:
        plugin = load(offer)
    except BrokenPluginError:
        return True
    return _detects(plugin) and not _builds_on_others(plugin)


def _contender(label: str, registry: Registry, stand: Stand) -> Contender:
    name, _, text = label.partition("=")
    offer = registry.find(name)
    try:
        plugin = load(offer)
    except BrokenPluginError as error:
        broken = Contender(label, object, {}, stand)
        broken.fail(str(error))
        return broken
    if offer.group != GROUP or not _detects(plugin):
        known = ", ".join(_expanded(ALL, registry))
        raise GazedError(f"{name} detects no pupils; installed detectors: {known}")
    args = checked(plugin, _arguments(label, text))
    return Contender(label, plugin, args, stand, _version(offer.distribution))


def _detects(plugin: Any) -> bool:
    return hasattr(getattr(plugin, "detect_pupil", None), "gazed_impl")


def _builds_on_others(plugin: Any) -> bool:
    return "found" in inspect.signature(plugin.detect_pupil).parameters


def _arguments(label: str, text: str) -> dict[str, Any]:
    try:
        args = json.loads(text or "{}")
    except ValueError:
        args = None
    if not isinstance(args, dict):
        raise ArgumentError(label, 'what follows the name must be a map: NAME={"argument": 1.0}')
    return args


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
