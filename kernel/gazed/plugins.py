"""The plugins that run in one host: started, replaced, failed, stopped."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from gazed.arguments import checked
from gazed.calls import CallFailure, Calls, documentation, outcome
from gazed.context import Context, HostServices
from gazed.errors import GazedError, MessageError, UnknownPluginError
from gazed.registry import Registry, load
from gazed.requests import PluginRequest

log = logging.getLogger("gazed.plugins")


@dataclass(slots=True)
class Running:
    """One started plugin; ``name`` is the one it was asked for by."""

    name: str
    plugin: str
    instance: Any
    args: dict[str, Any]


class Plugins:
    """Starts and stops plugins on request and tells the bus what became of each request.

    ``requests`` counts the starts, so that the kernel, which counts them as well, can stop an
    idle host without overtaking a start that is on its way.
    ``on_gone`` is called with a plugin's name when it no longer runs, so that its host can
    forget what it was doing for it.
    """

    def __init__(
        self, services: HostServices, registry: Registry, on_gone: Callable[[str], None]
    ) -> None:
        self._services = services
        self._registry = registry
        self._on_gone = on_gone
        self._running: dict[str, Running] = {}
        self._reported: set[str] = set()
        self.requests = 0
        self.bad_messages = 0
        self.calls = Calls(self._failed, self.bad_message)

    def documented(self) -> Iterator[tuple[str, str]]:
        """Yield name and documentation of the plugins that say what they react to."""
        for running in self._running.values():
            text = documentation(running.instance)
            if text:
                yield running.name, text

    def concerns(self, request: PluginRequest) -> bool:
        """Tell whether a request is for this host."""
        try:
            offer = self._registry.find(request.name)
        except UnknownPluginError:
            return False  # the kernel answers for all hosts
        return self._services.name in request.hosts(offer)

    def handle(self, request: PluginRequest) -> None:
        """Start or stop a plugin."""
        plugin = self._registry.find(request.name).plugin
        if request.starts:
            self.requests += 1
            self._start(request, plugin)
        else:
            self.stop(plugin)

    def stop(self, plugin: str) -> None:
        """Stop a plugin; nothing happens when it does not run."""
        running = self._remove(plugin)
        if running:
            self._notify("plugin.stopped", running.name)

    def stop_all(self) -> None:
        """Stop all plugins, the youngest first."""
        for plugin in list(reversed(self._running)):
            self.stop(plugin)

    def _start(self, request: PluginRequest, plugin: str) -> None:
        started, error = outcome(self._started, request, plugin)
        if error:
            self._report_failure(request.name, error)
        elif started:
            role = getattr(self._running[plugin].instance, "role", None)
            facts = {"plugin": plugin, "args": request.args, "role": role}
            self._notify("plugin.started", request.name, **facts)
            log.info("%s: started %s", self._services.name, request.name)

    def _started(self, request: PluginRequest, plugin: str) -> bool:
        cls = load(self._registry.find(request.name))
        args = checked(cls, request.args)
        running = self._running.get(plugin)
        rivals = [entry for entry in self._running.values() if _same_role(entry.instance, cls)]
        if request.keep and (running or rivals):
            kept = running or rivals[0]
            log.warning("%s: %s runs already", self._services.name, kept.name)
            self._notify("plugin.kept", request.name, kept=kept.name)
            return False
        if running and hasattr(running.instance, "update"):
            running.instance.update(**args)
            running.args = {**running.args, **request.args}
            return True
        self._replace(request, plugin, cls, args, rivals)
        return True

    def _replace(
        self,
        request: PluginRequest,
        plugin: str,
        cls: type[Any],
        args: dict[str, Any],
        rivals: list[Running],
    ) -> None:
        if plugin in self._running:
            self._remove(plugin)
        instance = cls(Context(plugin, self._services), **args)
        for rival in rivals:
            if rival.plugin != plugin:
                self.stop(rival.plugin)
        self.calls.register(plugin, instance)
        self._running[plugin] = Running(request.name, plugin, instance, request.args)

    def _remove(self, plugin: str) -> Running | None:
        running = self._running.pop(plugin, None)
        if running is None:
            return None
        self.calls.unregister(plugin)
        if hasattr(running.instance, "close"):
            self.calls.guarded(plugin, "close", running.instance.close)
        self._on_gone(plugin)
        return running

    def _failed(self, failure: CallFailure) -> None:
        running = self._remove(failure.plugin)
        self._report_failure(running.name if running else failure.plugin, failure.error)

    def _report_failure(self, name: str, error: Exception) -> None:
        reason = str(error) or type(error).__name__
        trace = "".join(traceback.format_exception(error))
        log.error("%s: %s failed: %s", self._services.name, name, reason)
        if not isinstance(error, GazedError):
            log.debug("%s", trace)
        self._notify("plugin.failed", name, reason=reason, traceback=trace)

    def bad_message(self, plugin: str, error: MessageError) -> None:
        """Count a message that ``plugin`` or the host could not read; log it once a kind."""
        self.bad_messages += 1
        line = f"{plugin}: dropped a message: {error}"
        if line not in self._reported and len(self._reported) < 100:
            self._reported.add(line)
            log.warning("%s (further ones like it are only counted)", line)

    def _notify(self, subject: str, name: str, **fields: Any) -> None:
        host = self._services.name
        self._services.notify(subject, {"name": name, "host": host, **fields}, None)


def _same_role(instance: Any, cls: type[Any]) -> bool:
    role = getattr(cls, "role", None)
    return role is not None and getattr(instance, "role", None) == role
