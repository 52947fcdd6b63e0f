"""Calling plugins: in order, one at a time, each on its own risk."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pluggy

from gazed import hooks
from gazed.errors import MessageError, PluginError


def hook_names() -> list[str]:
    """Return the names of all hooks, in the order a datum travels."""
    return [name for name, value in vars(hooks).items() if hasattr(value, "gazed_spec")]


class _Implementation(NamedTuple):
    plugin: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallFailure:
    """A plugin raised: which one, where, and what."""

    plugin: str
    where: str
    error: Exception


class Calls:
    """The hooks of the plugins in one host.

    pluggy validates; the calls themselves go through ``guarded``, because a plain pluggy
    call stops at the first exception and names nobody.
    """

    def __init__(
        self,
        on_failure: Callable[[CallFailure], None],
        on_bad_message: Callable[[str, MessageError], None],
    ) -> None:
        self._manager = pluggy.PluginManager("gazed")
        self._manager.add_hookspecs(hooks)
        self._on_failure = on_failure
        self._on_bad_message = on_bad_message
        self._rank: dict[str, tuple[float, int]] = {}
        self._serial = 0
        self._table: dict[str, list[_Implementation]] = {}
        self._rebuild()

    def register(self, name: str, plugin: object) -> None:
        """Add a plugin's hooks; raise pluggy.PluginValidationError when one is not as declared."""
        self._manager.register(plugin, name)
        try:
            self._manager.check_pending()
        except pluggy.PluginValidationError:
            self._manager.unregister(name=name)
            raise
        self._serial += 1
        self._rank[name] = (getattr(plugin, "order", 0.5), self._serial)
        self._rebuild()

    def unregister(self, name: str) -> None:
        """Remove a plugin's hooks."""
        self._manager.unregister(name=name)
        del self._rank[name]
        self._rebuild()

    def implementing(self, hook: str) -> list[str]:
        """Return the plugins that implement a hook, in calling order."""
        return [implementation.plugin for implementation in self._table[hook]]

    def each(self, hook: str, values: Mapping[str, Any]) -> Iterator[Any]:
        """Call a hook of every plugin, in order; yield results that are not None."""
        for implementation in self._table[hook]:
            result = self._call(hook, implementation, values)
            if result is not None:
                yield result

    def through(self, hook: str, values: Mapping[str, Any]) -> Any:
        """Pass one value along the plugins; each gets what the one before it returned.

        None leaves the value as it is. What is of another type is a failure of its plugin.
        """
        ((name, value),) = values.items()
        for implementation in self._table[hook]:
            result = self._call(hook, implementation, {name: value})
            if isinstance(result, type(value)):
                value = result
            elif result is not None:
                problem = f"{hook} returned a {type(result).__name__}, not a {type(value).__name__}"
                self._on_failure(CallFailure(implementation.plugin, hook, PluginError(problem)))
        return value

    def one(self, hook: str, plugin: str, values: Mapping[str, Any]) -> Any:
        """Call a hook of one plugin; None when it has none."""
        for implementation in self._table[hook]:
            if implementation.plugin == plugin:
                return self._call(hook, implementation, values)
        return None

    def guarded(self, plugin: str, where: str, function: Callable[..., Any], *values: Any) -> Any:
        """Call plugin code; report what it raises and return None then."""
        result, error = outcome(function, *values)
        if isinstance(error, MessageError):
            self._on_bad_message(plugin, error)
        elif error is not None:
            self._on_failure(CallFailure(plugin, where, error))
        return result

    def _call(self, hook: str, implementation: _Implementation, values: Mapping[str, Any]) -> Any:
        given = [values[name] for name in implementation.arguments]
        return self.guarded(implementation.plugin, hook, implementation.function, *given)

    def _rebuild(self) -> None:
        self._table = {hook: self._implementations(hook) for hook in hook_names()}

    def _implementations(self, hook: str) -> list[_Implementation]:
        found = getattr(self._manager.hook, hook).get_hookimpls()
        table = [_Implementation(impl.plugin_name, impl.function, impl.argnames) for impl in found]
        return sorted(table, key=lambda implementation: self._rank[implementation.plugin])


def outcome(function: Callable[..., Any], *values: Any) -> tuple[Any, Exception | None]:
    """Call plugin code; return its result and None, or None and what it raised.

    The one place in the program that catches everything.
    """
    try:
        return function(*values), None
    except Exception as error:  # noqa: BLE001 - plugin code may raise anything
        return None, error


def documentation(plugin: object) -> str:
    """Return what a plugin says of the notifications it reacts to, empty when nothing."""
    return inspect.getdoc(getattr(plugin, "on_notification", None)) or ""
